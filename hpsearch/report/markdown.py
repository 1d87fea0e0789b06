"""The report in short, as Markdown that code hosts render.

markdown_summary(frames)
"""

import re
from typing import TYPE_CHECKING

import pandas as pd

from hpsearch.report.notebook import judgement, taken_parameters
from hpsearch.report.page import cell_of, next_study, trials_table
from hpsearch.report.verdict import verdict
from hpsearch.results.doctor import findings
from hpsearch.results.stats import ranked
from hpsearch.results.tables import headings, with_whole_numbers
from hpsearch.results.winner import taken_trial

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames

N_ROWS = 10


def markdown_summary(frames: "StudyFrames") -> str:
    """Returns the verdict, how the taken trial did later, the best trials as a table, and what to do next."""
    told = [*verdict(frames, frames.importances), *_judged(frames)]
    blocks = [f"## {escape(frames.title)}", *(escape(sentence) for sentence in told)]
    best_first = ranked(frames.trials)
    if len(best_first):
        blocks.append(_table(with_whole_numbers(best_first.head(N_ROWS), frames.parameters)))
    noticed = findings(frames) if len(frames.trials) else []
    if noticed:
        blocks.append("### What to do next")
        blocks.append("\n".join(f"- {escape(finding.sentence)}" for finding in noticed))
        command = next_study(frames, noticed)
        blocks += [f"```sh\n{command}\n```"] if command else []
    return "\n\n".join(blocks) + "\n"


def _judged(frames: "StudyFrames") -> list[str]:
    """Returns what fresh seeds and the test split said, and of which parameters; nothing before that."""
    sentences = judgement(frames)
    if not sentences:
        return []
    listing = ", ".join(f"{name} = {value}" for name, value in taken_parameters(frames).items())
    return [*sentences, f"Parameters of trial {taken_trial(frames)}: {listing}."]


def _table(trials: pd.DataFrame) -> str:
    """Returns the best trials as a Markdown table."""
    table = trials_table(trials).drop(columns=["state", "reason", "seconds"])
    names = [escape(name) for name in headings(table.columns)]
    rows = [
        [escape(cell_of(name, value)) for name, value in zip(table.columns, row, strict=True)]
        for row in table.itertuples(index=False)
    ]
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def escape(text: str) -> str:
    """Returns text that Markdown shows as it is, on one line."""
    line = " ".join(text.split())
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # no parentheses: many renderers take \( for the beginning of a formula
    return re.sub(r"([\\`*_{}\[\]#+!|~$])", r"\\\1", line)
