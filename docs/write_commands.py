"""Rewrite the page of commands from the parsers themselves.

Run it from the root of the checkout after a command or option came or went; a test compares page and parsers.
"""

from __future__ import annotations

import os
from pathlib import Path

from aibaro.cli import commands, parser_of

PAGE = Path(__file__).resolve().parent / "commands.md"
HEAD = """# Commands

```{index} !commands, !command line, !cli, !terminal, !opdracht, !opdrachten, !opdrachtregel, !shell
```

What `aibaro COMMAND --help` prints, for all commands. Every command ends with 0 when all is well, 1 when it found
something (a figure in conflict, a verdict that is not the pinned one), 2 for wrong usage or unreadable input, 130 when
interrupted and 143 when asked to end. Data goes to standard output; words and progress go to standard error.
"""


def page() -> str:
    """The page."""
    os.environ["COLUMNS"] = "80"
    parts = [HEAD]
    group = ""
    for name, command in commands().items():
        if command.group != group:
            group = command.group
            parts.append(f"## {group[0].upper()}{group[1:]}\n")
        parts.append(f"### `aibaro {name}`\n\n```text\n{parser_of(name).format_help().rstrip()}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
