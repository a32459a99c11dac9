"""What this machine offers to tests: missing parts are skipped visibly (in CI they fail); workers share long work."""

from __future__ import annotations

import os
import pickle
import time
from collections.abc import Callable
from typing import TypeVar

import pytest

T = TypeVar("T")


def require(available: object, what: str) -> None:
    """Skip a test whose real counterpart is missing; fail it where CI promised the part."""
    if available:
        return
    if os.environ.get("CI"):
        pytest.fail(f"CI has to provide {what}", pytrace=False)
    pytest.skip(f"{what} is not on this machine")


def once_a_run(folders: pytest.TempPathFactory, name: str, build: Callable[[], T]) -> T:
    """Build a value in the first worker that asks; the others of the same run wait for it and read it.

    The value lies in the temporary folder of this run alone, so no run sees what another one built.
    """
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return build()
    folder = folders.getbasetemp().parent
    made, failed, claim = (folder / f"{name}.{end}" for end in ("pickle", "failed", "claim"))
    try:
        claim.mkdir()
    except FileExistsError:
        while not made.exists() and not failed.exists():
            time.sleep(0.1)
        # what the other worker could not build shows its fault here too
        return build() if failed.exists() else pickle.loads(made.read_bytes())  # type: ignore[no-any-return]
    try:
        value = build()
        written = folder / f"{name}.written"
        written.write_bytes(pickle.dumps(value))
        written.replace(made)
    except BaseException:
        failed.touch()
        raise
    return value
