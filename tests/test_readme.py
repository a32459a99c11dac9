"""The README's examples show their real output."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from aibaro.cli import main

README = Path(__file__).resolve().parent.parent / "README.md"
TEXT = README.read_text(encoding="utf-8")
CONSOLE = re.findall(r"```console\n\$ aibaro ([^\n]+)\n(.*?)```", TEXT, flags=re.DOTALL)


def test_python_examples() -> None:
    blocks = "\n".join(re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL))
    examples = doctest.DocTestParser().get_doctest(blocks, {}, "README", str(README), 0)
    runner = doctest.DocTestRunner()
    runner.run(examples)
    assert len(examples.examples) > 5
    assert runner.failures == 0


@pytest.mark.parametrize(("command", "output"), CONSOLE)
def test_commands(command: str, output: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command.split()) == 0
    assert capsys.readouterr().out == output
