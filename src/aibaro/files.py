"""How are files written and checked?  Whole or not at all, and with a checksum."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path


def write_bytes_atomic(path: str | Path, content: bytes) -> Path:
    """Write a file so that no reader ever sees half of it.

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

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_text_atomic(Path(folder) / "a.csv", "één\\n").read_bytes()
    b'\\xc3\\xa9\\xc3\\xa9n\\n'
    """
    return write_bytes_atomic(path, text.encode("utf-8"))


def sha256_bytes(content: bytes) -> str:
    """Give the SHA-256 checksum of bytes.

    Examples
    --------
    >>> sha256_bytes(b"")[:12]
    'e3b0c44298fc'
    """
    return hashlib.sha256(content).hexdigest()


def sha256_file(path: str | Path) -> str:
    """Give the SHA-256 checksum of a file's bytes.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     sha256_file(write_text_atomic(Path(folder) / "a", ""))[:12]
    'e3b0c44298fc'
    """
    return sha256_bytes(Path(path).read_bytes())
