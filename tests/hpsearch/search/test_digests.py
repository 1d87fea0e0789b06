"""The bits: every study file, in small, gives the record that it gave when `digests.json` was written.

Bits depend on the environment: the BLAS kernel, the SIMD instructions that NumPy finds, and the versions of
NumPy, SciPy and Optuna. `digests.json` holds a column for each environment that somebody has recorded. In
any other one, and for a study file that is new, the test checks instead that one process and two workers
give the same record.

Renew the column of this environment, or add it, by

    PYTHONPATH=.:tests python tests/hpsearch/search/test_digests.py

and those of other kernels with OPENBLAS_CORETYPE=Haswell, Prescott, Nehalem or Sandybridge before it. That is
legitimate when the bits were meant to change, as by a mended formula or another study file, and the changelog
says so; never because a tidied line of code happens to add in another order.

What trained the same in version 0.1, whose records had no hits yet, is held by its digest of then, too.
"""

import json
import multiprocessing
import tempfile
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
from in_one_thread import OneThread

import hpsearch
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.journal import read_records
from hpsearch.records import TrialRecord, digest
from hpsearch.study.studyfile import load
from hpsearch.worker.environment import blas_kernel

FILE = Path(__file__).with_name("digests.json")
TABLE = json.loads(FILE.read_text())
FILES = {path.stem: path for path in sorted(Path(__file__).parents[3].glob("studies/*.toml"))}
STUDIES = {name: (path, None) for name, path in FILES.items()} | {
    f"{name}-cifar10": (path, "cifar10") for name, path in FILES.items()
}  # as the file is, and with what it says of CIFAR-10
SMALL = [
    "data.source=digits",
    "data.num_train=300",
    "data.num_val=200",
    "data.num_test=200",
    "training.epochs=2",
]
N_TRIALS = 6
COLOUR = [
    "data.source=arrays",
    "data.path={images}",
    *(f"data.num_{split}=30" for split in ("train", "val", "test")),
]

TPE = ["sampler.name=tpe"]  # the default of version 0.1
STAYS = ["training.momentum=0.9", *TPE]
BOTH = ["net.second_pool=3", "net.lrn_stages=2"]

# What the study files do not reach: a study file and what is set beside.
VARIANTS = {
    f"{study} with {normalization}": (study, [f'space.normalization.choices=["{normalization}"]', *settings])
    for study, settings in {
        "convnet": ["training.flip=0.5", "training.crop_pad=1", "training.clip_norm=1.0"],
        "fcnet": ["net.activation=leaky_relu", "training.clip_norm=1.0"],
    }.items()
    for normalization in ("none", "batchnorm", "layernorm")
} | {
    "convnet in colour": ("convnet", [*COLOUR, "net.filter_size=7"]),
    "first-convnet with a momentum that stays": ("first-convnet-cifar10", STAYS),
    "first-convnet in colour": ("first-convnet-cifar10", [*STAYS, *COLOUR, "training.clip_norm=1.0"]),
    "lrn-convnet with both normalizations": ("lrn-convnet-cifar10", BOTH),
    "lrn-convnet in colour": (
        "lrn-convnet-cifar10",
        [*BOTH, *COLOUR, "training.flip=0.5", "training.crop_pad=2", "net.dropout=0.3"],
    ),
    "convnet with even filters": ("convnet", ["net.filter_size=4", "net.dtype=float64"]),
    "convnet after TPE has begun": (
        "convnet",
        [*TPE, "study.lookahead=1", "sampler.startup_trials=3"],
    ),
    "convnet after the Gaussian process has begun": (
        "convnet",
        ["study.lookahead=1", "sampler.name=gp", "sampler.startup_trials=3"],
    ),
    "fcnet with sigmoid": ("fcnet", ["net.activation=sigmoid", "net.weight_init=he"]),
    "fcnet with tanh": ("fcnet", ["net.activation=tanh", "net.weight_init=xavier"]),
}
QUESTIONS = [f"{name}-cifar10" for name, path in FILES.items() if load(path).question is not None]
AS_BEFORE = [f"{name}-cifar10" for name in ("overfit-five-layer", "overfit-three-layer", "update-rules")]
CASES = {name: (name, []) for name in STUDIES if name not in QUESTIONS} | VARIANTS
CASES |= {name: (name, TPE) for name in AS_BEFORE}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def two_workers():
    """Two processes, which start with the first task."""
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as executor:
        yield executor


def environment() -> str:
    """Returns all that bits depend on beside the code."""
    simd = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    versions = [f"{package} {version(package)}" for package in ("numpy", "scipy", "optuna")]
    return ", ".join([blas_kernel(), *simd, *versions])


def write_images(path: Path) -> None:
    """Writes images of 3x32x32 pixels, about as large as people's are, of ten classes with a colour each."""
    rng = np.random.default_rng(0)
    y = np.arange(100) % 10
    x = rng.integers(0, 128, (100, 3, 32, 32)) + rng.integers(0, 128, (10, 3, 1, 1))[y]
    np.savez(path, X=x.astype(np.uint8), y=y)


def searched(case: str, out: Path, executor: Executor, jobs: int) -> list[TrialRecord]:
    """Searches and returns the record."""
    study, settings = CASES[case]
    images = out.with_suffix(".npz")
    overrides = [setting.replace("{images}", str(images)) for setting in [*SMALL, *settings]]
    write_images(images)
    path, data = STUDIES[study]
    n_turns = load(path).n_turns  # values in question have as many trials each
    n_trials = -(-N_TRIALS // n_turns) * n_turns
    result = hpsearch.run(
        path, trials=n_trials, jobs=jobs, executor=executor, out=out, set=overrides, data=data
    )
    return read_records(StudyFolder(result.folder).journal)


def without_hits(records: list[TrialRecord]) -> list[TrialRecord]:
    """Returns records as version 0.1 wrote them."""
    return [replace(record, outcome=replace(record.outcome, hits="")) for record in records]


@pytest.mark.parametrize("case", CASES)
def test_the_bits_are_those_of_before(case, tmp_path, two_workers):
    recorded = TABLE["digests"].get(environment(), {})
    expected = recorded.get(case) or digest(searched(case, tmp_path / "two", two_workers, jobs=2))
    first = TABLE["version 0.1, without hits"].get(environment(), {}).get(case)

    with OneThread() as executor:
        records = searched(case, tmp_path / "one", executor, jobs=1)
    assert digest(records) == expected
    assert first in (None, digest(without_hits(records)))


@pytest.mark.parametrize("study", TABLE["identities"])
def test_a_study_file_still_names_the_same_study(study):
    """Else the folders that people have would be refused."""
    path, data = STUDIES[study]
    assert load(path, data=data).identity() == TABLE["identities"][study]


def renew() -> None:
    """Writes the digests of this environment, and the identities of the study files."""
    with tempfile.TemporaryDirectory() as out, OneThread() as executor:
        found = {case: digest(searched(case, Path(out) / case, executor, jobs=1)) for case in CASES}
    TABLE["identities"] = {name: load(path, data=data).identity() for name, (path, data) in STUDIES.items()}
    TABLE["digests"][environment()] = found
    FILE.write_text(json.dumps(TABLE, indent=1) + "\n")


if __name__ == "__main__":
    renew()
