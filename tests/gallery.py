"""The answers in studies/README.md, made from small records of the studies, which a command makes anew.

    PYTHONPATH=.:tests python tests/gallery.py run normalization               # renews one record
    PYTHONPATH=.:tests python tests/gallery.py run normalization --data cifar10
    PYTHONPATH=.:tests python tests/gallery.py keep cifar10-fcnet --out reports # takes a folder as it is
    PYTHONPATH=.:tests python tests/gallery.py write                           # figures and README from all

A record is tests/answers/NAME.tar.xz: study.toml, identity.json and journal.log of the study's folder, what
`answer`, `confirm` and `test` left, and for a study without a question its trials' hits, and their layers
where the figure shows them. Page and terminal say the same. What takes hours is searched, confirmed and
tested by hand, and kept as it is.
"""

from __future__ import annotations

import argparse
import io
import json
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

import cifar10_table
import pandas as pd

from hpsearch.disk import atomic
from hpsearch.disk.folder import LEDGER
from hpsearch.disk.ledger import read_looks
from hpsearch.report.exhibit import Exhibit
from hpsearch.report.gallery import gallery
from hpsearch.report.style import house_style
from hpsearch.results.frames import StudyFrames, read_study
from hpsearch.space import params_in_words
from hpsearch.study import shelf
from hpsearch.words import counted, percent

STUDIES = Path(__file__).parents[1] / "studies"
RECORDS = Path(__file__).parent / "answers"
LOOKS = "looks.jsonl"
DPI = 100
BEGIN, END = "<!-- answers -->", "<!-- end of answers -->"

FIGURES: Mapping[str, tuple[str, ...]] = {
    "two-layer-random": ("map",),
    "deep-random": ("map",),
    "convnet": ("importances",),
    "fcnet": ("importances",),
    "first-convnet": ("learning-curves",),
    "update-rules": ("learning-curves",),
    "weight-scale": ("layers", "learning-curves"),
    "overfit-three-layer": ("generalization",),
    "overfit-five-layer": ("generalization",),
    "lrn-convnet": ("map",),
    "cifar10-fcnet": ("learning-curves",),
    "cifar10-convnet": ("learning-curves",),
    "cifar10-lrn-convnet": ("learning-curves",),
}
"""How the name of the exhibit begins that shows a study's answer, the first that there is."""


def packed(folder: Path) -> bytes:
    """Returns what the answers need of a study's folder, as an archive that is the same each time."""
    names = ["study.toml", "identity.json", "journal.log"]
    names += [name for name in ("answer.json", "confirm.json") if (folder / name).exists()]
    if "answer.json" not in names:
        of_trials = ["hits.npy", *(["layers.npy"] if "layers" in FIGURES.get(folder.name, ()) else [])]
        left = [path for name in of_trials for path in folder.glob(f"trials/*/{name}")]
        names += sorted(path.relative_to(folder).as_posix() for path in left)
    contents = {name: (folder / name).read_bytes() for name in names}
    looks = [look for look in read_looks(folder.parent / LEDGER) if look.study == folder.name]
    if looks:
        contents[LOOKS] = "".join(f"{json.dumps(asdict(look))}\n" for look in looks).encode()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:xz", preset=9) as archive:
        for name, content in contents.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def extracted(record: Path, folder: Path) -> None:
    """Writes the files of a record below a folder."""
    with tarfile.open(record) as archive:
        if hasattr(tarfile, "data_filter"):  # not in the first versions of Python 3.11
            archive.extraction_filter = tarfile.data_filter
        archive.extractall(folder)


def unpacked(record: Path, place: Path) -> StudyFrames:
    """Returns a record's study, unpacked into a folder of its name with a ledger of its looks beside it."""
    folder = place / record.name.removesuffix(".tar.xz")
    extracted(record, folder)
    if (folder / LOOKS).exists():
        atomic.write_bytes(place / LEDGER, (folder / LOOKS).read_bytes())
    return read_study(folder)


def run(study: str, data: str | None, out: Path) -> None:
    """Runs a study, unless its folder is complete, and keeps its record."""
    name = study if data is None else f"{study}-{data}"
    options = [] if data is None else ["--data", data]
    command = [sys.executable, "-m", "hpsearch", "run", "--study", study, *options, "--out", str(out)]
    subprocess.run(command, check=True)
    keep(name, out)


def keep(name: str, out: Path) -> None:
    """Keeps the record of a study's folder."""
    atomic.write_bytes(RECORDS / f"{name}.tar.xz", packed(out / name))


