"""What a report costs: seconds and bytes by size, and its parts as shares of the whole.

python tests/benchmarks/bench_report.py                   # 100, 1000 and 5000 trials, made up
python tests/benchmarks/bench_report.py reports/convnet   # a study of one's own

Each size runs in a fresh process, imports included, against the import of seaborn alone.
"""

from __future__ import annotations

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import argparse
import importlib.util
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SIZES = ((100, 15), (1000, 20), (5000, 20))
FIXTURES = Path(__file__).parents[1] / "hpsearch" / "report" / "conftest.py"


def made_up(folder: Path, n_trials: int, n_epochs: int):
    """Returns the frames of a made-up study, as the tests use them."""
    spec = importlib.util.spec_from_file_location("fixtures", FIXTURES)
    fixtures = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fixtures)
    return fixtures.make_frames(folder, n_trials, n_epochs=n_epochs)


def measure(frames, painters: int) -> None:
    """Writes the report of some frames, with so many painters, and prints its parts."""
    start = time.perf_counter()
    from hpsearch.report import write as report

    imported = time.perf_counter()
    mattered = frames.importances
    ranked = time.perf_counter()
    sections = report.gallery(frames, mattered)
    made = time.perf_counter()
    with report.Painters(painters) as helping:
        helping.start()
        shown = report.draw(sections, frames.folder / "figures", mattered, helping)
    drawn = time.perf_counter()
    size = len(report.render(frames, shown).encode())
    parts = {
        "imports left": imported - start,
        "importances": ranked - imported,
        "data of figures": made - ranked,
        "figures drawn": drawn - made,
        "page": time.perf_counter() - drawn,
    }
    print(f"  {len(frames.trials)} trials: {size / 1e6:.2f} MB,", end=" ")
    print(", ".join(f"{name} {seconds:.1f} s" for name, seconds in parts.items()), flush=True)


def run(*arguments: str) -> float:
    """Returns the seconds of a fresh Python process."""
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--made-up", nargs=2, type=int, metavar=("TRIALS", "EPOCHS"), help=argparse.SUPPRESS)
    parser.add_argument("--painters", type=int, default=0, help="processes that draw beside this one")
    arguments = parser.parse_args()
    if arguments.made_up:
        with tempfile.TemporaryDirectory() as folder:
            measure(made_up(Path(folder), *arguments.made_up), arguments.painters)
    elif arguments.folder:
        from hpsearch.results.frames import read_study

        measure(read_study(arguments.folder), arguments.painters)
    else:
        seaborn = run("-c", "import seaborn")
        print(f"import seaborn alone: {seaborn:.1f} s")
        for n_trials, n_epochs in SIZES:
            sized = ("--made-up", str(n_trials), str(n_epochs), "--painters", str(arguments.painters))
            whole = run(__file__, *sized)
            print(f"  whole process {whole:.1f} s, {whole / seaborn:.1f} times that import")


if __name__ == "__main__":
    main()
