"""Files are written whole or not at all; checksums are those of the bytes."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import re
import stat
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aibaro.errors import InputError
from aibaro.files import csv_text, mend, sha256_bytes, slug, write_bytes_atomic, write_text_atomic
from aibaro.published import checksums
from aibaro.published.bundled import bundled_names, data_root


def test_text_is_utf8_with_line_feeds(tmp_path: Path) -> None:
    path = write_text_atomic(tmp_path / "deep" / "a.csv", "size×sector\n")
    assert path.read_bytes() == b"size\xc3\x97sector\n"


def test_a_file_is_replaced_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    path.chmod(0o640)
    write_text_atomic(path, "new")
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.txt"]


def test_a_new_file_has_the_mode_of_any_other_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    assert write_text_atomic(tmp_path / "ours", "").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_failed_write_leaves_the_old_file_and_no_remains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        write_bytes_atomic(path, b"new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_folder_that_may_not_be_entered_is_told_by_its_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message named a hidden folder that nobody had asked for."""

    def refused(path: object, *arguments: object, **named: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(os, "stat", refused)
    assert mend(tmp_path) is False


def test_checksum_of_the_standard(tmp_path: Path) -> None:
    # FIPS 180-4, the one-block example
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sha256_bytes(b"abc") == expected
    assert sha256_bytes(write_text_atomic(tmp_path / "abc", "abc").read_bytes()) == expected


def test_an_installed_wheel_wins_over_a_checkout(tmp_path: Path) -> None:
    package = tmp_path / "src" / "aibaro"
    (tmp_path / "data").mkdir()
    package.mkdir(parents=True)
    assert data_root(package) == tmp_path / "data"
    (package / "_data").mkdir()
    assert data_root(package) == package / "_data"


def test_missing_data_is_an_error_that_names_both_places(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="bundled surveys are missing") as caught:
        data_root(tmp_path / "src" / "aibaro")
    assert "_data" in caught.value.faults[0].expected


def test_names_are_folders_with_a_descriptor_in_order(tmp_path: Path) -> None:
    for name in ("b", "a", "plain"):
        (tmp_path / name).mkdir()
    for name in ("b", "a"):
        (tmp_path / name / "datapackage.json").write_text("{}")
    assert bundled_names(tmp_path) == ("a", "b")


def package(folder: Path) -> Path:
    (folder / "printed.csv").write_text("id,item,base,domain,level,printed\n")
    (folder / "notes.txt").write_text("x")
    descriptor = {
        "name": "mine",
        "resources": [
            {"name": "notes", "path": "notes.txt", "title": "kept"},
            {"name": "printed", "path": "printed.csv", "schema": {"fields": [{"name": "id", "title": "kept too"}]}},
        ],
    }
    (folder / "datapackage.json").write_text(json.dumps(descriptor))
    return folder


def test_checksums_are_rewritten_once_and_all_else_is_kept(tmp_path: Path) -> None:
    package(tmp_path)
    (tmp_path / "levels.csv").write_text("domain,level,order\n")
    (tmp_path / "extra.csv").write_text("a\n")
    assert checksums.update(tmp_path) is True
    assert checksums.update(tmp_path) is False
    notes, printed, levels, extra = json.loads((tmp_path / "datapackage.json").read_text())["resources"]
    assert (notes["title"], notes["bytes"], notes["hash"]) == ("kept", 1, "sha256:" + sha256_bytes(b"x"))
    assert printed["schema"]["fields"][0] == {"name": "id", "title": "kept too"}
    assert [field["name"] for field in printed["schema"]["fields"]][-1] == "printed"
    assert (levels["path"], levels["schema"]["primaryKey"]) == ("levels.csv", ["domain", "level"])
    assert (extra["path"], "schema" in extra) == ("extra.csv", False)
    assert levels["schema"]["fields"][2] == {"name": "order", "type": "integer"}


def test_checksums_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert checksums.main([str(package(tmp_path))]) == 0
    assert "updated" in capsys.readouterr().out
    assert checksums.main([]) == 2
    assert "no folder was named" in capsys.readouterr().err
    assert checksums.main([str(tmp_path / "nowhere")]) == 2
    (tmp_path / "notes.txt").unlink()
    assert checksums.main([str(tmp_path)]) == 2
    assert "a declared file is missing" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("raised", "code", "told"),
    [(OSError(errno.ENOSPC, "no space left"), 2, "no space left: "), (KeyboardInterrupt(), 130, "aibaro: interrupted")],
    ids=["full disk", "Ctrl-C"],
)
def test_checksums_that_cannot_be_written_end_in_one_line(  # noqa: PLR0917 - what happens, and what is said
    raised: BaseException,
    code: int,
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = {path: path.read_bytes() for path in package(tmp_path).iterdir()}

    def stop(handle: int) -> None:
        raise raised

    monkeypatch.setattr(os, "fsync", stop)
    assert checksums.main([str(tmp_path)]) == code
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert told in said
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_no_checksum_hides_a_misspelt_name(tmp_path: Path) -> None:
    """It was declared with the others, and then read by nobody and missed by nobody."""
    (tmp_path / "datapackage.json").write_text('{"name": "x"}', encoding="utf-8")
    (tmp_path / "printed.csv").write_text("item,printed\nuse,30%\n", encoding="utf-8")
    (tmp_path / "relatons.csv").write_text("kind,parts,whole\n", encoding="utf-8")
    before = (tmp_path / "datapackage.json").read_bytes()
    with pytest.raises(InputError, match=r"rename it relations\.csv"):
        checksums.update(tmp_path)
    assert (tmp_path / "datapackage.json").read_bytes() == before
    (tmp_path / "relatons.csv").rename(tmp_path / "notes.csv")
    assert checksums.update(tmp_path)


@pytest.mark.parametrize("content", ["id,item\n".encode("utf-16"), b"id," + b"x" * 200_000 + b"\n"])
def test_checksums_of_a_table_that_is_no_text(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (package(tmp_path) / "printed.csv").write_bytes(content)
    assert checksums.main([str(tmp_path)]) == 2
    assert "the head of a table cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["fl23.t3.nlg.nace-58-63", "use", "A_b", "a-b.c"])
def test_a_plain_name_is_its_own_slug(text: str) -> None:
    assert slug(text) == text


@given(st.lists(st.text(st.characters(codec=None), max_size=130), max_size=8, unique=True))
def test_slugs_are_file_names_and_unique(texts: list[str]) -> None:
    taken: set[str] = set()
    for text in texts:
        name = slug(text, taken)
        assert re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]*", name, re.ASCII)
        assert len(name) <= 110
        assert name.casefold() not in taken
        assert slug(text) == slug(text)
        taken.add(name.casefold())


@pytest.mark.parametrize(
    "text", ["../../x", "/abs/x", "C:\\x", "..", ".", "", "nul", "CON.csv", "\x00", "\ud800", "a" * 5000]
)
def test_no_slug_is_a_path_or_a_device(tmp_path: Path, text: str) -> None:
    path = write_text_atomic(tmp_path / f"{slug(text)}.csv", "x")
    assert path.parent == tmp_path
    assert path.stem.lower() not in {"nul", "con"}


def test_a_carriage_return_begins_no_row_of_its_own() -> None:
    """The rest of the cell stood at the beginning of a row, where a spreadsheet reads a formula."""
    frame = pd.DataFrame({"a\r=1": ["x\r=cmd|' /C calc'!A0", "\r=1", "y\r\n=2"], "b": [1, 2, 3]})
    rows = list(csv.reader(io.StringIO(csv_text(frame), newline="")))
    assert [len(row) for row in rows] == [2, 2, 2, 2]
    assert [row[0] for row in rows] == ["a\n=1", "x\n=cmd|' /C calc'!A0", "'\n=1", "y\n=2"]
