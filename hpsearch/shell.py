r"""Arguments of the commands that page and terminal suggest, as a shell reads them.

quoted("my reports")    'my reports'
quoted("o\udcff")       $'o\xff', a name whose bytes are no UTF-8
"""

from __future__ import annotations

import os
import shlex

from hpsearch.words import one_line


def quoted(argument: str) -> str:
    """Returns an argument as it must be typed: what cannot be shown by its bytes, as bash reads them."""
    if one_line(argument) == argument:
        return shlex.quote(argument)
    typed = (
        chr(byte) if 0x20 <= byte < 0x7F and byte not in b"\\'" else f"\\x{byte:02x}"
        for byte in os.fsencode(argument)
    )
    return f"$'{''.join(typed)}'"
