"""Study folder -> pandas: the record as frames, for tables, reports and notebooks.

`read_study` reads the journal beside a running search without disturbing it. It never unpickles and
never imports a user's own net.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from hpsearch.disk.answer import FreshAnswer
from hpsearch.disk.audited import Audited
from hpsearch.disk.confirmation import Confirmation
from hpsearch.disk.ensemble import Ensemble
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.identity import Identity
from hpsearch.disk.journal import read_records
from hpsearch.disk.ledger import Look, read_looks
from hpsearch.disk.notes import Notes
from hpsearch.errors import FolderError
from hpsearch.hits import Hits
from hpsearch.records import PICKED, TrialRecord, digest, ranking, settled, went_on_with
from hpsearch.results.answered import Answered, answered
from hpsearch.results.enough import Enough, judge
from hpsearch.results.illnesses import Ailment, ailing
from hpsearch.results.importance import importances
from hpsearch.results.layers import read_layers
from hpsearch.results.luck import corrected_winner_of, hits_of, near_best
from hpsearch.results.selection import Winner
from hpsearch.results.tables import (
    curves_frame,
    finalists_frame,
    ledger_frame,
    running_curves_frame,
    trials_frame,
)
from hpsearch.space import Parameter
from hpsearch.strategies.stopping import ended_by
from hpsearch.study.own_data import OWN_DATA
from hpsearch.study.study import Study
from hpsearch.study.studyfile import load_resolved

if TYPE_CHECKING:
    from hpsearch.results.landscape import Landscape


@dataclass(frozen=True)
class StudyFrames:
    """A study as frames; the columns are described in `trials_frame` and `curves_frame`.

    Attributes:
        name: the study's name.
        folder: its folder.
        study: its settings.
        trials: one row a recorded trial; one that a later trial went on with has none, since that one's row
            has the whole.
        curves: one row an epoch of each of these.
        waiting: finished trials that wait for an earlier one.
        running: asked trials that are not finished.
        num_train, num_val: images of the splits.
        image_shape: (C, H, W), or (D,).
        class_names: one name a class.
        weights: file with the net of the best trial, or None.
        ledger: looks at the study's test split, one row each.
        test: this study's last look, or None.
        digest: hash of the canonical dump of the trials.
        confirmation: finalists on fresh seeds, one row each; None if not done.
        running_curves: columns number, epoch, val_accuracy: how far unfinished trials were at their last
            checkpoint.
        hits: which validation images the complete trials got right in their best epochs, in number order;
            None in records of before.
        ended_by: which rule of `[stop]` has ended the search, and why; "" if none has.
        train_val_hash: of the training and validation splits: studies with the same one have the same
            images in the same order; "" where it is not known.
        test_split: hash of the test split; "" where it is not known.
        fresh_answer: the best settings of the values in question on fresh seeds, if they are those of this
            record; None otherwise.
        environments: those that its runs had, the first one's first.
        audited: what became of pruned trials that were trained to their ends; None if not done.
        ensemble: how the best trials do together on fresh seeds; None if not done.
        notes: what people wrote beside the study and its trials; of these on their rows.
        picked: how many trials each sampler proposed that the sampler `auto` picked; empty for others.
        went_on_with: of trials that went on with paused ones the numbers of these; only the last has a row.
    """

    name: str
    folder: Path
    study: Study
    trials: pd.DataFrame
    curves: pd.DataFrame
    waiting: int
    running: int
    num_train: int
    num_val: int
    image_shape: tuple[int, ...]
    class_names: tuple[str, ...]
    weights: Path | None
    ledger: pd.DataFrame
    test: Look | None
    digest: str
    confirmation: pd.DataFrame | None = None
    running_curves: pd.DataFrame = field(default_factory=lambda: running_curves_frame({}))
    hits: Hits | None = None
    ended_by: str = ""
    train_val_hash: str = ""
    test_split: str = ""
    fresh_answer: FreshAnswer | None = None
    environments: tuple[Mapping[str, str], ...] = ()
    audited: Audited | None = None
    ensemble: Ensemble | None = None
    notes: Notes = field(default_factory=Notes)
    picked: Mapping[str, int] = field(default_factory=dict)
    went_on_with: Mapping[int, tuple[int, ...]] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Returns which study it is: frames and settings fill screens."""
        return f"{type(self).__name__}(name={self.name!r}, folder={self.folder!r})"

    @property
    def n_continued(self) -> int:
        """How many recorded trials a later one went on with."""
        return sum(map(len, self.went_on_with.values()))

    @property
    def n_recorded(self) -> int:
        """How many trials are recorded, those included that a later one went on with."""
        return len(self.trials) + self.n_continued

    @cached_property
    def corrected(self) -> Winner | None:
        """The winner without the luck of being chosen; None where trials left nothing to correct it by.

        Raises:
            FolderError: what they left is damaged.
        """
        return self.corrected_among(len(self.trials))

    def corrected_among(self, n_trials: int) -> Winner | None:
        """Returns the winner of the first trials as `corrected` has that of all."""
        return corrected_winner_of(StudyFolder(self.folder), self._records()[:n_trials], self.num_val)

    @cached_property
    def answered(self) -> Answered | None:
        """The answer of the study's question; None without one."""
        if self.fresh_answer is None:
            return None
        n_val = max(self.num_val, 1)
        return answered(self.study, self.trials, n_val, self.fresh_answer, self.chance)

    @property
    def chance(self) -> float:
        """The accuracy of who always names one class: the commonest, if looks at layers tell it.

        Of data that a training function reads itself nothing is known: 0.
        """
        if self.study.data.source == OWN_DATA:
            return 0.0
        alike = 1 / len(self.class_names) if self.class_names else 0.0
        return float(max(alike, self.layers["chance"].max())) if len(self.layers) else alike

    @cached_property
    def near_best(self) -> pd.Series:
        """Which trials may be as good as the winner, itself included, with the index of trials."""
        return near_best(self.trials, self.hits, max(self.num_val, 1))

    @cached_property
    def landscape(self) -> Landscape | None:
        """What the trials say of their parameters; None where they say nothing."""
        from hpsearch.results.landscape import landscape_of  # SciPy's optimizers, which few commands need

        return landscape_of(self.trials, self.curves, self.parameters)

    @cached_property
    def importances(self) -> pd.DataFrame:
        """What each parameter was worth; see `hpsearch.results.importance`."""
        return importances(self.landscape)

    @cached_property
    def layers(self) -> pd.DataFrame:
        """What the layers of the recorded trials' nets did; see `hpsearch.results.layers`.

        Raises:
            FolderError: what a trial left is damaged.
        """
        return read_layers(StudyFolder(self.folder), self.trials["number"])

    @cached_property
    def ailments(self) -> list[Ailment]:
        """The illnesses that keep many nets of the search from learning; see `hpsearch.results.illnesses`."""
        return ailing(self)

    @cached_property
    def enough(self) -> Enough | None:
        """What the search's length was good for; None while there is too little to judge by."""
        n_val, records = max(self.num_val, 1), self._records()
        return judge(self.study, records, self.trials, n_val, self.near_best, self.went_on_with)

    def _records(self) -> list[TrialRecord]:
        """Returns the records of the rows, whatever a running search has recorded since."""
        return settled(read_records(StudyFolder(self.folder).journal)[: self.n_recorded])

    @property
    def title(self) -> str:
        """The study's title for people; its name if it has none."""
        return self.study.title or self.name

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The searched parameters."""
        return self.study.space

    @property
    def max_epochs(self) -> int:
        """The number of epochs that no trial exceeds."""
        return self.study.max_epochs


def read_study(path: Path) -> StudyFrames:
    """Reads a study folder.

    Raises:
        CallError: there is no study.
        FolderError: it is damaged.
    """
    folder = StudyFolder(path)
    folder.require()
    study = load_resolved(folder.study_file, folder.name)
    every = read_records(folder.journal)
    records, earlier = settled(every), went_on_with(every)
    waiting, running = _open_trials(folder, len(every))
    identity = Identity.read(folder.identity_file)
    data = None if identity is None else identity.data
    best = next(iter(ranking(records)), None)
    weights = None if best is None else folder.trial(best.number).weights
    looks = [look for look in read_looks(folder.ledger) if data is not None and look.split == data.test_hash]
    confirmation = Confirmation.read(folder.confirmation_file)
    return StudyFrames(
        name=folder.name,
        folder=path,
        study=study,
        trials=trials_frame(records, study.space),
        curves=curves_frame(records),
        waiting=waiting,
        running=len(running),
        running_curves=running_curves_frame({n: folder.trial(n).checkpoint_curve() for n in running}),
        num_train=0 if data is None else data.num_train,
        num_val=0 if data is None else data.num_val,
        image_shape=() if data is None else data.image_shape,
        class_names=() if data is None else data.class_names,
        weights=weights if weights is not None and weights.exists() else None,
        ledger=ledger_frame(looks),
        test=next((look for look in reversed(looks) if look.study == folder.name), None),
        digest=digest(every),
        confirmation=None if confirmation is None else finalists_frame(confirmation),
        hits=None if data is None else _hits(folder, records, data.num_val),
        ended_by="" if data is None else ended_by(study.stop, every, data.num_val, study.n_turns),
        train_val_hash="" if data is None else data.train_val_hash,
        test_split="" if data is None else data.test_hash,
        fresh_answer=_answer_of(folder, study, every),
        environments=() if identity is None else identity.environments,
        audited=Audited.read(folder.audit_file),
        ensemble=Ensemble.read(folder.ensemble_file),
        notes=_on_rows(Notes.read(folder.notes_file), earlier),
        picked=Counter(record.attributes[PICKED] for record in every if PICKED in record.attributes),
        went_on_with=earlier,
    )


def _answer_of(folder: StudyFolder, study: Study, records: list[TrialRecord]) -> FreshAnswer | None:
    """Returns what answers the study's question; None if it asks none, or the record has changed since."""
    found = FreshAnswer.read(folder.answer_file)
    if found is None or study.question is None or found.digest != digest(records):
        return None
    return found if len(found.settings) == len(study.question.values) else None


def _on_rows(notes: Notes, earlier: Mapping[int, tuple[int, ...]]) -> Notes:
    """Returns notes with those of trials that a later one went on with on that one, which has the row."""
    rows = {paused: number for number, before in earlier.items() for paused in before}
    found: dict[int, list[str]] = {}
    for number, text in notes.trials.items():
        found.setdefault(rows.get(number, number), []).append(text)
    return replace(notes, trials={number: "; ".join(texts) for number, texts in found.items()})


def _hits(folder: StudyFolder, records: list[TrialRecord], num_val: int) -> Hits | None:
    try:
        return hits_of(records, num_val)
    except ValueError as error:
        raise FolderError(f"{folder.journal}: {error}") from error


def _open_trials(folder: StudyFolder, n_recorded: int) -> tuple[int, list[int]]:
    """Returns how many trials are finished but not recorded, and which were asked but are not finished."""
    waiting, running = 0, []
    number = n_recorded
    while (proposal := folder.trial(number).read_task()) is not None:
        if folder.trial(number).read_outcome(proposal.params) is None:
            running.append(number)
        else:
            waiting += 1
        number += 1
    return waiting, running
