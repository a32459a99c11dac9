"""The citation file and the changelog speak of the version that is installed."""

from __future__ import annotations

import re
from pathlib import Path

import aibaro

ROOT = Path(__file__).resolve().parent.parent


def test_one_version_everywhere() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^version: (\S+)$", citation, flags=re.MULTILINE) == [aibaro.__version__]
    assert re.findall(r'^version = "(\S+)"$', project, flags=re.MULTILINE) == [aibaro.__version__]
    page = (ROOT / "docs" / "howto" / "cite.md").read_text(encoding="utf-8")
    assert re.findall(r"version\W+(\d[\d.]*\d)", page) == [aibaro.__version__, aibaro.__version__]
    assert f"## {aibaro.__version__} " in changelog
