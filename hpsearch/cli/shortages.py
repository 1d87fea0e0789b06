"""What the system refused, in words; what is short is named with the limit that makes it so."""

from __future__ import annotations

import errno

from hpsearch.system.memory import most_open

_NO_ROOM = "failed to map segment from shared object"  # the dynamic loader's words


def is_shortage(error: ImportError) -> bool:
    """Says whether a library is there, but not loaded for want of memory."""
    return _NO_ROOM in str(error)


def in_words(error: OSError | MemoryError | ImportError) -> str:
    """Returns what was refused, on one line."""
    if isinstance(error, ImportError):
        return "memory is short, even for the libraries; a search takes 1 GB of addresses (ulimit -v)"
    if isinstance(error, MemoryError):
        return f"memory is short{f' ({error})' if str(error) else ''}; fewer --jobs need less"
    if error.errno == errno.EMFILE:
        allowed = most_open()
        most = "" if allowed is None else f", of which {allowed} are allowed here (ulimit -n)"
        return f"too many open files{most}; each of --jobs needs about ten"
    if error.errno == errno.EAGAIN:
        return "no more processes may be started here (ulimit -u); fewer --jobs need less"
    return f"{error.filename or 'input/output'}: {error.strerror or error}"
