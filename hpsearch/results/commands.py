"""Command lines about a study, as they are typed where its folder was made."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames


def command(frames: StudyFrames, name: str, *options: str) -> str:
    """Returns `hpsearch NAME` for a study with its options, and with --out where that is not the default."""
    out = frames.folder.parent
    where = () if out == Path("reports") else ("--out", str(out))
    return shlex.join(["hpsearch", name, "--study", frames.name, *options, *where])
