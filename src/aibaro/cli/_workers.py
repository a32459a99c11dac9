"""Processes that work beside a command, and that never outlive it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import wait
from types import FrameType
from typing import Any

from aibaro.cli._shown import Shown

# how long a worker may take to leave its files in order before it is ended
GRACE = 1.0


class _Inline(Executor):
    """Works in this process, where no other may be started."""

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(function(*arguments, **named))
        except Exception as error:
            future.set_exception(error)
        return future


class Counted(Executor):
    """Tells a progress bar of each piece of work that another executor has done."""

    def __init__(self, executor: Executor, step: Callable[[int], object], steps: int = 1) -> None:
        self.executor, self.step, self.steps = executor, step, steps

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        future = self.executor.submit(function, *arguments, **named)
        future.add_done_callback(lambda _: self.step(self.steps))
        return future


@contextmanager
def workers(count: int = 2) -> Iterator[Executor]:
    """Return processes that work beside this one; spawned, so that they are the same on every system.

    A daemonic process may not start others: there the work is done in this one. However the block ends, no process is
    left: a worker ends when its parent does, killed or not.
    """
    if multiprocessing.current_process().daemon or count < 1:
        yield _Inline()
        return
    before = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn"), initializer=_begin)
    try:
        with _without_main():
            for future in [pool.submit(_ready) for _ in range(count)]:
                future.result()
        yield pool
        pool.shutdown(cancel_futures=True)
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        _end([child for child in multiprocessing.active_children() if child not in before])
        raise


def end_workers() -> None:
    """End every worker of this process at once."""
    for child in multiprocessing.active_children():
        child.kill()


def _end(children: list[Any]) -> None:
    """Ask workers to leave, and end those that stay."""
    for child in children:
        child.terminate()
    deadline = time.monotonic() + GRACE
    for child in children:
        child.join(max(0.0, deadline - time.monotonic()))
        if child.is_alive():
            child.kill()


@contextmanager
def _without_main() -> Iterator[None]:
    """Hide the main module while workers start: what they do is imported by name.

    A spawned process would run the user's script again, which has no main guard in a notebook, from standard input, or
    in most people's first lines.
    """
    main = sys.modules["__main__"]
    kept: dict[str, Any] = {name: main.__dict__.pop(name) for name in ("__file__", "__spec__") if name in main.__dict__}
    main.__dict__["__spec__"] = None
    try:
        yield
    finally:
        main.__dict__.update(kept)


def _ready() -> None:
    """Prove that a worker has started."""


def _begin() -> None:
    """Set a worker up: an interruption is its parent's to handle, and it ends and prints as its parent does."""
    streams: Any = Shown(sys.stdout), Shown(sys.stderr)
    sys.stdout, sys.stderr = streams
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    threading.Thread(target=_watch, daemon=True).start()


def _leave(number: int, frame: FrameType | None) -> None:
    # an exception, so that a file that is half written is removed by the code that writes it; the executor takes it for
    # a result and goes on, so the end follows by itself, and nobody is left to read what is said meanwhile
    sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    threading.Thread(target=_end_soon, args=(128 + number,), daemon=True).start()
    raise SystemExit(128 + number)


def _end_soon(code: int) -> None:
    time.sleep(GRACE / 2)
    os._exit(code)


def _watch() -> None:
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    wait([parent.sentinel])
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    os._exit(1)
