"""Every lesson and every solution runs as plain Python, without a warning, and keeps the form of a lesson."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from fractions import Fraction
from itertools import product
from pathlib import Path

import jupytext
import nbformat
import pytest
from nbclient import NotebookClient

import aibaro

ROOT = Path(__file__).resolve().parents[2]
LESSONS = sorted((ROOT / "examples").glob("lesson_*.py"))
IDS = [path.stem for path in LESSONS]


def run(script: Path, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run a script elsewhere, on a machine without a screen, every warning an error."""
    environment = {**os.environ, "MPLBACKEND": "agg", "PYTHONHASHSEED": "0"}
    return subprocess.run(
        [sys.executable, "-W", "error", *options, str(script)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


# lesson, what its text says, what its output shows
SAID = [
    (1, "39,1% of the firms", "39.1% of respondents"),
    (1, "that 32,1% of firms do", "32.1% of firms"),
    (1, "4 × 11 = 44", "44 strata"),
    (1, "worth about 1,609", "effective n 1,609"),
    (2, "about one percentage point", r"their SD 1\.0\d"),
    (2, "one sector with 74 respondents", "in a domain of 74 respondents"),
    (2, "that\n# is 32 - 4 = 28", r"df_design: 28\.0"),
    (2, "only some 70 interviews", r"\(7\d interviews\)"),
    (2, "The design effect is above 1", r"from the simulation: 1\.\d"),
    (3, "Two response rates, 33.3% and 27.0%", r"33\.3% .*\n.*27\.0%"),
    (3, "9,680 firms were approached, 2,612 answered", r"approached +9680[^z]*usable answers +2612"),
    (3, "718 messages were undeliverable", r"9,184 - 718 = 8,466; printed 8,466"),
    (3, "About 1.3 times as likely", r"1\.3 times as likely: \+[456]\.\d points"),
    (4, "neither does Kish's ratio", r"ratio (1\.\d+) before, \1 after"),
    (4, "a rise of 6.6 points", r"change 0\.0[34]"),
    (4, "weights of the AI-Barometer are above 50", r"2\.396 to 51\.41"),
    (4, "about five points", r"large +5\.\d+ +5\.\d+"),
    (5, "19% of the public and 28% of entrepreneurs", r"public +19%[^z]*entrepreneurs +28%"),
    (5, "19% of the public", r"of \d+ differences \d+ have p < 0\.05 at a design effect of 1\.5, \d+ after Holm"),
    (6, "14 gives 29%, 15 gives 31%", r"14/48 = 29\.17%\n15/48 = 31\.25%"),
    (6, "Out of 99 possible tables", "39.2857%"),
    (6, "it alone is `inconsistent`", r"my\.use +16,0% inconsistent\n +my\.no_use +86,0% +consistent"),
    (7, "about twice as many false letters", r"as a simple sample: 9\.\d%[^z]*by the design: [3-6]\.\d%"),
    (7, "ten times too large", r"600 +6192"),
    (7, "0.036, 0.060 and 0.200", r"0\.036\d*, 0\.06, 0\.2\]"),
    (6, "8, 25, 31, 25 and 11% of\n# 104", r"\(8, 26, 32, 26, 12\)"),
]

_FINISHED: dict[Path, subprocess.CompletedProcess[str]] = {}


def finished(script: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """A run of a lesson, made once."""
    if script not in _FINISHED:
        _FINISHED[script] = run(script, folder)
    return _FINISHED[script]


def test_there_are_seven_lessons() -> None:
    assert [int(path.stem.split("_")[1]) for path in LESSONS] == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("script", LESSONS, ids=IDS)
def test_a_lesson_and_its_solutions_run(script: Path, tmp_path: Path) -> None:
    done = finished(script, tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    assert not re.search(r"\bnan\b", done.stdout), "a table of the lesson holds a number that is none"
    assert "nace-" not in done.stdout, "sectors are called by their names"
    assert list(tmp_path.iterdir()) == [], "a lesson leaves files in the folder where it is run"


@pytest.mark.parametrize(("number", "said", "shown"), SAID, ids=[f"{n}: {said[:30]}" for n, said, _ in SAID])
def test_what_is_said_is_what_is_shown(number: int, said: str, shown: str, tmp_path: Path) -> None:
    script = LESSONS[number - 1]
    text = script.read_text(encoding="utf-8")
    words = r"\s+(?:# )?".join(re.escape(word) for word in said.replace("\n# ", " ").split())
    assert re.search(words, text), "the text says something else now: change this table with it"
    assert re.search(shown, finished(script, tmp_path).stdout), "the text says what the lesson does not compute"


@pytest.mark.parametrize("script", LESSONS, ids=IDS)
def test_a_lesson_has_its_parts(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    for part in ("**Aim.**", "**Prerequisites.**", "**Time.**", "**Data.**", "## What to remember", "## Exercises"):
        assert part in text, f"{script.name} lacks {part}"
    markers = set(re.findall(r"^# %%.*$", text, flags=re.MULTILINE))
    assert markers <= {"# %%", "# %% [markdown]", '# %% tags=["hide-cell"]'}, "a marker stands on a line of its own"
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


def test_machine_learning_of_the_utilities_is_worth_four_degrees_of_freedom() -> None:
    """Lesson 2 and the page on methods say so: all tables of counts are listed, and the formula is the textbook's."""
    strata = aibaro.load("flanders-2023").strata.query("sector == 'nace-35-39'")
    firms, answers = strata["population"].tolist(), strata["respondents"].tolist()
    found = []
    for users in product(*(range(n + 1) for n in answers)):
        cells = list(zip(firms, answers, users, strict=True))
        share = sum(Fraction(N * k, n) for N, n, k in cells) / sum(firms)
        if Fraction(155, 10000) <= share < Fraction(165, 10000):
            parts = [N**2 * (1 - n / N) * (k / n) * (1 - k / n) / (n - 1) for N, n, k in cells]
            found.append(sum(parts) ** 2 / sum(v**2 / (n - 1) for v, n in zip(parts, answers, strict=True)))
    assert sum(answers) - len(answers) == 28
    assert found == [pytest.approx(4.0)]


def test_a_lesson_tells_the_same_twice(tmp_path: Path) -> None:
    """The seed fixes everything: two runs with other hash seeds print the same."""
    script = next(path for path in LESSONS if "lesson_5" in path.name)
    first, second = finished(script, tmp_path), run(script, tmp_path, "-R")
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