def sentences(frames: StudyFrames) -> list[str]:
    """Returns the answer of a study in two sentences."""
    if frames.answered is not None:
        return list(frames.answered.sentences[:2])
    told: Mapping[str, Callable[[StudyFrames], list[str]]] = {
        "overfit-three-layer": by_heart,
        "overfit-five-layer": by_heart,
        "weight-scale": each_scale,
        "update-rules": each_rule,
        "first-convnet": first_and_best,
    }
    return told.get(study_of(frames.name), winner)(frames)


def winner(frames: StudyFrames) -> list[str]:
    """Returns what won, and what to expect of it."""
    best, n = best_of(frames), counted(len(frames.trials), "trial")
    within = int(frames.near_best.sum()) - 1
    others = f"{counted(within, 'other trial')} {'is' if within == 1 else 'are'} within noise of it"
    won = f"The best of {n} has {percent(best['value'])} of the validation images right"
    return [f"{won} ({said(frames, best)}), and {others}.", *(tested(frames) or luck(frames))]


def tested(frames: StudyFrames) -> list[str]:
    """Returns what the final test said of what was taken, if there was one."""
    if frames.test is None:
        return []
    look, ends = frames.test, f"{percent(frames.test.low)} to {percent(frames.test.high)}"
    again = "" if len(frames.ledger) == 1 else f", at {len(frames.ledger)} looks"
    trained = f"Trained on {look.n_seeds} fresh seeds, trial {look.trial} has {percent(look.accuracy)}"
    return [f"{trained} of {counted(look.n_test, 'test image')} right{again} (95 % interval {ends})."]


def luck(frames: StudyFrames) -> list[str]:
    """Returns what to expect of the winner on other images, if the hits of all epochs tell."""
    if frames.corrected is None:
        return []
    expected, ends = frames.corrected.corrected_accuracy, frames.corrected.corrected_interval
    interval = " to ".join(percent(end) for end in ends)
    return [f"On other images {percent(expected)} is to be expected of it (95 % interval {interval})."]


def by_heart(frames: StudyFrames) -> list[str]:
    """Returns when the trial by hand knew all images, and how many trials did."""
    knows = frames.curves[frames.curves["train_accuracy"] == 1.0]
    first = knows.loc[knows["number"] == 0, "epoch"]
    images, settings = counted(frames.num_train, "image"), said(frames, frames.trials.iloc[0])
    yes = f"Yes: with {settings} it first knows all {images} after epoch {first.min()}."
    told = f"Not with {settings}: it never knows all {images}." if first.empty else yes
    n, n_all = counted(len(frames.trials), "trial"), knows["number"].nunique()
    return [told, f"Of {n} {n_all} came to know all within {frames.max_epochs} epochs."]


def each_scale(frames: StudyFrames) -> list[str]:
    """Returns how many training images each trial's net knew at its end, and which never left chance."""
    last = frames.curves.dropna(subset="train_accuracy").groupby("number")["train_accuracy"].last()
    trials = frames.trials.sort_values("params.weight_scale")
    ends = [
        f"{row['params.weight_scale']:g}: "
        f"{row['state'] if row['state'] == 'diverged' else percent(last[row['number']])}"
        for _, row in trials.iterrows()
    ]
    learned = [row["params.weight_scale"] for _, row in trials.iterrows() if last.get(row["number"], 0) > 0.5]
    scales = " and ".join(f"{scale:g}" for scale in learned) or "none"
    return [
        f"Training accuracy after {frames.max_epochs} epochs by weight scale: {', '.join(ends)}.",
        f"Scales with which more than half of the images are known: {scales}.",
    ]


def each_rule(frames: StudyFrames) -> list[str]:
    """Returns how far each rule came, and which trials are within noise of the best."""
    trials = frames.trials.sort_values("value", ascending=False)
    ends = [f"{row['params.update_rule']} {percent(row['value'])}" for _, row in trials.iterrows()]
    near = trials.loc[frames.near_best.reindex(trials.index), "params.update_rule"]
    together = (
        f"{' and '.join(near)} are within noise of each other" if len(near) > 1 else "the first is ahead"
    )
    return [
        f"Best validation accuracy in {frames.max_epochs} epochs: {', '.join(ends)}.",
        f"On {counted(frames.num_val, 'image')} {together}.",
    ]


