"""What a search left, as Python and notebooks see it: tables, the page, and the commands that come after.

`Result.confirm`, `.test`, `.answer` and `.compare` are the commands of these names, with their options.
"""

from __future__ import annotations

import base64
import html
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpsearch.calls import from_python
from hpsearch.disk.folder import StudyFolder
from hpsearch.errors import CallError
from hpsearch.search.options import integer
from hpsearch.search.ranges import FRESH_SEEDS, RANGES
from hpsearch.study.study import Study
from hpsearch.study.studyfile import load_resolved

if TYPE_CHECKING:
    import pandas as pd

    from hpsearch.disk.confirmation import Confirmation
    from hpsearch.disk.ledger import Look
    from hpsearch.results.answered import Answered
    from hpsearch.results.frames import StudyFrames

_COUNT = (1, 2**63 - 1)


@dataclass(frozen=True)
class Page:
    """A report, or a comparison.

    Attributes:
        path: its HTML file.
        markdown: what it says in short, for where no HTML is shown, as in a PDF.
    """

    path: Path
    markdown: str = field(default="", repr=False)

    def _repr_html_(self) -> str:
        """Returns the page for a notebook, in a frame of its own so that styles do not mix.

        Without its base the page's links to its own sections would load the notebook into the frame. A frame
        is cut off where it is printed, as in an export to PDF by a browser: there stands in its place what it
        says in short, with its figures, whole and without other files.
        """
        page = self.path.read_text(encoding="utf-8").replace("<head>", '<head><base href="about:srcdoc">', 1)
        frame = f'<iframe srcdoc="{html.escape(page)}" style="width: 100%; height: 50em; border: 0"></iframe>'
        paper = f'<pre style="white-space: pre-wrap">{html.escape(self.markdown)}</pre>'
        images = "".join(f'<img alt="{one.stem}" src="{_embedded(one)}">' for one in self._figures())
        return (
            "<style>@media print { .hpsearch-screen { display: none } }"
            " @media screen { .hpsearch-paper { display: none } }</style>"
            f'<div class="hpsearch-screen">{frame}</div><div class="hpsearch-paper">{paper}{images}</div>'
        )

    def _repr_markdown_(self) -> str:
        """Returns what it says in short and its figures, which an export to PDF by LaTeX shows.

        The figures are files beside the page, which must still lie there.
        """
        shown = [f"![{one.stem}]({Path(os.path.relpath(one)).as_posix()})" for one in self._figures()]
        return "\n\n".join([self.markdown, *shown])

    def _figures(self) -> list[Path]:
        """Returns the figures of a study's page as PNG files; those of a comparison are in it alone."""
        return sorted((self.path.parent / "figures").glob("*.png"))


