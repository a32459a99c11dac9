"""A synthetic survey and its report, written once."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.report import synthetic

from aibaro.report import write_report


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    """Give what the report takes."""
    path = tmp_path_factory.mktemp("survey") / "synthetic"
    path.mkdir()
    return {"synthetic": synthetic.entry(path)}


@pytest.fixture(scope="session")
def out(results: dict[str, dict[str, object]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of the synthetic report."""
    folder = tmp_path_factory.mktemp("out")
    write_report(results, folder, findings=synthetic.findings("synthetic"))
    return folder


@pytest.fixture(scope="session")
def page(out: Path) -> str:
    """Give the text of the synthetic report."""
    return (out / "report.html").read_text(encoding="utf-8")
