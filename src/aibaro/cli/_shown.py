"""What is printed is seen, and obeyed by no terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

# control characters but for line ends, turns of direction and marks of it, halves of characters
_OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def visible(text: str) -> str:
    """Write out what a terminal would obey.

    Parameters
    ----------
    text : str
        Words with names of files, cells or answers in them.

    Returns
    -------
    str
        The words; control characters as their codes.

    Examples
    --------
    >>> visible("a\x1b[31mb")
    'a\\\\x1b[31mb'
    """
    return _OBEYED.sub(_code, text)


def _code(found: re.Match[str]) -> str:
    """A character as its code; JSON, in which those below the blank never stand, reads it back."""
    return ascii(found[0])[1:-1] if found[0] < " " else f"\\u{ord(found[0]):04x}"


class Shown:
    """A stream on which a terminal obeys nothing, whoever writes to it.

    Parameters
    ----------
    stream : text stream
        Where it goes.
    """

    def __init__(self, stream: Any) -> None:
        self.unshown = stream

    def write(self, text: str) -> int:
        """Write a text, with the codes of what a terminal would obey."""
        self.unshown.write(visible(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write several."""
        self.write("".join(lines))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.unshown, name)
