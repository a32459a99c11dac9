"""However a command ends, no process is left beside it and no file is half written."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.published import small_survey

from aibaro import read_rows
from aibaro.cli import COMMANDS, main
from aibaro.files import JOURNAL
from aibaro.published import read
from aibaro.weights import read_history

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
sys.argv = ["aibaro", "list"]
sys.exit(main())
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
    # a shell's background jobs ignore SIGINT, and what they start inherits that
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
    finally:
        signal.signal(signal.SIGINT, before)


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


# Python waits for such a thread at its end: as that of a pool one of whose workers was ended with a lock in its hands
HUNG = """
import sys, threading, time
from aibaro.cli import main
import aibaro.cli.list as command
def run(arguments):
    threading.Thread(target=time.sleep, args=(30,)).start()
    print("ready", flush=True)
    time.sleep(60)
command.run = run
sys.argv = ["aibaro", "list"]
sys.exit(main())
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_command_waits_for_no_thread_of_a_library(number: signal.Signals, code: int) -> None:
    process = started(sys.executable, "-c", HUNG)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    began = time.monotonic()
    os.kill(process.pid, number)
    _, errors = process.communicate(timeout=25)
    assert (process.returncode, errors.count("\n")) == (code, 1)
    assert time.monotonic() - began < 10  # two seconds, on a machine that does nothing else


# stops in the middle of writing file number AT, or in a solver that hears no signal; says so
STOPPED = """
import hashlib, os, sys, time
from aibaro.cli import main
import aibaro.cli.list as command
whole, seen = os.fsync, []
def fsync(number):
    seen.append(number)
    if len(seen) == AT:
        print("ready", flush=True)
        time.sleep(60)
    whole(number)
def solve(arguments):
    print("ready", flush=True)
    hashlib.pbkdf2_hmac("sha256", b"x", b"y", 2**31 - 1)
os.fsync, command.run = fsync, solve
sys.exit(main())
"""
SIGNALS = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])


def stopped(words: list[str], number: int, at: int = 0, times: int = 1) -> tuple[int, str, float]:
    """Stop a command where it says that it is ready; its exit code, what it said, and how long it took to end."""
    process = started(sys.executable, "-c", STOPPED.replace("AT", str(at)), *words)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    began = time.monotonic()
    for _ in range(times):
        os.kill(process.pid, number)
        time.sleep(0.01)
    _, errors = process.communicate(timeout=20)
    return process.returncode, errors, time.monotonic() - began


def folder_of(path: Path) -> Path:
    """A survey with checksums and proposals that wait for acceptance."""
    rows = "kind,parts,whole,status,evidence\nsubset,use@users|size=small,use,proposed,x\n"
    return small_survey.write(path, {**small_survey.FILES, "relations.csv": rows}, small_survey.DESCRIPTOR)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() if path.is_file() else b"" for path in folder.iterdir()}


