"""The table of all sources that nets knows; hpsearch adds those that need pandas."""

from __future__ import annotations

from nets.data.digits import DIGITS
from nets.data.source import Source

SOURCES: dict[str, Source] = {source.name: source for source in (DIGITS,)}
