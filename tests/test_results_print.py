"""Every result that has a summary prints it, so that a script shows a table and not a heap of fields."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

import pytest

import aibaro


def _summarised() -> list[type]:
    found: set[type] = set()
    for module in pkgutil.walk_packages(aibaro.__path__, "aibaro."):
        if module.name.split(".")[1] not in ("cli",):
            for _, thing in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
                if thing.__module__.startswith("aibaro.") and callable(getattr(thing, "summary", None)):
                    found.add(thing)
    return sorted(found, key=lambda each: f"{each.__module__}.{each.__qualname__}")


@pytest.mark.parametrize("result", _summarised(), ids=lambda each: str(each.__name__))
def test_printing_a_result_prints_its_summary(result: type) -> None:
    class Marked(result):  # type: ignore[misc]
        __slots__ = ()

        def summary(self) -> str:
            return "the summary"

    assert str(object.__new__(Marked)) == "the summary"
