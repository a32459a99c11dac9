"""The command line as a whole: help, suggestions, and one clear line where the system fails."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.published import small_survey

from aibaro.cli import COMMANDS, commands, main, parser_of
from aibaro.cli._shown import Shown


def run(*words: str, **settings: object) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    options: Any = {"capture_output": True, "text": True, "timeout": 120, **settings}
    return subprocess.run([sys.executable, "-m", "aibaro", *words], check=False, **options)


def test_the_overview_groups_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(f"  {name} " in shown for name in commands())
    assert all(len(line) <= 80 for line in shown.splitlines())


@pytest.mark.parametrize("name", sorted(commands()))
def test_help_shows_examples_that_the_parser_takes(name: str) -> None:
    shown = parser_of(name).format_help()
    assert max(map(len, shown.splitlines())) <= 80
    # a shell takes folded lines as one
    joined = re.sub(r" \\\n +", " ", shown)
    for example in COMMANDS[name].examples:
        assert f"  {example}\n" in f"{joined}\n"
        assert parser_of(name).parse_args(shlex.split(example)[2:])


def test_a_mistyped_command_or_option_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chek"]) == 2
    assert "did you mean 'aibaro check'?" in capsys.readouterr().err
    assert main(["lesson", "--studnet"]) == 2
    assert "did you mean --student?" in capsys.readouterr().err


def test_an_empty_path_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lesson", "1", "-o", ""]) == 2
    assert "an empty path" in capsys.readouterr().err


def test_a_full_disk_ends_in_one_line_and_2() -> None:
    with open("/dev/full", "w") as full:
        done = run("list", stdout=full, stderr=subprocess.PIPE, capture_output=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "No space left" in done.stderr


def test_a_terminal_that_cannot_show_a_character_is_told() -> None:
    done = run("show", "flanders-2023", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "PYTHONIOENCODING=utf-8" in done.stderr


def test_a_reader_that_closes_the_pipe_is_no_error() -> None:
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {sys.executable} -m aibaro show flanders-2023 --json | head -c 10"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0
    assert done.stderr == ""


def test_what_the_system_refuses_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    gone = tmp_path / "gone"
    gone.mkdir()
    script = f"cd {gone} && rmdir {gone} && {sys.executable} -m aibaro lesson 1"
    targets = [
        run("lesson", "1", "-o", str(tmp_path / "file" / "below")),
        run("lesson", "1", "-o", str(tmp_path / ("x" * 300))),
        subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=120, check=False),
    ]
    for done in targets:
        assert done.returncode == 2, done.stderr
        assert "Traceback" not in done.stderr
        assert done.stderr.startswith("aibaro: ")
        assert done.stderr.count("\n") == 1


ROWS = ["--weight", "w", "--rows", "q", "-o"]
TRIM = ["--weight", "w", "--trim", "3", "--within", "all", "--name", "v", "-o"]


@pytest.mark.parametrize(
    ("package", "extra", "words"),
    [
        ("xlsxwriter", "excel", ["check", "survey", "--xlsx", "-o", "out"]),
        ("xlsxwriter", "excel", ["replicate", "softwareone-2025", "--xlsx", "-o", "out"]),
        ("openpyxl", "excel", ["weights", "rows.csv", *TRIM, "out.xlsx"]),
        ("openpyxl", "files", ["estimate", "rows.xlsx", "--weight", "w", "--mean", "q"]),
        ("openpyxl", "excel", ["init", "new", "--table", "rows.xlsx"]),
        ("openpyxl", "files", ["table", "rows.xlsx", *ROWS, "out.html"]),
        ("openpyxl", "files", ["model", "rows.xlsx", "--weight", "w", "--formula", "q ~ 1"]),
        ("xlsxwriter", "excel", ["table", "rows.csv", *ROWS, "out.xlsx"]),
        ("pyreadstat", "files", ["weights", "rows.csv", *TRIM, "out.sav"]),
        ("pyreadstat", "files", ["weights", "rows.sav", *TRIM, "out.csv"]),
        ("pyreadstat", "files", ["estimate", "rows.dta", "--weight", "w", "--mean", "q"]),
        ("pyreadstat", "files", ["table", "rows.sav", *ROWS, "out.html"]),
        ("pyreadstat", "files", ["model", "rows.sav", "--weight", "w", "--formula", "q ~ 1"]),
        ("pdfplumber", "pdf", ["init", "new", "--pdf", "rows.pdf"]),
        ("pdfplumber", "pdf", ["reread", "survey", "rows.pdf"]),
        ("ortools", "exact", ["bounds", "survey", "--recompute"]),
        ("ortools", "exact", ["synthesize", "survey", "--seed", "1", "-o", "synthetic.csv"]),
    ],
)
def test_a_missing_extra_is_named_before_anything_is_written(
    *,
    package: str,
    extra: str,
    words: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.chdir(tmp_path)
    printed = "item,base,domain,level,printed,weighted\nuse,all,size,small,30%,yes\nuse,all,,,31%,yes\n"
    described = {"aibaro": {"weighting": "cells", "decimal_mark": "."}}
    small_survey.write(tmp_path / "survey", {**small_survey.MINIMAL, "printed.csv": printed})
    (tmp_path / "survey" / "datapackage.json").write_text(json.dumps(described), encoding="utf-8")
    (tmp_path / "rows.csv").write_text("w,q\n1,a\n2,b\n1,a\n", encoding="utf-8")
    # nothing is computed either: what does the work would end the command in another way
    for work in (
        "aibaro.ledger.build_ledger",
        "aibaro.weights.trim",
        "aibaro.tables.crosstab",
        "aibaro.synthesize.synthesize",
    ):
        monkeypatch.setattr(work, None)
    for kind in ("xlsx", "sav", "dta", "pdf"):
        (tmp_path / f"rows.{kind}").write_bytes(b"%PDF-")
    before = sorted(tmp_path.rglob("*"))
    assert main(words) == 2
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert f"aibaro[{extra}]" in said
    assert sorted(tmp_path.rglob("*")) == before


def test_what_a_terminal_would_obey_is_escaped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path / "\x1b[31mred\u202e\n")]) == 2
    assert main(["estimate", str(tmp_path / "\x1b[2J.csv"), "--mean", "q"]) == 2
    said = capsys.readouterr().err
    assert "\x1b" not in said
    assert "\u202e" not in said


def test_a_stream_is_written_to_and_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("w,q\n1,a\n2,b\n1,a\n", encoding="utf-8")
    done = run("model", "rows.csv", "--weight", "w", "--formula", "w ~ 1", "-o", "/dev/stdout", cwd=tmp_path)
    assert done.returncode == 2  # the kind of file is read from its name
    os.mkfifo(tmp_path / "pipe.csv")
    reader = subprocess.Popen(["cat", str(tmp_path / "pipe.csv")], stdout=subprocess.PIPE, text=True)
    run("model", "rows.csv", "--weight", "w", "--formula", "w ~ 1", "-o", "pipe.csv", cwd=tmp_path)
    assert reader.communicate(timeout=60)[0].startswith("term,")
    assert (tmp_path / "pipe.csv").is_fifo()
    # weighted rows go with their history, which cannot go into a pipe
    reader = subprocess.Popen(["cat", str(tmp_path / "pipe.csv")], stdout=subprocess.PIPE, text=True)
    words = ["--weight", "w", "--within", "all", "--trim", "2", "--name", "v", "-o", "pipe.csv"]
    assert run("weights", "rows.csv", *words, cwd=tmp_path).returncode == 0
    assert reader.communicate(timeout=60)[0].startswith("w,q,v")
    assert (tmp_path / "pipe.csv").is_fifo()
    (tmp_path / "full.csv").symlink_to("/dev/full")
    done = run("weights", "rows.csv", *words[:-1], "full.csv", cwd=tmp_path)
    assert (done.returncode, done.stderr.count("aibaro: No space left on device")) == (2, 1)
    assert (tmp_path / "full.csv").is_symlink()
    assert not (tmp_path / "full.csv.weights.json").exists()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_names_commands_and_options(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    shown = capsys.readouterr().out
    assert "replicate" in shown
    assert "student" in shown


def test_open_says_where_the_report_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    assert main(["open", str(tmp_path)]) == 2
    (tmp_path / "report.html").write_text("<p>", encoding="utf-8")
    assert main(["open", str(tmp_path)]) == 0
    assert capsys.readouterr().out.strip() == opened[0] == (tmp_path / "report.html").as_uri()


@pytest.mark.parametrize(
    "words",
    [
        ["check", "survey", "-o", "survey"],
        ["check", "survey", "-o", "survey/deep/out"],
        ["check", "linked", "-o", "survey"],
        ["replicate", "softwareone-2025", "-o", "survey"],
        ["bounds", "survey", "-o", "survey/printed.csv"],
        ["compare", "survey", "--out", "survey"],
        ["synthesize", "survey", "--seed", "1", "-o", "survey/synthetic.csv"],
        ["plot", "survey", "adoption", "-o", "survey/printed.csv"],
        ["plan", "survey", "--n", "50", "-o", "survey/strata.csv"],
        ["plan", "strata.csv", "--n", "50", "-o", "strata.csv"],
        ["weights", "rows.csv", *TRIM, "rows.csv"],
        ["weights", "rows.csv", *TRIM, "survey/strata.csv"],
        ["table", "rows.csv", *ROWS, "rows.csv"],
        ["table", "rows.csv", *ROWS, "survey/items.csv"],
        ["model", "rows.csv", "--weight", "w", "--formula", "w ~ q", "-o", "rows.csv"],
        ["init", "survey"],
    ],
    ids=" ".join,
)
def test_no_command_writes_over_its_input_or_into_a_survey(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    small_survey.write(tmp_path / "survey", small_survey.MINIMAL)
    (tmp_path / "linked").symlink_to("survey")
    (tmp_path / "rows.csv").write_text("w,q\n1,a\n2,b\n1,a\n", encoding="utf-8")
    (tmp_path / "strata.csv").write_text(small_survey.MINIMAL["strata.csv"], encoding="utf-8")
    before = {path: path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file()}
    assert main(words) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("  ")
    assert {path: path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file()} == before


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (".", "which holds"),
        ("/", "which holds"),
        ("..", "which holds"),
        ("", "a value is empty"),
        (" ", "an empty name"),
        ("new\nline", "no line can show"),
        ("\x1b[31m", "no line can show"),
        ("bad\udcff", "no line can show"),
        ("https://example.org/x", "an address"),
        ("a_file", "which is a file"),
        ("/dev/null", "which is a file"),
        ("loop", "leads nowhere"),
        ("dangling", "leads nowhere"),
        ("x" * 5000, "File name too long"),
        ("-dash", "written './-dash'"),
    ],
)
def test_a_survey_is_started_in_a_folder_of_its_own(
    name: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a_file").touch()
    Path("loop").symlink_to("loop")
    Path("dangling").symlink_to("nowhere")
    before = sorted(path.name for path in tmp_path.iterdir())
    assert main(["init", "a_file/x"]) == 2
    assert "a part of the path is a file" in capsys.readouterr().err
    for further in ([], ["--table", "a_file"], ["--pdf", "a_file"]):
        assert main(["init", name, *further]) == 2
        error = capsys.readouterr().err
        assert told in error
        assert len(error) < 1200
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.parametrize("name", ["a b", "q'uo\"te", "ünï", "$(x)", "*", "~", ".", "./sub/dir", "empty", "--", "con"])
def test_a_survey_may_be_started_in_any_new_or_empty_folder(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "alone").mkdir()
    monkeypatch.chdir(tmp_path / "alone" if name == "." else tmp_path)
    words = ["--", "-dash"] if name == "--" else [name]
    assert main(["init", *words]) == 0
    assert main(["show", *words]) == 0


@pytest.mark.parametrize("command", [["check"], ["show"], ["bounds"], ["init", "--upgrade"], ["accept"], ["estimate"]])
def test_a_loop_of_links_is_no_input(command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "loop").symlink_to("loop")
    assert main([*command, str(tmp_path / "loop")]) == 2
    (tmp_path / "table.csv").write_text(",a,b\nuse,30%,20%\n", encoding="utf-8")
    assert main(["init", str(tmp_path / "loop" / "x"), "--table", str(tmp_path / "table.csv")]) == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that never ends")
@pytest.mark.parametrize("words", [["grim", "--file"], ["grim", "--text"], ["init", "new", "--table"]])
def test_a_device_that_never_ends_is_not_read_to_its_end(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("aibaro.files.MOST_STREAMED", 1000)
    assert main([*words, "/dev/full"]) == 2
    assert "more than 1,000 bytes" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="terminals of another kind")
def test_a_bar_with_the_time_left_is_shown_on_a_terminal_alone(tmp_path: Path) -> None:
    import pty

    folder = small_survey.whole(tmp_path / "my-survey")
    words = [sys.executable, "-m", "aibaro", "check", str(folder), "-o", str(tmp_path / "out"), "--no-figures"]
    shown = {}
    for options in ([], ["--quiet"]):
        own, other = pty.openpty()
        with subprocess.Popen([*words, *options], stdout=subprocess.DEVNULL, stderr=other) as process:
            os.close(other)
            found = b""
            try:
                while part := os.read(own, 4096):
                    found += part
            except OSError:  # the other end is closed
                pass
            process.wait(timeout=120)
        os.close(own)
        shown[bool(options)] = found
    assert re.search(rb"checking .*\d+%.*\d:\d\d:\d\d", shown[False])
    assert b"checking" not in shown[True]
    assert "checking" not in run(*words[3:]).stderr


def test_an_error_of_our_own_is_no_finding() -> None:
    script = (
        "import sys, aibaro.cli, aibaro.cli.list as command\n"
        "command.run = lambda arguments: 1 / 0\n"
        "sys.argv = ['aibaro', 'list']\n"
        "sys.exit(aibaro.cli.main())"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "ZeroDivisionError" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("aibaro: an error of aibaro itself")


def test_a_fault_keeps_the_file_and_the_folder_it_is_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Names of files look like names of functions, which are not told."""
    folder = tmp_path / "survey"
    folder.mkdir()
    (folder / "printed.csv").write_text("itm,printed\nuse,30%\n", encoding="utf-8")
    assert main(["check", str(folder)]) == 2
    said = capsys.readouterr().err.splitlines()
    assert [line for line in said if "where:" in line] == ["  where: survey", "  where: printed.csv"]


