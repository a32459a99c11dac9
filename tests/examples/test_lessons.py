"""Every lesson and every solution runs as plain Python, without a warning, and keeps the form of a lesson."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]
LESSONS = sorted((ROOT / "examples").glob("lesson_*.py"))
IDS = [path.stem for path in LESSONS]


def run(script: Path, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run a script elsewhere, on a machine without a screen, every warning an error."""
    environment = {**os.environ, "MPLBACKEND": "agg", "PYTHONHASHSEED": "0"}
    return subprocess.run([sys.executable, "-W", "error", *options, str(script)], cwd=folder, env=environment,
                          capture_output=True, text=True, timeout=600, check=False)  # fmt: skip


def test_there_are_six_lessons() -> None:
    assert [int(path.stem.split("_")[1]) for path in LESSONS] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("script", LESSONS, ids=IDS)
def test_a_lesson_and_its_solutions_run(script: Path, tmp_path: Path) -> None:
    done = run(script, tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    assert not re.search(r"\bnan\b", done.stdout), "a table of the lesson holds a number that is none"
    assert list(tmp_path.iterdir()) == [], "a lesson leaves files in the folder where it is run"


@pytest.mark.parametrize("script", LESSONS, ids=IDS)
def test_a_lesson_has_its_parts(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    for part in ("**Aim.**", "**Prerequisites.**", "**Time.**", "**Data.**", "## What to remember", "## Exercises"):
        assert part in text, f"{script.name} lacks {part}"
    minutes = int(re.search(r"About (\d+) minutes", text)[1])  # type: ignore[index]
    assert 45 <= minutes <= 90
    teaching, _, solutions = text.partition("# # Solutions")
    exercises = re.findall(r"^# (\d+)\. \*\*", teaching.partition("## Exercises")[2], flags=re.MULTILINE)
    solved = re.findall(r"^# ## Exercise (\d+)$", solutions, flags=re.MULTILINE)
    assert len(exercises) >= 4
    assert exercises == solved, "each exercise has a worked solution, in the same order"
    assert teaching.count("plt.subplots") >= 2, "a lesson shows figures"


@pytest.mark.parametrize("script", LESSONS, ids=IDS)
def test_a_lesson_is_a_notebook(script: Path) -> None:
    notebook = jupytext.read(script)
    kinds = [cell.cell_type for cell in notebook.cells]
    assert kinds[0] == "markdown"
    assert kinds.count("code") >= 8
    hidden = [cell for cell in notebook.cells if "hide-cell" in cell.metadata.get("tags", [])]
    assert len(hidden) >= 4, "solutions are folded away in the documentation"


@pytest.mark.parametrize("script", LESSONS, ids=IDS)
def test_synthetic_firms_are_called_synthetic(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    if "synthetic_population" in text:
        assert "*synthetic*" in text.partition("import")[0]


def test_a_lesson_tells_the_same_twice(tmp_path: Path) -> None:
    """The seed fixes everything: two runs with other hash seeds print the same."""
    script = next(path for path in LESSONS if "lesson_5" in path.name)
    first, second = run(script, tmp_path), run(script, tmp_path, "-R")
    assert first.returncode == second.returncode == 0
    assert first.stdout == second.stdout


def test_every_figure_of_a_notebook_is_shown(tmp_path: Path) -> None:
    """The style of the first figure, which loads the notebook's backend, must not hide those after it."""
    imports = "from matplotlib import pyplot as plt\nfrom aibaro.report import house_style\n"
    cell = f"{imports}with house_style():\n    axes = plt.subplots()[1]"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for _ in range(3)])
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = [sum("image/png" in output.get("data", {}) for output in cell.outputs) for cell in notebook.cells]
    assert shown == [1, 1, 1]
