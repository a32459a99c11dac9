"""Cells of the quick reference and the Python of the guides are run, and give what the pages say."""

from __future__ import annotations

import ast
import doctest
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
GUIDES = sorted((DOCS / "howto").glob("*.md"))
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def blocks(page: Path) -> str:
    """All Python blocks of a page that are written as a session."""
    found = re.findall(r"^```python\n(.*?)^```$", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return "\n".join(block for block in found if ">>>" in block)


def run_session(page: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Run the session of a page in a folder of its own; its names are returned."""
    monkeypatch.chdir(folder)
    test = doctest.DocTestParser().get_doctest(blocks(page), {}, page.name, str(page), 0)
    assert test.examples, f"{page.name} shows no Python session"
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    result = runner.run(test, clear_globs=False)
    assert result.failed == 0
    return test.globs


def cells(page: Path) -> list[tuple[str, str, str]]:
    """Task, aibaro cell and result of every row of the tables."""
    lines = page.read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line.startswith("|") and "---" not in line]
    parts = [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows]
    return [(row[0], row[1].strip("` |"), row[2].strip("` |")) for row in parts if row[0] != "Task"]


def test_every_cell_of_the_quick_reference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = DOCS / "quickreference.md"
    names = run_session(page, tmp_path, monkeypatch)
    found = cells(page)
    assert len(found) >= 24
    wrong = {
        task: (code, repr(eval(code, dict(names))), said)
        for task, code, said in found
        if repr(eval(code, dict(names))) != repr(ast.literal_eval(said or "None"))
    }
    assert wrong == {}


@pytest.mark.parametrize("page", GUIDES, ids=[page.stem for page in GUIDES])
def test_a_guide_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if ">>>" in page.read_text(encoding="utf-8"):
        run_session(page, tmp_path, monkeypatch)


@pytest.mark.parametrize("stem", ["estimate", "models", "plan", "survey_file", "tables", "weights"])
def test_the_commands_of_a_guide_run_as_they_stand(
    stem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The Python above them writes the files that they read."""
    from aibaro.cli import main

    page = DOCS / "howto" / f"{stem}.md"
    run_session(page, tmp_path, monkeypatch)
    found = re.findall(r"^```sh\n(.*?)^```$", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    commands = [line for line in "".join(found).replace("\\\n", " ").splitlines() if line]
    assert len(commands) >= 1
    for command in commands:
        words = shlex.split(command, comments=True)
        assert words[0] == "aibaro"
        assert main(words[1:]) == 0, (command, capsys.readouterr().err)


def test_the_commands_of_the_page_on_export_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those that need no file of the reader and no report."""
    from aibaro.cli import main

    monkeypatch.chdir(tmp_path)
    page = (DOCS / "howto" / "export.md").read_text(encoding="utf-8")
    asked = re.findall(r"`aibaro ((?:find|compare|plot) [^`]*)`", page)
    assert len(asked) == 3
    assert [main(shlex.split(command)) for command in asked] == [0, 0, 0], capsys.readouterr().err
    assert "At least one AI technology in use" in (tmp_path / "adoption.svg").read_text(encoding="utf-8")


def test_single_numbers_are_asked_about_as_the_guides_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from aibaro.cli import main

    monkeypatch.chdir(tmp_path)
    (tmp_path / "article.txt").write_text("They differed, t(28) = 2.20, p = .036.", encoding="utf-8")
    page = (DOCS / "howto" / "check_pdf.md").read_text(encoding="utf-8")
    asked = re.findall(r"^aibaro (grim .*)$", page, flags=re.MULTILINE)
    assert [main(shlex.split(command, comments=True)) for command in asked] == [0, 0, 0], capsys.readouterr().err


def test_commands_of_the_guides_exist() -> None:
    from aibaro.cli import COMMANDS

    for page in GUIDES:
        text = page.read_text(encoding="utf-8")
        used = set(re.findall(r"^aibaro (\w+)", text, flags=re.MULTILINE)) | set(re.findall(r"`aibaro (\w+)", text))
        assert used <= set(COMMANDS), f"{page.name} names commands that do not exist: {used - set(COMMANDS)}"
