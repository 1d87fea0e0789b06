"""The exceptions that hpsearch raises on purpose: one line for the user, and an exit status.

`HpsearchError` is the root. A `CallError` says that the call or a file of the user's was wrong
(exit status 2); every other error says that the work failed (exit status 1).
"""

from __future__ import annotations

INTERRUPTED = 130  # exit status after Ctrl-C


class HpsearchError(Exception):
    """Root of all errors that hpsearch raises on purpose; its text is one line for the user."""

    exit_status = 1

    def _render_traceback_(self) -> list[str]:
        """Returns what IPython shows of it, by its protocol: the line, without the calls that led to it."""
        return [f"{type(self).__name__}: {self}"]


class CallError(HpsearchError):
    """The call itself was wrong: an option, a name, a study file."""

    exit_status = 2


class StudyFileError(CallError):
    """A study file says something that it must not; the text names file, key and value."""


class FolderError(HpsearchError):
    """A study folder cannot be read, written or locked; the text names the path."""


class UnwritableError(FolderError):
    """A file or folder cannot be written here, as where the disk is full; the text names the path."""


class WorkerDiedError(HpsearchError):
    """A worker process of this machine died, as where memory is short; the text names its trial."""


class DataError(HpsearchError):
    """A data set cannot be prepared or opened; the text names the source or the path."""


class NothingYetError(HpsearchError):
    """The study has no trial that could answer the question."""


class NetError(HpsearchError):
    """The study's net fails in every trial; the text shows its error once."""
