"""A new study from an old one, with another space or other data: its file, begun with trials that fit.

forked(other, name, ...)    the study
write(study, path)          its file

`--warm-start` gives a study that there is already its first trials, and says nowhere what these cost. A
fork is a file that says it: which studies chose its first trials, on which images, at what cost, and how
often their test split had been looked at.
"""

from __future__ import annotations

from pathlib import Path

from hpsearch.disk import atomic
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.identity import Identity
from hpsearch.disk.journal import read_records
from hpsearch.disk.ledger import read_looks
from hpsearch.errors import CallError
from hpsearch.search.warmstart import warm_started
from hpsearch.study import studyfile
from hpsearch.study.fork import Fork
from hpsearch.study.overrides import Overrides
from hpsearch.study.places import require_new
from hpsearch.study.study import Study
from hpsearch.words import counted, listed


def forked(
    other: StudyFolder, name: str, *, overrides: Overrides = (), base: Path | None = None, top: int = 10
) -> Study:
    """Returns a study that begins with the best trials of another one that fit its space.

    The other one's own enqueued trials are in its record: they are carried over if they are among the best.

    Args:
        other: its folder.
        name: the new study's name.
        overrides: what the new study changes, as in --set.
        base: the study file that it is made of; the other one's own if None.
        top: at most so many trials are carried over.

    Raises:
        CallError: the name is the old one's, or no complete trial fits.
        StudyFileError: the new study is none.
    """
    if name == other.name:
        raise CallError(f"{name}: is the study's own name; expected a new one")
    old = studyfile.load_resolved(other.study_file, other.name)
    table = dict(old.table if base is None else studyfile.load(base).table)
    table = {section: entries for section, entries in table.items() if section not in ("enqueue", "fork")}
    if base is None:
        table["study"] = {key: entry for key, entry in table["study"].items() if key != "title"}
    study = studyfile.from_mapping(table, name, overrides)
    study = warm_started(study, other, top, option="fork --study")
    return studyfile.from_table({**study.table, "fork": fork_of(other, old).model_dump()}, name, name)


def fork_of(other: StudyFolder, old: Study) -> Fork:
    """Returns what a fork of this study must say of it, and of those that it was forked from itself."""
    records, identity = read_records(other.journal), Identity.read(other.identity_file)
    before = old.fork or Fork.model_construct(studies=[], trials=0, epochs=0, looks=0)
    split = "" if identity is None else identity.data.test_hash
    looks = sum(look.split == split for look in read_looks(other.ledger))
    return Fork(
        studies=[*before.studies, other.name],
        trials=before.trials + len(records),
        epochs=before.epochs + sum(record.outcome.cost.epochs for record in records),
        images="" if identity is None else identity.data.train_val_hash,
        split=split,
        looks=max(looks, before.looks if before.split == split else 0),
    )


def write(study: Study, path: Path) -> None:
    """Writes the file of a fork.

    Raises:
        CallError: there is a file already, or its name is no study file's.
        FolderError: it cannot be written.
    """
    require_new(path)
    fork = study.fork
    assert fork is not None, "it was forked"
    n_first = counted(len(study.enqueued), "trial")
    first = f"# Forked from {listed(fork.studies)}, begun with {n_first} of {fork.studies[-1]}.\n"
    atomic.write_text(path, f"{first}\n{study.to_toml()}")