# a turn of direction, colours, a line end of C1, an isolate, a mark of direction, and the end of all lines
EVIL = "ev\u202eil\x1b[31m\x85x\u2066y\u200f\u2029z"
OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def test_nothing_that_is_printed_is_obeyed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Names of columns, levels, folders and files, and words of the command line: as codes, which JSON reads back."""
    rows, survey, text = (tmp_path / name for name in ("rows.csv", "sur\u202evey", "te\u2066xt.txt"))
    lines = (f"{1 + i % 3},{'yes' if i % 2 else 'no' + EVIL},{'a' + EVIL if i % 3 else 'b'},{i}" for i in range(24))
    rows.write_text("\n".join([f"w,{EVIL},grp,{EVIL}2", *lines, ""]), encoding="utf-8")
    margins = tmp_path / "margins.csv"
    margins.write_text(f"variable,level,total\ngrp,a{EVIL},20\ngrp,b,20\n", encoding="utf-8")
    text.write_text(f"26{EVIL}% and 42% of 36\n", encoding="utf-8")
    survey.mkdir()
    (survey / "printed.csv").write_text("item,printed\nuse,30%\n", encoding="utf-8")
    of_rows = [str(rows), "--weight", "w"]
    ask = ["estimate", *of_rows, "--proportion", EVIL, "--by", "grp"]
    model = ["model", *of_rows, "--formula", f"`{EVIL}2` ~ grp"]
    for words in (
        ask,
        [*ask, "--format", "csv"],
        [*ask, "--format", "json"],
        ["table", *of_rows, "--rows", EVIL, "--columns", "grp"],
        model,
        [*model, "--format", "json"],
        ["weights", *of_rows, "--rake", str(margins), "--name", EVIL, "-o", str(tmp_path / "o\u202eut.csv")],
        ["estimate", str(rows), "--weight", EVIL, "--mean", "none"],
        ["check", str(survey), "--json", "--no-figures", "-o", str(tmp_path / "o\u2066ut")],
        ["accept", str(survey)],
        ["explain", "use", "--survey", str(survey)],
        ["explain", EVIL, "--survey", str(survey)],
        ["show", str(survey)],
        ["reread", str(survey), str(text)],
        ["grim", "--text", str(text)],
        ["init", str(survey)],
        [EVIL],
    ):
        assert main(words) in {0, 1, 2}, words
        said = capsys.readouterr()
        assert not OBEYED.search(said.out + said.err), ascii(words)
        assert said.out + said.err
        if "json" in words and words[0] == "estimate":
            assert {row["item"] for row in json.loads(said.out)} == {EVIL}
    assert not isinstance(sys.stdout, Shown)


def test_what_is_pasted_may_not_be_endless(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("aibaro.files.MOST_STREAMED", 10)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b",a\nuse,30%\n")))
    assert main(["init", str(tmp_path / "survey"), "--table", "-"]) == 2
    assert "more than 10 bytes of what is no file" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
