"""What a search left, as Python and notebooks see it: tables, the page, and the commands that come after.

`Result.confirm`, `.test`, `.answer` and `.compare` are the commands of these names, with their options.
"""

from __future__ import annotations

import html
import os
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpsearch.disk.folder import StudyFolder
from hpsearch.errors import CallError
from hpsearch.search.ranges import RANGES
from hpsearch.study.studyfile import Study, load_resolved

if TYPE_CHECKING:
    import pandas as pd

    from hpsearch.disk.confirmation import Confirmation
    from hpsearch.disk.ledger import Look
    from hpsearch.results.answered import Answered
    from hpsearch.results.frames import StudyFrames

_SEEDS = (2, 1000)
_COUNT = (1, 2**63 - 1)


@dataclass(frozen=True)
class Page:
    """A report, or a comparison.

    Attributes:
        path: its HTML file.
        markdown: what it says in short, for where no HTML is shown, as in a PDF.
    """

    path: Path
    markdown: str = ""

    def _repr_html_(self) -> str:
        """Returns the page for a notebook, in a frame of its own so that styles do not mix.

        Without its base the page's links to its own sections would load the notebook into the frame.
        """
        page = self.path.read_text(encoding="utf-8").replace("<head>", '<head><base href="about:srcdoc">', 1)
        return f'<iframe srcdoc="{html.escape(page)}" style="width: 100%; height: 50em; border: 0"></iframe>'

    def _repr_markdown_(self) -> str:
        """Returns what it says in short and its figures, which an export to PDF shows."""
        figures = sorted((self.path.parent / "figures").glob("*.png"))
        shown = [f"![{figure.stem}]({Path(os.path.relpath(figure)).as_posix()})" for figure in figures]
        return "\n\n".join([self.markdown, *shown])


@dataclass(frozen=True)
class Comparison(Page):
    """Several studies side by side.

    Attributes:
        sentences: which is ahead, by how much, and whether noise could explain that.
    """

    sentences: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """A study that was searched, to be read and checked.

    Attributes:
        folder: the study folder.
    """

    folder: Path

    @property
    def frames(self) -> StudyFrames:
        """The study as frames, read anew."""
        from hpsearch.results.frames import read_study

        return read_study(self.folder)

    @property
    def best(self) -> Mapping[str, Any]:
        """The winner's number, value (its validation accuracy, a fraction) and parameters."""
        from hpsearch.results.winner import find_winner

        record = find_winner(StudyFolder(self.folder))
        return {"trial": record.number, "value": record.value, "params": dict(record.params)}

    @property
    def trials(self) -> pd.DataFrame:
        """One row a trial."""
        return self.frames.trials

    @property
    def curves(self) -> pd.DataFrame:
        """One row an epoch."""
        return self.frames.curves

    def report(self) -> Page:
        """Builds the page, which shows itself in a notebook."""
        from hpsearch.report import markdown_summary, write_report

        frames = self.frames
        return Page(write_report(frames), markdown_summary(frames))

    def confirm(
        self, *, top: int = 5, seeds: int = 5, jobs: int | None = None, epochs: int | None = None
    ) -> Confirmation:
        """Lets the best trials race on fresh seeds, as `hpsearch confirm` does; `test` tests who is taken.

        Args:
            top: at most so many race.
            seeds: fresh seeds of each, from 2 to 1000.
            jobs: worker processes; the physical cores by default.
            epochs: no round is begun that might exceed these in all; None = no limit.

        Raises:
            HpsearchError: what went wrong.
        """
        from hpsearch.checks import confirm

        _check(top=(top, _COUNT), seeds=(seeds, _SEEDS), epochs=(epochs, _COUNT))
        folder, study, n_jobs = self._to_train(jobs)
        with folder.locked():
            return confirm.confirm(study, folder, top=top, n_seeds=seeds, jobs=n_jobs, max_epochs=epochs)

    def test(
        self, *, seeds: int = 5, jobs: int | None = None, again: str | None = None, ensemble: bool = False
    ) -> Look:
        """Evaluates on the test split, once, as `hpsearch test` does; the ledger keeps every look.

        Args:
            seeds: fresh seeds, from 2 to 1000.
            jobs: worker processes; the physical cores by default.
            again: why to look a second time.
            ensemble: whether the trials are tested that `hpsearch ensemble` found to be better together.

        Raises:
            HpsearchError: what went wrong.
        """
        from hpsearch.checks import final_test

        _check(seeds=(seeds, _SEEDS))
        folder, study, n_jobs = self._to_train(jobs)
        with folder.locked():
            return final_test.evaluate(
                study, folder, n_seeds=seeds, jobs=n_jobs, again=again, ensemble=ensemble
            )

    def answer(self, *, seeds: int = 8, jobs: int | None = None) -> Answered:
        """Answers the study's question on fresh seeds, as `hpsearch answer` does; `.sentences` says it.

        Args:
            seeds: fresh seeds, from 2 to 1000.
            jobs: worker processes; the physical cores by default.

        Raises:
            HpsearchError: what went wrong.
        """
        from hpsearch.checks import answer

        _check(seeds=(seeds, _SEEDS))
        folder, study, n_jobs = self._to_train(jobs)
        with folder.locked():
            answer.answer(study, folder, n_seeds=seeds, jobs=n_jobs)
            found = self.frames.answered
        assert found is not None, "it was just answered"
        return found

    def compare(self, *others: Result, output: str | Path | None = None) -> Comparison:
        """Writes a page that has this study and others side by side, as `hpsearch compare` does.

        Args:
            others: at least one other study.
            output: the page to write; beside the study folders by default.

        Raises:
            HpsearchError: there is no other study, or the page cannot be written.
        """
        from hpsearch.report import write_compare
        from hpsearch.report.standings import sentences

        folders = list(dict.fromkeys(one.folder for one in (self, *others)))
        if len(folders) < 2:
            raise CallError("compare: expected at least one other study")
        frames = [one.frames for one in map(Result, folders)]
        name = f"compare-{'-'.join(folder.name for folder in folders)}.html"
        page = write_compare(frames, Path(output) if output else self.folder.parent / name)
        said = tuple(sentences(frames))
        return Comparison(page, "\n\n".join(said), said)

    def _to_train(self, jobs: int | None) -> tuple[StudyFolder, Study, int]:
        """Returns what training again needs: the folder, its study, and how many processes."""
        from hpsearch.search.executors import physical_cores

        _check(jobs=(jobs, RANGES["jobs"]))
        folder = StudyFolder(self.folder)
        folder.require()
        return folder, load_resolved(folder.study_file, folder.name), jobs or physical_cores()

    def _repr_html_(self) -> str:
        """Returns the numbers, the best parameters and the best trials for a notebook."""
        from hpsearch.notebook import result_as_html

        return result_as_html(self.frames)


def _check(**given: tuple[object, tuple[int, int]]) -> None:
    """Refuses numbers outside of their ranges."""
    for name, (value, (least, most)) in given.items():
        is_integer = isinstance(value, Integral) and not isinstance(value, bool)
        if value is not None and not (is_integer and least <= int(value) <= most):  # type: ignore[call-overload]
            raise CallError(f"{name}: expected an integer from {least} to {most}, but got {value!r}")