def first_and_best(frames: StudyFrames) -> list[str]:
    """Returns what the trial by hand reached, and the best."""
    first, best = frames.trials.iloc[0], best_of(frames)
    by_hand = f"With the first trial's settings ({said(frames, first)}) {percent(first['value'])}"
    won = f"The best of {counted(len(frames.trials), 'trial')} has {percent(best['value'])}"
    return [f"{by_hand} of the validation images are right.", f"{won} ({said(frames, best)})."]


def best_of(frames: StudyFrames) -> pd.Series:
    """Returns the row of the best complete trial."""
    complete = frames.trials[frames.trials["state"] == "complete"]
    return complete.loc[complete["value"].idxmax()]


def said(frames: StudyFrames, row: pd.Series) -> str:
    """Returns a trial's parameters in words."""
    params = {one.name: row[f"params.{one.name}"] for one in frames.parameters}
    return ", ".join(params_in_words({k: v for k, v in params.items() if not pd.isna(v)}).split("   "))


def exhibit_of(frames: StudyFrames) -> Exhibit:
    """Returns the page's exhibit that shows the answer."""
    exhibits = [one for section in gallery(frames, frames.importances) for one in section.exhibits]
    wanted = ("answer",) if frames.answered else FIGURES[study_of(frames.name)]
    return next(one for begin in wanted for one in exhibits if one.name.startswith(begin))


def study_of(name: str) -> str:
    """Returns the study file's name of a record's."""
    return next(one.name for one in shelf.studies([STUDIES]) if name in names_of(one))


def names_of(one: shelf.Listed) -> list[str]:
    """Returns the names that a study file's records may have, that of its own data set first."""
    return [one.name, *(f"{one.name}-{data}" for data in one.other_data)]


def answers() -> str:
    """Returns the answers of all records as Markdown."""
    parts = []
    with tempfile.TemporaryDirectory() as place:
        for one in shelf.studies([STUDIES]):
            records = [RECORDS / f"{name}.tar.xz" for name in names_of(one)]
            there = [record for record in records if record.exists()]
            if there:
                parts.append(f"### {one.question}\n\n`{one.name}` · {one.course}")
                parts += [_answer(unpacked(record, Path(place))) for record in there]
    return "\n\n".join(parts)


def _answer(frames: StudyFrames) -> str:
    """Returns the answer of one record as Markdown: data set, sentences, figure."""
    begin = f"**{frames.study.data.source}**, {counted(frames.num_train, 'training image')}:"
    return f"{begin} {' '.join(sentences(frames))}\n\n![{frames.name}](../tests/answers/{frames.name}.png)"


def draw() -> None:
    """Draws the figure of each record beside it."""
    with tempfile.TemporaryDirectory() as place, house_style():
        for record in sorted(RECORDS.glob("*.tar.xz")):
            frames = unpacked(record, Path(place))
            figure = exhibit_of(frames).draw()
            buffer = io.BytesIO()
            figure.savefig(buffer, format="png", dpi=DPI, facecolor="white", metadata={"Software": None})
            atomic.write_bytes(RECORDS / f"{frames.name}.png", buffer.getvalue())


def renewed(text: str) -> str:
    """Returns studies/README.md with the answers that the records give."""
    head, _, rest = text.partition(BEGIN)
    return f"{head}{BEGIN}\n\n{answers()}\n\n{END}{rest.partition(END)[2]}"


def with_table(text: str) -> str:
    """Returns README.md with the table of CIFAR-10 that the records give."""
    records = sorted(RECORDS.glob(cifar10_table.RECORDS))
    head, _, rest = text.partition(cifar10_table.BEGIN)
    with tempfile.TemporaryDirectory() as place:
        rows = cifar10_table.table([unpacked(one, Path(place)) for one in records])
    end = cifar10_table.END
    return f"{head}{cifar10_table.BEGIN}\n\n{rows}\n\n{end}{rest.partition(end)[2]}"


def main() -> None:
    """Runs a study for its record, or writes figures and README from all records."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    running = commands.add_parser("run")
    running.add_argument("study")
    running.add_argument("--data")
    keeping = commands.add_parser("keep")
    keeping.add_argument("name")
    for command in (running, keeping):
        command.add_argument("--out", type=Path, default=Path("reports"))
    commands.add_parser("write")
    given = parser.parse_args()
    if given.command == "run":
        run(given.study, given.data, given.out)
    elif given.command == "keep":
        keep(given.name, given.out)
    else:
        draw()
        for readme, renew in ((STUDIES / "README.md", renewed), (STUDIES.parent / "README.md", with_table)):
            atomic.write_text(readme, renew(readme.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()
