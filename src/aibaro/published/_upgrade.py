"""How does a folder of version 0.1 become one of today?  Prose becomes notes, what can be declared is declared."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from aibaro.errors import FaultList, InputError
from aibaro.files import write_text_atomic
from aibaro.published._folder import read
from aibaro.published.descriptor import FORMER, declared_files, former, read_declaration, read_descriptor
from aibaro.published.schema import DESCRIPTOR


def upgrade(folder: str | os.PathLike[str]) -> tuple[str, ...]:
    """Rewrite the descriptor of a folder of version 0.1.

    Parameters
    ----------
    folder : path
        Folder of a survey.

    Returns
    -------
    tuple of str
        What was changed, one line each; empty for a folder that needs nothing.

    Raises
    ------
    InputError
        When the folder cannot be read as it is: nothing is written.

    Notes
    -----
    Prose about weighting is kept as ``weighting_note`` and declares nothing: a person has to say whether it means
    ``none``, ``cells`` or ``margins``.  Checksums are renewed where the folder has them.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "printed.csv").write_text("item,printed\\nuse,14%\\n")
    >>> _ = (folder / "datapackage.json").write_text('{"aibaro": {"weighting": "by size class"}}')
    >>> upgrade(folder)
    ('aibaro.weighting is kept as weighting_note; weighting is "unknown" until it is declared',)
    >>> upgrade(folder)
    ()
    """
    root = Path(folder)
    read(root)
    path = root / DESCRIPTOR
    if not path.is_file():
        return ()
    faults = FaultList("the descriptor cannot be upgraded", where=str(root))
    descriptor = read_descriptor(path.read_bytes(), faults)
    faults.raise_if_any(InputError)
    if not former(descriptor):
        return ()
    changes = tuple(_changed(descriptor["aibaro"]))
    write_text_atomic(path, json.dumps(descriptor, indent=2, ensure_ascii=False) + "\n")
    if any(declared_files(descriptor).values()):
        # loaded here, so that it can be a program of its own: python -m aibaro.published.checksums
        from aibaro.published.checksums import update

        update(root)
    return changes


def _changed(own: dict[str, Any]) -> list[str]:
    """Change the block ``aibaro`` in place; say what was done."""
    done, notes = list[str](), [str(own["note"])] if own.get("note") else []
    weighting = own.get("weighting")
    if weighting is not None and read_declaration("weighting", weighting) is None:
        prose = weighting if isinstance(weighting, str) else "; ".join(f"{k}: {v}" for k, v in weighting.items())
        own["weighting"] = "unknown"
        own["weighting_note"] = "; ".join(filter(None, (str(own.get("weighting_note", "")), prose)))
        done.append('aibaro.weighting is kept as weighting_note; weighting is "unknown" until it is declared')
    for name in [name for name in FORMER if name in own]:
        value, new = own.pop(name), FORMER[name]
        if new == "item_nonresponse":
            own.setdefault(new, "imputed")
            notes.append(f"imputation: {value}")
            done.append('aibaro.imputation is kept in note; item_nonresponse is "imputed"')
        elif new == "note":
            notes.append(str(value))
            done.append(f"aibaro.{name} is kept in note")
        else:
            done.append(f"aibaro.{name} is gone: it is read from the numbers")
    if notes:
        own["note"] = "; ".join(notes)
    return done
