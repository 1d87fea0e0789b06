"""reports/NAME/: the study folder, its paths and its lock.

`StudyFolder` only names things; `StudyFolder.locked()` makes the folder this process's own for
writing. The lock is the kernel's: it vanishes with its owner, and workers do not inherit it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from hpsearch.disk import atomic, lock
from hpsearch.disk.trialfolder import TrialFolder, folder_name
from hpsearch.errors import CallError, FolderError
from hpsearch.records import TrialOutcome

LEDGER = "test-ledger.jsonl"
STUDY_FILE = "study.toml"


@dataclass(frozen=True)
class StudyFolder:
    """The folder of one study."""

    path: Path

    @property
    def name(self) -> str:
        """The study's name."""
        return self.path.name

    @property
    def study_file(self) -> Path:
        """The resolved study."""
        return self.path / STUDY_FILE

    @property
    def identity_file(self) -> Path:
        """Which study and data the trials belong to; see `Identity`."""
        return self.path / "identity.json"

    @property
    def confirmation_file(self) -> Path:
        """The finalists on fresh seeds; see `Confirmation`."""
        return self.path / "confirm.json"

    @property
    def ensemble_file(self) -> Path:
        """The best trials together on fresh seeds; see `Ensemble`."""
        return self.path / "ensemble.json"

    @property
    def answer_file(self) -> Path:
        """The best settings of the values in question on fresh seeds; see `FreshAnswer`."""
        return self.path / "answer.json"

    @property
    def audit_file(self) -> Path:
        """What became of pruned trials that were trained to their ends; see `Audited`."""
        return self.path / "audit.json"

    @property
    def fresh_results_file(self) -> Path:
        """What each net got right that was trained on a fresh seed; see `FreshResults`."""
        return self.path / "fresh-seeds.jsonl"

    @property
    def notes_file(self) -> Path:
        """What people wrote of the study and its trials; see `Notes`."""
        return self.path / "notes.json"

    @property
    def later_files(self) -> tuple[Path, ...]:
        """What the checks after a search leave, each where it was done."""
        return (self.confirmation_file, self.ensemble_file, self.answer_file, self.audit_file)

    @property
    def journal(self) -> Path:
        """The record."""
        return self.path / "journal.log"

    @property
    def imported_file(self) -> Path:
        """Which study of Optuna's the page here shows, where `hpsearch import-optuna` made it."""
        return self.path / "imported.json"

    @property
    def stop_file(self) -> Path:
        """While it is there, workers stop at the end of their epoch."""
        return self.path / "stop"

    @property
    def page(self) -> Path:
        """The report."""
        return self.path / "index.html"

    @property
    def presentation(self) -> Path:
        """The report's figures one to a screen."""
        return self.path / "present.html"

    @property
    def figures(self) -> Path:
        """The folder of the report's figures."""
        return self.path / "figures"

    @property
    def trials_csv(self) -> Path:
        """The trials as a table, a row each."""
        return self.path / "trials.csv"

    @property
    def curves_csv(self) -> Path:
        """The curves as a table, a row an epoch."""
        return self.path / "curves.csv"

    @property
    def reports_csv(self) -> Path:
        """What the trials of a study of Optuna's reported, a row a report."""
        return self.path / "reports.csv"

    @property
    def trials(self) -> Path:
        """The folder of what each trial left."""
        return self.path / "trials"

    @property
    def ledger(self) -> Path:
        """Every look at a test split by the studies beside this one; see `Look`."""
        return self.path.parent / LEDGER

    @property
    def lock_file(self) -> Path:
        """The file whose lock its owner holds, with the owner's name."""
        return self.path / "lock"

    def trial(self, number: int) -> TrialFolder:
        """Returns the folder of a trial."""
        return TrialFolder(self.trials / folder_name(number))

    def remove_trials_from(self, number: int) -> None:
        """Removes all that the trials from a number on left beside the record."""
        for path in self.trials.glob("[0-9]*"):
            if path.name.isdecimal() and int(path.name) >= number:
                shutil.rmtree(path)

    def forget_trials(self) -> None:
        """Removes tasks and outcomes of a study without a record, as of a net that has yet to be mended.

        How many trials were begun depends on the number of workers, and the later ones were asked for by what
        will not be so once it is mended.
        """
        for path in self.trials.glob("[0-9]*"):
            TrialFolder(path).forget()

    def outcomes_from(self, number: int) -> Iterator[TrialOutcome]:
        """Yields how the trials from a number on ended, as far as they have ended."""
        while (proposal := self.trial(number).read_task()) is not None:
            outcome = self.trial(number).read_outcome(proposal.params)
            if outcome is not None:
                yield outcome
            number += 1

    def n_asked(self, n_trials: int) -> int:
        """Returns how many trials were asked for, if these many at least were."""
        while self.trial(n_trials).read_task() is not None:
            n_trials += 1
        return n_trials

    def exists(self) -> bool:
        """Says whether a study was ever begun here."""
        return self.study_file.exists()

    def has_trials(self) -> bool:
        """Says whether a trial was ever begun here."""
        return self.journal.exists() or any(self.trials.glob("*"))

    def require(self) -> None:
        """Raises CallError unless a study was begun here."""
        if not self.exists() and self.imported_file.exists():
            raise CallError(
                f"{self.path}: is a page of one of Optuna's studies, to be looked at; expected a study of "
                f"hpsearch (import-optuna renews the page, trials.csv has its trials)"
            )
        if not self.exists():
            raise CallError(
                f"{self.path}: there is no study; expected a folder that "
                f"'hpsearch run --study {self.path.resolve().name}' made"
            )

    def remove_study(self) -> None:
        """Removes all that hpsearch wrote here and nothing else; the ledger stays."""
        record = (self.study_file, self.identity_file, self.journal, self.stop_file, self.fresh_results_file)
        shown = (self.page, self.presentation, self.trials_csv, self.curves_csv)
        imported = (self.imported_file, self.reports_csv)
        for path in (*record, *self.later_files, self.notes_file, *shown, *imported):
            path.unlink(missing_ok=True)
        for path in (self.trials, self.figures):
            if path.is_symlink():
                path.unlink()
            elif path.exists():
                shutil.rmtree(path)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Holds the folder for this process alone, and clears what a killed one left behind.

        Raises:
            FolderError: another process holds it, or it cannot be written.
        """
        atomic.make_folder(self.path)
        before = lock.owner(self.lock_file)
        try:
            file = lock.claim(self.lock_file)
            if file is not None:
                lock.remove_semaphores(before)
                atomic.remove_leftovers(self.path)
                self.stop_file.unlink(missing_ok=True)
        except OSError as error:
            raise FolderError(f"{self.path}: cannot be written: {error.strerror}") from error
        if file is None:
            owner = lock.owner(self.lock_file) or "another process"
            raise FolderError(f"{self.path}: in use by {owner}; wait for it or end it")
        with file:
            yield

    @contextmanager
    def at_rest(self) -> Iterator[None]:
        """Keeps writers away from a folder that is to be read whole, as `locked` does.

        One that this process cannot write, such as a copy on a read-only drive, is taken to be at rest.

        Raises:
            FolderError: another process holds it.
        """
        with self.locked() if os.access(self.path, os.W_OK) else nullcontext():
            yield


def named(path: Path) -> Path:
    """Returns the path of a folder with its name at its end, which . and .. have not.

    Others stay as they are: the ledger of a study lies beside the link by which it is called.
    """
    return path if path.name not in ("", "..") else path.resolve()


def find_folder(out: Path, study: str, option: str = "--study") -> StudyFolder:
    """Returns the folder of a study that was begun.

    Args:
        out: the folder that it lies in.
        study: its name, the name of its file, the path of its folder, or of the study file in there.
        option: what the name was given to.

    Raises:
        CallError: there is none.
    """
    path = Path(study)
    there = named(path.parent if path.name == STUDY_FILE else path)
    if study != path.name and StudyFolder(there).exists():
        return StudyFolder(there)
    name = path.stem if study.endswith(".toml") else study
    if Path(name).name != name or name in {"", ".."}:
        raise CallError(f"{option} {study}: expected the name of a study, a folder in {out}")
    folder = StudyFolder(out / name)
    names = [file.parent.name for file in out.glob(f"*/{STUDY_FILE}")]
    if name not in names and (near := get_close_matches(name, sorted(names))):
        raise CallError(f"{folder.path}: there is no study; did you mean {' or '.join(near)}?")
    folder.require()
    return folder