def _embedded(image: Path) -> str:
    """Returns a PNG file as a URL that holds it."""
    return f"data:image/png;base64,{base64.b64encode(image.read_bytes()).decode()}"


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
        """The winner, as `hpsearch best --format json` has it: trial, accuracies (fractions), params."""
        from hpsearch.results.luck import corrected_winner_in, winner_facts
        from hpsearch.results.winner import find_winner

        folder = StudyFolder(self.folder)
        folder.require()
        return winner_facts(find_winner(folder), corrected_winner_in(folder))

    @property
    def trials(self) -> pd.DataFrame:
        """One row a trial."""
        return self.frames.trials

    @property
    def curves(self) -> pd.DataFrame:
        """One row an epoch."""
        return self.frames.curves

    @from_python
    def report(self) -> Page:
        """Builds the page, which shows itself in a notebook."""
        from hpsearch.report import markdown_summary, write_report

        frames = self.frames
        return Page(write_report(frames), markdown_summary(frames))

    @from_python
    def confirm(
        self,
        *,
        top: int = 5,
        seeds: int = 5,
        jobs: int | None = None,
        threads: int = 1,
        epochs: int | None = None,
    ) -> Confirmation:
        """Lets the best trials race on fresh seeds, as `hpsearch confirm` does; `test` tests who is taken.

        Args:
            top: at most so many race.
            seeds: fresh seeds of each, from 2 to 1000.
            jobs: worker processes; as many as the physical cores have room for by default.
            threads: BLAS threads of each process.
            epochs: no round is begun that might exceed these in all; None = no limit.

        Raises:
            HpsearchError: what went wrong.
        """
        from hpsearch.checks import confirm

        top, seeds = integer("top", top, _COUNT), integer("seeds", seeds, FRESH_SEEDS)
        epochs = None if epochs is None else integer("epochs", epochs, _COUNT)
        folder, study = self._to_train()
        with folder.locked(), _processors(jobs, threads) as n_jobs:
            return confirm.confirm(study, folder, top=top, n_seeds=seeds, jobs=n_jobs, max_epochs=epochs)

    @from_python
    def test(
        self,
        *,
        seeds: int = 5,
        jobs: int | None = None,
        threads: int = 1,
        again: str | None = None,
        ensemble: bool = False,
    ) -> Look:
        """Evaluates on the test split, once, as `hpsearch test` does; the ledger keeps every look.

        Args:
            seeds: fresh seeds, from 2 to 1000.
            jobs: worker processes; as many as the physical cores have room for by default.
            threads: BLAS threads of each process.
            again: why to look a second time.
            ensemble: whether the trials are tested that `hpsearch ensemble` found to be better together.

        Raises:
            HpsearchError: what went wrong.
        """
        from hpsearch.checks import final_test

        seeds = integer("seeds", seeds, FRESH_SEEDS)
        folder, study = self._to_train()
        with folder.locked(), _processors(jobs, threads) as n_jobs:
            return final_test.evaluate(
                study, folder, n_seeds=seeds, jobs=n_jobs, again=again, ensemble=ensemble
            )

    @from_python
    def answer(self, *, seeds: int = 8, jobs: int | None = None, threads: int = 1) -> Answered:
        """Answers the study's question on fresh seeds, as `hpsearch answer` does; `.sentences` says it.

        Args:
            seeds: fresh seeds, from 2 to 1000.
            jobs: worker processes; as many as the physical cores have room for by default.
            threads: BLAS threads of each process.

        Raises:
            HpsearchError: what went wrong.
        """
        from hpsearch.checks import answer

        seeds = integer("seeds", seeds, FRESH_SEEDS)
        folder, study = self._to_train()
        with folder.locked(), _processors(jobs, threads) as n_jobs:
            answer.answer(study, folder, n_seeds=seeds, jobs=n_jobs)
            found = self.frames.answered
        assert found is not None, "it was just answered"
        return found

    @from_python
    def compare(self, *others: Result, output: str | Path | None = None) -> Comparison:
        """Writes a page that has this study and others side by side, as `hpsearch compare` does.

        Args:
            others: at least one other study.
            output: the page to write; beside the study folders by default.

        Raises:
            HpsearchError: there is no other study, one is none, or the page cannot be written.
        """
        from hpsearch.report import write_compare
        from hpsearch.report.standings import sentences

        for one in others:
            if not isinstance(one, Result):
                raise CallError(f"compare: expected other results, as of hpsearch.load, but got {one!r}")
        folders = list(dict.fromkeys(one.folder for one in (self, *others)))
        if len(folders) < 2:
            raise CallError("compare: expected at least one other study")
        frames = [one.frames for one in map(Result, folders)]
        name = f"compare-{'-'.join(folder.name for folder in folders)}.html"
        page = write_compare(frames, Path(output) if output else self.folder.parent / name)
        said = tuple(sentences(frames))
        return Comparison(page, "\n\n".join(said), said)

    def _to_train(self) -> tuple[StudyFolder, Study]:
        """Returns what training again needs: the folder and its study."""
        folder = StudyFolder(self.folder)
        folder.require()
        return folder, load_resolved(folder.study_file, folder.name)

    @from_python
    def _repr_html_(self) -> str:
        """Returns the numbers, the best parameters and the best trials for a notebook."""
        from hpsearch.notebook import result_as_html

        return result_as_html(self.frames)


@contextmanager
def _processors(jobs: int | None, n_threads: int) -> Iterator[int]:
    """Yields how many processes to start, each of which has so many BLAS threads while this lasts."""
    from hpsearch.search.processors import suitable_jobs
    from hpsearch.worker import threads

    jobs = None if jobs is None else integer("jobs", jobs, RANGES["jobs"])
    n_threads = integer("threads", n_threads, RANGES["threads"])
    with threads.used(n_threads):
        yield suitable_jobs(jobs, n_threads)
