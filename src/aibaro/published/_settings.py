"""Which settings may the block ``aibaro`` of a descriptor hold, and which of version 0.1 are still read?"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of the block ``aibaro``.

    Parameters
    ----------
    name : str
        The key.
    values : str or tuple of str
        What it may hold: ``text``, ``item``, ``language``, ``declaration``, ``marks``, ``labels``, or a list of words.
    words : tuple of str
        Words of a declaration.
    meaning, example, allows, default : str
        What it says, an example in JSON, which checks it makes possible, and what holds without it.
    """

    name: str
    values: str | tuple[str, ...]
    words: tuple[str, ...]
    meaning: str
    example: str
    allows: str
    default: str


#: Key of version 0.1 -> what to write today; None where it can go.
FORMER: dict[str, str | None] = {
    "imputation": "item_nonresponse",
    "groups": "note",
    "encoding_note": "note",
    "thousands_mark": None,
    "decimals": None,
}


@cache
def settings() -> dict[str, Setting]:
    """Return the known settings by name.

    Returns
    -------
    dict of str to Setting
        In the order of the table.

    Examples
    --------
    >>> settings()["weighting"].default
    'unknown'
    """
    text = files("aibaro.published").joinpath("_settings.toml").read_text(encoding="utf-8")
    return {
        name: Setting(
            name,
            tuple(row["values"]) if isinstance(row["values"], list) else str(row["values"]),
            tuple(row.get("words", ())),
            row["meaning"],
            row["example"],
            row["allows"],
            row.get("default", ""),
        )
        for name, row in tomllib.loads(text).items()
    }
