"""However a command ends, no process is left beside it and no file is half written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SLOW = """
import sys, time
from aibaro.cli._workers import workers
from aibaro.cli import main
import aibaro.cli.list as command
def run(arguments):
    with workers(2) as pool:
        print("ready", flush=True)
        list(pool.map(time.sleep, [60, 60]))
    return 0
command.run = run
sys.exit(main(["list"]))
"""


def children(parent: int) -> set[int]:
    """Processes that a process started and that still run."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent and fields[0] != "Z":
            found.add(int(entry.parent.name))
    return found


def alive(processes: set[int]) -> set[int]:
    """Those that still run."""
    found = set()
    for number in processes:
        try:
            state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "Z":
            found.add(number)
    return found


def started(*command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads processes from /proc")
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_no_process_outlives_a_command(number: signal.Signals, code: int) -> None:
    process = started(sys.executable, "-c", SLOW)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    below = children(process.pid)
    assert len(below) >= 2, "two workers are at work"
    os.kill(process.pid, number)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == code
    assert "Traceback" not in errors
    if number != signal.SIGKILL:  # of a killed process, Python's own tracker says what it cleaned up
        assert errors.count("\n") == 1
    deadline = time.monotonic() + 2
    while alive(below) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert alive(below) == set()


@pytest.mark.parametrize(
    "script",
    [
        "from aibaro.cli._workers import workers\nimport math\n"
        "with workers(2) as pool: print(sum(pool.map(math.sqrt, [4, 9])))",
        "from aibaro.cli._workers import workers\nimport math, multiprocessing as m\n"
        "m.current_process()._config['daemon'] = True\n"
        "with workers(2) as pool: print(sum(pool.map(math.sqrt, [4, 9])))",
    ],
    ids=["no main guard", "daemonic"],
)
@pytest.mark.parametrize("how", ["file", "stdin"])
def test_work_is_done_where_no_main_guard_stands(script: str, how: str, tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(script, encoding="utf-8")
    words = [sys.executable, str(path)] if how == "file" else [sys.executable, "-"]
    done = subprocess.run(
        words, input=script if how == "stdin" else None, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "5.0\n", "")
