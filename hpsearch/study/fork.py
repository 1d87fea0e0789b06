"""Where a study's first trials are from: `[fork]` of a study file, which `hpsearch fork` writes.

Keys of the section:
    studies: the studies whose best trials are enqueued here, the oldest first.
    trials: how many trials these had in all; they are no trials of this study.
    epochs: how many epochs these trials were trained.
    images: hash of the training and validation images that chose them; "" if not known.
    split: hash of their test split; "" if not known.
    looks: how often that test split had been looked at.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Fork(BaseModel):
    """What a study was forked from; nothing that its trials depend on.

    Attributes:
        studies, trials, epochs, images, split, looks: as in the docstring above.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    studies: list[str] = Field(min_length=1)
    trials: int = Field(ge=1)
    epochs: int = Field(ge=0)
    images: str = ""
    split: str = ""
    looks: int = Field(default=0, ge=0)
