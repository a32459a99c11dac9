"""Reproducible re-analysis of published surveys.

Names are loaded when they are first used, so that ``import aibaro.weights`` stays light: no solver, no plotting.

Examples
--------
>>> import aibaro
>>> survey = aibaro.load("flanders-2023")
>>> aibaro.Design.from_strata(survey.strata).size
44
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aibaro.design import Design
    from aibaro.frames import read_rows
    from aibaro.published import PublishedSurvey, catalogue, load, read

__version__ = "0.2.0"

# name -> room that defines it
_NAMES = {
    "Design": "aibaro.design",
    "PublishedSurvey": "aibaro.published",
    "catalogue": "aibaro.published",
    "load": "aibaro.published",
    "read": "aibaro.published",
    "read_rows": "aibaro.frames",
}
_ROOMS = (
    "compare",
    "consistency",
    "design",
    "disclosure",
    "errors",
    "estimate",
    "facts",
    "files",
    "frames",
    "ledger",
    "messages",
    "planning",
    "published",
    "reconstruct",
    "report",
    "results",
    "rounding",
    "sensitivity",
    "study",
    "synthesize",
    "tables",
    "weights",
)

__all__ = ["Design", "PublishedSurvey", "__version__", "catalogue", "load", "read", "read_rows"]


def _rooms() -> list[str]:
    return [room for room in _ROOMS if find_spec(f"aibaro.{room}") is not None]


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        value = getattr(import_module(_NAMES[name]), name)
        globals()[name] = value
        return value
    if name in _ROOMS and find_spec(f"aibaro.{name}") is not None:
        return import_module(f"aibaro.{name}")
    raise AttributeError(f"module 'aibaro' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_rooms()})
