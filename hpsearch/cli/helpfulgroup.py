"""A command that has commands: called alone it tells them."""

from __future__ import annotations

import click


class HelpfulGroup(click.Group):
    """Called without anything it shows its help, which click since 8.2 raises as an error instead."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, args or ["--help"])
