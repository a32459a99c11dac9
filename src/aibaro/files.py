"""How are files written and checked?  Whole or not at all, with a checksum, and without a formula of a stranger."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import re
import secrets
import shutil
import stat
import sys
import unicodedata
import zipfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from aibaro.errors import InputError

if TYPE_CHECKING:
    import pandas as pd


def write_bytes_atomic(path: str | Path, content: bytes) -> Path:
    """Write a file so that no reader ever sees half of it.

    Parameters
    ----------
    path : str or pathlib.Path
        The file; folders above it are made.
    content : bytes
        What it shall hold.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    OSError
        When the file cannot be written; it names the file.

    Notes
    -----
    The content goes to a part beside the file, ``.NAME.*.part``, which then takes its place in one step.  When writing
    fails or is interrupted, the old file is untouched and the part is removed.  The part of a process that was killed
    outright is never read, and goes when the same folder is next written to.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_bytes_atomic(Path(folder) / "new" / "a.bin", b"x").read_bytes()
    b'x'
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    if _is_stream(target):
        # nothing may take the place of a device or a pipe
        with target.open("wb") as stream:
            stream.write(content)
        return target
    try:
        with _part(target, "file") as part:
            with part.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if target.exists():
                part.chmod(target.stat().st_mode & 0o777)
            part.replace(target)
    except OSError as error:
        # a full disk does not say by itself which file it could not take, and nobody asked for the part
        raise OSError(error.errno, error.strerror, str(target)) from error
    return target


#: Most bytes that are read of a pipe or a device, which may never end.
MOST_STREAMED = 256 * 2**20


def read_source(path: str | Path) -> bytes:
    """Read a file of a user whole.

    Parameters
    ----------
    path : str or pathlib.Path
        A file, a pipe or a device.

    Returns
    -------
    bytes
        What it holds.

    Raises
    ------
    OSError
        When it cannot be read, or when a pipe or a device gives more than 256 MB.

    Examples
    --------
    >>> read_source(os.devnull)
    b''
    """
    with Path(path).open("rb") as source:
        if stat.S_ISREG(os.fstat(source.fileno()).st_mode):
            return source.read()
        return read_stream(source, str(path))


def read_stream(source: BinaryIO, name: str) -> bytes:
    """Read a pipe or a device whole, as far as it may give.

    Parameters
    ----------
    source : binary file
        What is read.
    name : str
        What it is called in an error.

    Returns
    -------
    bytes
        What it gave.

    Raises
    ------
    OSError
        When it gives more than 256 MB.

    Examples
    --------
    >>> import io
    >>> read_stream(io.BytesIO(b"use,30%"), "standard input")
    b'use,30%'
    """
    content = source.read(MOST_STREAMED + 1)
    if len(content) > MOST_STREAMED:
        raise OSError(errno.EFBIG, f"more than {MOST_STREAMED:,} bytes of what is no file", name)
    return content


def _is_stream(target: Path) -> bool:
    """Tell whether a name stands for a device, a pipe or a socket, such as /dev/stdout."""
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


#: Random digits in the name of a part, which tell it from any other hidden file.
_TOKEN = 16
_PARTS = re.compile(rf"\..*\.[0-9a-f]{{{_TOKEN}}}\.part")
# parts that this process fills
_open: set[Path] = set()


@contextmanager
def _part(target: Path, kind: str) -> Iterator[Path]:
    """Return a file or folder to fill beside the target; it is gone at the end, whatever happens meanwhile."""
    _sweep(target.parent)
    while True:
        # the name is known before there is anything of this name, so that no interruption leaves it behind
        part = target.with_name(f".{slug(target.name)}.{secrets.token_hex(_TOKEN // 2)}.part")
        held: list[int] = []
        _open.add(part)
        try:
            part.touch(exist_ok=False) if kind == "file" else part.mkdir()
            held += [_hold(part)] if _LOCKS else []
            if part.exists():  # else another process took it for left over, in the moment before it was held
                yield part
                return
        finally:
            _remove(part)
            _open.discard(part)
            for number in held:
                os.close(number)


def abandon() -> None:
    """Remove the parts of this process, which ends without finishing them."""
    for part in list(_open):
        _remove(part)


