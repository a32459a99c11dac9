"""What this machine offers to tests: a part that is missing is skipped visibly, and in CI it is a failure."""

from __future__ import annotations

import os

import pytest


def require(available: object, what: str) -> None:
    """Skip a test whose real counterpart is missing; fail it where CI promised the part."""
    if available:
        return
    if os.environ.get("CI"):
        pytest.fail(f"CI has to provide {what}", pytrace=False)
    pytest.skip(f"{what} is not on this machine")
