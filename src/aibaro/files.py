"""How are files written and checked?  Whole or not at all, and with a checksum."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Collection, Mapping
from pathlib import Path


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

    Notes
    -----
    The content goes to a temporary file of the same folder, which then takes the place of the old file in one
    step.  When writing fails the old file is untouched and the temporary file is removed.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_bytes_atomic(Path(folder) / "new" / "a.bin", b"x").read_bytes()
    b'x'
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp keeps the file to its owner; a result should have the mode that open() would have given it
        temporary.chmod(target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    return target


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


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

    Notes
    -----
    All contents go to a folder of their own, which takes the name of the journal in one step once they are complete;
    from then on :func:`mend` finishes what an interruption left undone.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [path.name for path in write_together(folder, {"a.csv": b"x", "b.json": b"{}"})]
    ['a.csv', 'b.json']
    """
    root = Path(folder)
    mend(root)
    prepared = Path(tempfile.mkdtemp(dir=root, prefix=f"{JOURNAL}.", suffix=".part"))
    try:
        for name, content in contents.items():
            write_bytes_atomic(prepared / name, content)
            if (root / name).exists():
                (prepared / name).chmod((root / name).stat().st_mode & 0o777)
        prepared.replace(root / JOURNAL)
    finally:
        shutil.rmtree(prepared, ignore_errors=True)
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
    if not journal.is_dir() or journal.is_symlink():
        return False
    for part in sorted(journal.iterdir()):
        if part.is_file() and not part.is_symlink():
            part.replace(journal.parent / part.name)
    shutil.rmtree(journal)
    return True


def sha256_bytes(content: bytes) -> str:
    """Give the SHA-256 checksum of bytes.

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


def sha256_file(path: str | Path) -> str:
    """Give the SHA-256 checksum of a file's bytes.

    Parameters
    ----------
    path : str or pathlib.Path
        The file.

    Returns
    -------
    str
        64 hexadecimal digits.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     sha256_file(write_text_atomic(Path(folder) / "a", ""))[:12]
    'e3b0c44298fc'
    """
    return sha256_bytes(Path(path).read_bytes())


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
