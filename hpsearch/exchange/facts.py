"""What other tools are told of a study and of a trial beside parameters, states, values and curves.

study_facts(study, folder, records)    JSON values by name
trial_facts(record, study)             the same
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.identity import Identity
from hpsearch.records import TrialRecord, digest
from hpsearch.study.study import Study

CURVES = ("val_accuracy", "train_accuracy", "loss")
"""What a trial measured in each epoch, by the names that they have in `Epoch`."""
VALUE = "best_val_accuracy"


def study_facts(study: Study, folder: StudyFolder, records: Sequence[TrialRecord]) -> dict[str, Any]:
    """Returns what is to be known of a study beside its trials, as JSON values."""
    identity = Identity.read(folder.identity_file)
    return {
        "title": study.title,
        "seed": study.seed,
        "net": study.net_kind,
        "data": study.data.source,
        "num_val": 0 if identity is None else identity.data.num_val,
        "sampler": study.sampler.name,
        "pruner": study.pruner.name,
        "identity": "" if identity is None else identity.study,
        "digest": digest(records),
        "hpsearch": version("hpsearch"),
    }


def trial_facts(record: TrialRecord, study: Study) -> dict[str, Any]:
    """Returns what is to be known of a trial beside parameters, state, value and curve, as JSON values.

    Number and state are ours: a diverged trial is a pruned one to Optuna. Seeds of all its random numbers
    follow from the study's seed and that number.
    """
    outcome = record.outcome
    best = None if outcome.best_epoch is None else outcome.curve[outcome.best_epoch - 1]
    return {
        "number": record.number,
        "state": record.state,
        "reason": outcome.reason,
        "study_seed": study.seed,
        "best_epoch": outcome.best_epoch,
        "train_accuracy": None if best is None else _finite(best.train_accuracy),
        "loss": None if best is None else _finite(best.loss),
        **asdict(outcome.cost),
        "environment": outcome.environment,
        "worker": outcome.worker,
    }


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