@SIGNALS
@pytest.mark.parametrize("at", [1, 2])
def test_files_that_belong_together_change_together(number: int, at: int, tmp_path: Path) -> None:
    folder, same = folder_of(tmp_path / "survey"), folder_of(tmp_path / "same")
    before = contents(folder)
    code, errors, _ = stopped(["accept", str(folder), "--all"], number, at)
    assert (code, errors.count("\n")) == ((128 + number, 1) if number != signal.SIGKILL else (-number, 0))
    left = contents(folder)
    assert {name: left[name] for name in before} == before
    assert all(name.endswith(".part") for name in set(left) - set(before))
    assert number == signal.SIGKILL or left == before
    # the next run does the work, and clears what a killed one left
    assert main(["accept", str(folder), "--all"]) == main(["accept", str(same), "--all"]) == 0
    assert contents(folder) == contents(same)
    assert read(folder).relations["status"].tolist() == ["declared"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_what_is_recomputed_is_replaced_as_one(number: int, tmp_path: Path) -> None:
    """Bounds were replaced before the limits of misprints that stand beside them."""
    folder = tmp_path / "survey"
    folder.mkdir()
    (folder / "strata.csv").write_text("size,population,respondents\nsmall,40,12\nlarge,30,9\n", encoding="utf-8")
    (folder / "printed.csv").write_text("item,printed\nuse,28.6%\n", encoding="utf-8")
    described = {"name": "x", "aibaro": {"weighting": {"kind": "cells"}, "item_nonresponse": "none"}}
    (folder / "datapackage.json").write_text(json.dumps(described), encoding="utf-8")
    before = contents(folder)
    # (40 x 3/12 + 30 x 3/9)/70 = 28.6%; stopped at the last of table, witnesses, limits and descriptor
    code, _, _ = stopped(["bounds", str(folder), "--recompute", "--processes", "1"], number, 4)
    assert code == (128 + number if number != signal.SIGKILL else -number)
    left = contents(folder)
    assert {name: left[name] for name in left if not name.endswith(".part")} == before
    assert main(["bounds", str(folder), "--recompute", "--processes", "1"]) == 0
    assert {path.name for path in folder.iterdir()} > {*before, "detection.csv", "bounds-overall.csv"}


@SIGNALS
def test_a_folder_is_started_whole_or_not_at_all(number: int, tmp_path: Path) -> None:
    stopped(["init", str(tmp_path / "survey")], number, 4)
    assert not list((tmp_path / "survey").glob("*.*sv"))
    assert main(["init", str(tmp_path / "survey")]) == 0
    assert not [path for path in (tmp_path / "survey").iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("at", [1, 2])
def test_rows_and_their_history_change_together(number: int, at: int, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("w,q\n1,a\n2,b\n1.5,a\n", encoding="utf-8")
    target, history = tmp_path / "out.csv", tmp_path / "out.csv.weights.json"
    words = [
        "weights",
        str(tmp_path / "rows.csv"),
        "--weight",
        "w",
        "--within",
        "all",
        "--name",
        "v",
        "-o",
        str(target),
    ]
    assert main([*words, "--trim", "1.8"]) == 0
    before = contents(tmp_path)
    code, errors, _ = stopped([*words, "--trim", "1.6"], number, at)
    assert code == (128 + number if number != signal.SIGKILL else -number)
    assert [line for line in errors.splitlines() if line.startswith("aibaro:")] == ["aibaro: asked to end"][: code > 0]
    assert {name: content for name, content in contents(tmp_path).items() if not name.endswith(".part")} == before
    assert main([*words, "--trim", "1.6"]) == 0
    assert set(contents(tmp_path)) == set(before)
    assert read_history(history, target).column == "v"


def test_a_pair_that_was_being_replaced_is_finished_by_its_reader(tmp_path: Path) -> None:
    """As a kill between the two renamings leaves it."""
    (tmp_path / "rows.csv").write_text("w\n1\n", encoding="utf-8")
    (tmp_path / JOURNAL).mkdir()
    (tmp_path / JOURNAL / "rows.csv").write_text("w\n2\n", encoding="utf-8")
    assert read_rows(tmp_path / "rows.csv")["w"].tolist() == [2]
    assert [path.name for path in tmp_path.iterdir()] == ["rows.csv"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_solver_that_hears_nothing_is_ended(number: int, code: int) -> None:
    done, errors, seconds = stopped(["list"], number)
    assert (done, errors.count("\n")) == (code, 1)
    # two seconds are promised; a machine that runs other tests meanwhile takes longer to answer
    assert seconds < 5


def test_an_impatient_user_gets_one_line_too(tmp_path: Path) -> None:
    code, errors, _ = stopped(["lesson", "1", "-o", str(tmp_path)], signal.SIGINT, 2, times=5)
    assert (code, errors) == (130, "aibaro: interrupted\n")
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.parametrize(
    "script",
    [
        "from aibaro.cli._workers import workers\nimport math\n"
        "with workers(2) as pool: print(sum(pool.map(math.sqrt, [4, 9])))",
        "from aibaro.cli._workers import workers\nimport math, multiprocessing as m\n"
        "m.current_process()._config['daemon'] = True\n"
        "with workers(2) as pool: print(sum(pool.map(math.sqrt, [4, 9])))",
        "from aibaro.cli._workers import workers\nimport math, threading\n"
        "def work():\n    with workers(2) as pool: print(sum(pool.map(math.sqrt, [4, 9])))\n"
        "thread = threading.Thread(target=work)\nthread.start()\nthread.join()",
    ],
    ids=["no main guard", "daemonic", "in a thread"],
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


# forks a process a command and signal, which stops itself when the command has begun; forking spares the imports
EVERY = """
import json, os, signal, sys, time
from importlib import import_module
from aibaro.cli import COMMANDS, main
def command(words, out, err, number):
    os.setsid()
    # a background job of a shell inherits an ignored one
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.dup2(out, 1)
    os.dup2(err, 2)
    for name in ("stdout", "stderr"):
        setattr(sys, name, open({"stdout": 1, "stderr": 2}[name], "w", encoding="utf-8", closefd=False))
    sys.argv, seen = ["aibaro", *words], 0
    module = import_module(f"aibaro.cli.{words[0]}")
    run = module.run
    def begun(frame, event, argument):
        nonlocal seen
        seen += event == "call"
        if seen == CALLS:
            os.write(out, b"ready")
            time.sleep(60)
    def watched(arguments):
        sys.setprofile(begun if number else None)
        return run(arguments)
    module.run = watched
    code = 99
    try:
        code = main()
        sys.stdout.flush()
    finally:
        os._exit(code)
def ended(words, number):
    (out, out_), (err, err_) = os.pipe(), os.pipe()
    if not number:
        os.close(out)
    process = os.fork()
    if not process:
        command(words, out_, err_, number)
    os.close(out_)
    os.close(err_)
    said = b""
    while number and b"ready" not in said and (more := os.read(out, 4096)):
        said += more
    began = time.monotonic()
    if number:
        os.kill(process, number)
    errors = b"".join(iter(lambda: os.read(err, 4096), b""))
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    time.sleep(0.05)
    left = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            fields = open(f"/proc/{name}/stat").read().rpartition(")")[2].split()
        except OSError:
            continue
        left += [name] if fields[0] != "Z" and fields[3] == str(process) else []
    if number:
        os.close(out)
    os.close(err)
    return [number, b"ready" in said, code, errors.decode(), time.monotonic() - began, left]
for name in COMMANDS:
    import_module(f"aibaro.cli.{name}")
signal.signal(signal.SIGPIPE, signal.SIG_IGN)
for words in json.loads(sys.argv[1]):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, *([0] if words[0] in PRINTING else [])):
        print(json.dumps([words[0], *ended(words, number)]), flush=True)
"""
# a command has begun by then, and none is done
CALLS = 400
# those that print their answer, soon
PRINTING = ("explain", "find", "grim", "reread", "estimate", "table", "model", "plan", "list", "show")
Ending = tuple[int, bool, int, str, float, list[str]]


@pytest.fixture(scope="module")
def endings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Ending]]:
    """How each command ends by each signal, and at a pipe that nobody reads (0)."""
    folder = tmp_path_factory.mktemp("every")
    rows, out = folder / "rows.csv", folder / "out"
    survey = folder_of(folder / "survey")
    rows.write_text(
        "w,q,g\n" + "".join(f"{1 + i % 3},{i % 2},{'ab'[i % 3 > 0]}\n" for i in range(60)), encoding="utf-8"
    )
    (folder / "table.csv").write_text(",a,b\nuse,30%,20%\nplan,1%,2%\n", encoding="utf-8")
    (folder / "text.txt").write_text("26% of 36 use; 42% plan\n" * 20, encoding="utf-8")
    asked = f"""replicate topdesk-2025 -o {out}
init {folder}/new --table {folder}/table.csv
accept {survey} --all
check {survey} --no-figures -o {out}
explain my.text.use --survey {survey}
find use --survey {survey}
compare io-2023
bounds flanders-2023 --item technology.nlg
synthesize flanders-2023 --seed 1 -o {out}/synthetic.csv
grim 42% 26% --n 36
reread {survey} {folder}/text.txt
weights {rows} --weight w --within all --trim 2 -o {out}/weighted.csv
estimate {rows} --weight w --mean q
table {rows} --weight w --rows q --columns g
model {rows} --weight w --formula q~g
plan flanders-2023 --n 3000 --by sector
list
show flanders-2023
plot flanders-2023 adoption --item at_least_one --by sector -o {out}/adoption.svg
lesson 1 -o {out}"""
    words = [line.split() for line in asked.splitlines()]
    # all but the one that hands over to a browser
    assert {word for word, *_ in words} == set(COMMANDS) - {"open"}
    script = EVERY.replace("CALLS", str(CALLS)).replace("PRINTING", repr(PRINTING))
    done = subprocess.run(
        [sys.executable, "-c", script, json.dumps(words)], capture_output=True, text=True, timeout=400, check=True
    )
    found: dict[str, list[Ending]] = {}
    for name, *ending in map(json.loads, done.stdout.splitlines()):
        found.setdefault(name, []).append(tuple(ending))
    assert not list(folder.rglob("*.part"))
    return found


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads processes from /proc")
@pytest.mark.parametrize("name", sorted(set(COMMANDS) - {"open"}))
def test_every_command_ends_in_one_line_by_every_signal(name: str, endings: dict[str, list[Ending]]) -> None:
    for number, begun, code, errors, seconds, left in endings[name]:
        told = [line for line in errors.splitlines() if line.startswith("aibaro:")]
        assert "Traceback" not in errors
        assert not left
        if number:
            assert (begun, code, len(told)) == (True, 128 + number, 1), errors
            assert seconds < 5  # two are promised, on a machine that does nothing else
        else:
            assert (code, told) == (0, []), errors


def test_a_command_outlives_its_caller_and_writes_whole_files(tmp_path: Path) -> None:
    """As with any command: nohup rests on it, and its workers end with the command."""
    target = tmp_path / "lesson"
    caller = started("sh", "-c", f"{sys.executable} -m aibaro lesson 1 -o {target} & echo $!; wait")
    assert caller.stdout is not None
    command = int(caller.stdout.readline())
    caller.kill()
    # the pipes end when the last process that holds them does
    _, errors = caller.communicate(timeout=60)
    assert caller.returncode == -signal.SIGKILL
    assert not [line for line in errors.splitlines() if line.startswith("aibaro:")]
    assert not alive({command})
    assert list(target.rglob("*.*"))
    assert not list(target.rglob("*.part"))