def _sweep(folder: Path) -> None:
    """Remove the parts of processes that were killed: those that nobody holds."""
    names: list[str] = []
    with suppress(OSError):  # a folder that may be written to and not listed
        names += os.listdir(folder) if _LOCKS else []
    for part in [folder / name for name in names if _PARTS.fullmatch(name)]:
        with suppress(OSError):
            number = _hold(part, "try")
            _remove(part)
            os.close(number)


def _remove(part: Path) -> None:
    with suppress(OSError):
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
        else:
            part.unlink(missing_ok=True)


if sys.platform == "win32":
    _LOCKS = False

    def _hold(part: Path, how: str = "wait") -> int:
        raise OSError

else:
    import fcntl

    _LOCKS = True

    def _hold(part: Path, how: str = "wait") -> int:
        """Claim a part for this process, which loses it when it ends, however it does."""
        number = os.open(part, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        try:
            fcntl.flock(number, fcntl.LOCK_EX | (fcntl.LOCK_NB if how == "try" else 0))
        except OSError:
            # another process has it, or the file system knows no locks: then nothing is claimed, and nothing removed
            if how == "try":
                os.close(number)
                raise
        return number


def write_text_atomic(path: str | Path, text: str) -> Path:
    """Write a UTF-8 text file with LF line ends so that no reader ever sees half of it.

    Parameters
    ----------
    path : str or pathlib.Path
        The file; folders above it are made.
    text : str
        What it shall hold.

    Returns
    -------
    pathlib.Path
        The file.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_text_atomic(Path(folder) / "a.csv", "één\\n").read_bytes()
    b'\\xc3\\xa9\\xc3\\xa9n\\n'
    """
    return write_bytes_atomic(path, text.encode("utf-8"))


#: Folder that holds files on their way to replace others; it is there only once all of them are complete.
JOURNAL = ".aibaro-journal"


def write_together(folder: str | Path, contents: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Write several files of one folder as one: after an interruption none of them has changed, or all will.

    Parameters
    ----------
    folder : str or pathlib.Path
        The folder; it is made where it is missing.
    contents : mapping of str to bytes
        Content of each file by its name.

    Returns
    -------
    tuple of pathlib.Path
        The files, in the order given.

    Raises
    ------
    OSError
        When a file cannot be written; none of them has changed then.

    Notes
    -----
    All contents go to a folder of their own, which takes the name of the journal in one step once they are complete;
    from then on :func:`mend` finishes what an interruption left undone.  A device or a pipe is written to before.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [path.name for path in write_together(folder, {"a.csv": b"x", "b.json": b"{}"})]
    ['a.csv', 'b.json']
    """
    root = Path(folder)
    mend(root)
    root.mkdir(parents=True, exist_ok=True)
    name = next(iter(contents), "")
    files = {name: content for name, content in contents.items() if not _is_stream(root / name)}
    for stream in (stream for stream in contents if stream not in files):
        write_bytes_atomic(root / stream, contents[stream])
    try:
        with _part(root / JOURNAL, "folder") as prepared:
            for name, content in files.items():
                write_bytes_atomic(prepared / name, content)
                if (root / name).exists():
                    (prepared / name).chmod((root / name).stat().st_mode & 0o777)
            prepared.replace(root / JOURNAL)
    except OSError as error:
        # the place that was asked for, not the one beside it
        raise OSError(error.errno, error.strerror, str(root / name)) from error
    mend(root)
    return tuple(root / name for name in contents)


def mend(folder: str | Path) -> bool:
    """Finish a writing of several files that was interrupted; tell whether there was one.

    Parameters
    ----------
    folder : str or pathlib.Path
        The folder.

    Returns
    -------
    bool
        True when a writing was finished now.
    """
    journal = Path(folder) / JOURNAL
    # of a folder that may not be entered, the reader tells
    if not os.path.isdir(journal) or journal.is_symlink():
        return False
    for part in sorted(journal.iterdir()):
        if part.is_file() and not part.is_symlink():
            # another process that reads the folder may mend it at the same time
            with suppress(FileNotFoundError):
                part.replace(journal.parent / part.name)
    shutil.rmtree(journal, ignore_errors=True)
    return True


# what a spreadsheet takes for the beginning of a formula, full-width signs and blanks before it included
_FORMULA = re.compile(r"[=+\-@＝＋－＠\t\r\n]")
# a number with its sign and unit, such as -3, +12,5% or -4 points: nothing in it can be called
_SIGNED = re.compile(r"[+-]\s?\d[\w\s.,'’%‰]*")


def neutral(cell: object) -> object:
    """Keep a spreadsheet from running a text as a formula.

    Parameters
    ----------
    cell : object
        A cell, or the head of a column.

    Returns
    -------
    object
        A text that begins like a formula, with an apostrophe in front; anything else as it is.

    Notes
    -----
    A signed number is data, and stays as it was printed.

    Examples
    --------
    >>> neutral("=1+1"), neutral("-3,5%"), neutral("-3+cmd|' /C calc'!A0"), neutral(-1.5)
    ("'=1+1", '-3,5%', "'-3+cmd|' /C calc'!A0", -1.5)
    """
    if not isinstance(cell, str) or not _FORMULA.match(cell) or _SIGNED.fullmatch(cell) or cell in {"-", "+"}:
        return cell
    return f"'{cell}"


# what no XML, and so no workbook, can hold
_UNHELD = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def holdable(text: str) -> str:
    """Replace the characters that a workbook or a page cannot hold.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        The text; the mark U+FFFD stands for control characters, lone surrogates and noncharacters.

    Examples
    --------
    >>> holdable("a\x07b") == "a\N{REPLACEMENT CHARACTER}b", holdable("één")
    (True, 'één')
    """
    return _UNHELD.sub("\N{REPLACEMENT CHARACTER}", text)


#: Most characters that a cell of a workbook holds; those beyond U+FFFF count twice.
LONGEST_CELL = 32_767


def workbook_text(text: str) -> str:
    """Return a text as a cell of a workbook holds it, whole.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        The text; each of its line ends is LF, and U+FFFD stands for what no workbook can hold (:func:`holdable`).

    Raises
    ------
    InputError
        When it is longer than a cell: the libraries that write workbooks would cut it without a word.

    Examples
    --------
    >>> workbook_text("=1+1\\r\\n")
    '=1+1\\n'
    """
    held = holdable(re.sub("\r\n?", "\n", text))
    length = len(held.encode("utf-16-le")) // 2
    if length > LONGEST_CELL:
        raise InputError(
            "a text is longer than a cell of a workbook",
            expected=f"at most {LONGEST_CELL:,} characters",
            got=f"{length:,}: {held[:40]} ...",
            hint="write a .csv file",
        )
    return held


_CELL = re.compile(
    rb"""<(?:\w+:)?(?:c\b[^>]*?\sr|mergeCell\b[^>]*?\sref)=["'](?:[A-Z]+\d+:)?([A-Z]{1,3})(\d{1,7})["']"""
)


def check_sheets(workbook: str | Path | BinaryIO, most: int, *, where: str) -> None:
    """Refuse a workbook that reaches further than anybody fills one: a reader would make every cell up to there.

    Parameters
    ----------
    workbook : str, pathlib.Path or file
        A file of kind xlsx.
    most : int
        Rows times columns, up to the last cell of a sheet, single or merged.
    where : str
        What the file is called in the error.

    Raises
    ------
    InputError
        When a sheet reaches further.

    Examples
    --------
    >>> import io, openpyxl
    >>> book, file = openpyxl.Workbook(), io.BytesIO()
    >>> book.active["XFD9"] = "far away"
    >>> book.save(file)
    >>> check_sheets(file, 200_000, where="table.xlsx")
    >>> try:
    ...     check_sheets(file, 1000, where="table.xlsx")
    ... except InputError as error:
    ...     print(error)
    a sheet reaches further than can be read
      where: table.xlsx, xl/worksheets/sheet1.xml
      expected: rows times columns up to 1,000
      got: 9 rows and 16,384 columns
      hint: delete what stands far from the table, or save the table as CSV
    """
    with zipfile.ZipFile(workbook) as archive:
        for name in archive.namelist():
            if re.fullmatch(r"xl/worksheets/[^/]+\.xml", name):
                ends = {(match[1], int(match[2])) for match in _CELL.finditer(archive.read(name))}
                row = max((row for _, row in ends), default=0)
                column = max((_column(letters) for letters in {letters for letters, _ in ends}), default=0)
                if row * column > most:
                    raise InputError(
                        "a sheet reaches further than can be read",
                        where=f"{where}, {name}",
                        expected=f"rows times columns up to {most:,}",
                        got=f"{row:,} rows and {column:,} columns",
                        hint="delete what stands far from the table, or save the table as CSV",
                    )


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def csv_text(frame: pd.DataFrame, *, float_format: str | None = None) -> str:
    """Write a frame as CSV for readers and their spreadsheets: comma, one header, decimal points, LF.

    Parameters
    ----------
    frame : pandas.DataFrame
        The frame; it stays as it is.
    float_format : str, optional
        How numbers are written; by default as many digits as give them back.

    Returns
    -------
    str
        The file; cells and heads that begin like a formula are made text (:func:`neutral`).

    Examples
    --------
    >>> import pandas as pd
    >>> print(csv_text(pd.DataFrame({"@level": ["=1+1", "small"], "n": [1, 2]})), end="")
    '@level,n
    '=1+1,1
    small,2
    """
    # a lone carriage return is not quoted by the writer, and begins a row for those who read the file
    text = frame.map(_one_line_end).map(neutral).rename(columns=lambda head: neutral(_one_line_end(head)))
    return str(text.to_csv(index=False, lineterminator="\n", float_format=float_format))


def _one_line_end(cell: object) -> object:
    return re.sub("\r\n?", "\n", cell) if isinstance(cell, str) else cell


def without_clock(workbook: bytes) -> bytes:
    """Set every date inside a workbook to the same day, so that the same cells give the same bytes.

    Parameters
    ----------
    workbook : bytes
        A file of kind xlsx.

    Returns
    -------
    bytes
        The file, of the first of January 2000.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            if name == "docProps/core.xml":
                part = re.sub(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*", rb"\g<1>2000-01-01T00:00:00Z", part)
            new.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), part, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def sha256_bytes(content: bytes) -> str:
    """Return the SHA-256 checksum of bytes.

    Parameters
    ----------
    content : bytes
        Any bytes.

    Returns
    -------
    str
        64 hexadecimal digits.

    Examples
    --------
    >>> sha256_bytes(b"")[:12]
    'e3b0c44298fc'
    """
    return hashlib.sha256(content).hexdigest()


#: Longest slug, which leaves room for an ending and for the name of a temporary file.
LONGEST_SLUG = 100
# names that Windows keeps for its devices, with any ending
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)


def slug(text: str, taken: Collection[str] = ()) -> str:
    """Derive a file name, or the id of an element, from any text.

    Parameters
    ----------
    text : str
        Any text: an id, an item, a level, a title.
    taken : collection of str
        Slugs that are in use; the new one differs from each, in lower case too.

    Returns
    -------
    str
        Letters, digits, points, underscores and hyphens of ASCII, never a path.  A text of these alone keeps its form;
        any other ends in eight digits of its checksum, so that two texts never share a slug by chance.

    Examples
    --------
    >>> slug("fl23.t3.nlg.nace-58-63"), slug("size=10 to 49"), slug("../../etc/passwd")
    ('fl23.t3.nlg.nace-58-63', 'size-10-to-49-cfe1abbf', 'etc-passwd-3754d6cb')
    >>> slug("Use", taken={"use"})
    'Use-2'
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    clean = re.sub(r"-{2,}", "-", re.sub(r"[^A-Za-z0-9._-]+", "-", plain)).strip("-.")
    if not clean or clean != text or len(clean) > LONGEST_SLUG or _DEVICES.fullmatch(clean):
        digest = sha256_bytes(text.encode("utf-8", "surrogatepass"))[:8]
        clean = "-".join(filter(None, (clean[: LONGEST_SLUG - 9].rstrip("-."), digest)))
        clean = f"x-{clean}" if _DEVICES.fullmatch(clean) else clean
    used, name, times = {other.casefold() for other in taken}, clean, 1
    while name.casefold() in used:
        times += 1
        name = f"{clean}-{times}"
    return name
