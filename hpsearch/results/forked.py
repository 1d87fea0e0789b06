"""What a study that was forked from another one owes to it, in sentences.

forked_in_words(frames)    none for a study that was not forked
begun_with(frames, who)    those of them that matter to whoever compares what it found
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hpsearch.words import counted, listed, times

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames


def forked_in_words(frames: StudyFrames) -> list[str]:
    """Returns which trials it began with, what they had cost, and whether the same images chose them."""
    fork = frames.study.fork
    if fork is None:
        return []
    return [*begun_with(frames, "It"), *_looks(fork.looks, fork.split, frames)]


def begun_with(frames: StudyFrames, who: str) -> list[str]:
    """Returns the same without earlier looks at the test split.

    Args:
        frames: the study.
        who: what the first sentence calls it.
    """
    fork, n_first = frames.study.fork, len(frames.study.enqueued)
    if fork is None:
        return []
    chose = f"{counted(fork.trials, 'trial')} with {counted(fork.epochs, 'epoch')} chose them"
    began = (
        f"{who} was forked from {listed(fork.studies)} and begins with {counted(n_first, 'set')} of"
        f" parameters that did best there: {chose}, which are not counted here."
    )
    return [began, *_images(fork.images, frames.train_val_hash)]


def _images(chose: str, now: str) -> list[str]:
    if not chose or not now:
        return []
    if chose == now:
        return [
            (
                "The same validation images chose them: what is told here of the luck of being chosen does"
                " not count that first choice."
            )
        ]
    # the hash is of both splits: with other sizes or more training images validation images may be the same
    return [
        (
            "Not all images are those that chose them: where validation images are, what is told here of the"
            " luck of being chosen does not count that first choice."
        )
    ]


def _looks(n_looks: int, split: str, frames: StudyFrames) -> list[str]:
    """Says how often the same test split was looked at before the fork; the ledger here may not have it."""
    is_same = bool(n_looks) and split == frames.test_split
    return [f"Before that the test split had been looked at {times(n_looks)}."] if is_same else []
