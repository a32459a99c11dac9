"""Errors say where, which parameter, what was expected, what was given and what to do, all faults together."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Mapping, Sequence
from fractions import Fraction
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

from aibaro import errors
from aibaro._typed import typed
from aibaro.errors import KEPT, AibaroError, ConflictError, Fault, FaultList, InputError, IntegrityError


def test_a_fault_shows_only_the_fields_that_it_has() -> None:
    assert str(Fault("too many", got="5")) == "too many\n  got: 5"
    full = Fault("p", "w", "a", "e", "g", "h")
    assert str(full).splitlines() == ["p", "  where: w", "  parameter: a", "  expected: e", "  got: g", "  hint: h"]


def test_an_error_of_one_fault_carries_it() -> None:
    error = InputError("wrong", where="here", got="x")
    assert error.faults == (Fault("wrong", where="here", got="x"),)
    assert str(error) == "wrong\n  where: here\n  got: x"


def test_an_error_of_several_faults_numbers_them() -> None:
    error = InputError("the table", where="t.csv", faults=(Fault("one"), Fault("two", got="2")))
    assert str(error).splitlines() == ["the table", "  where: t.csv", "1. one", "2. two", "  got: 2"]


def test_faults_of_one_kind_are_shown_together_with_their_count() -> None:
    faults = FaultList("the table", where="t.csv")
    for row in range(7):
        faults.add("not a count", where=f"line {row}", expected="digits", got="x" if row else "y")
    faults.add("another", got="z")
    with pytest.raises(InputError) as caught:
        faults.raise_if_any()
    assert str(caught.value).splitlines() == [
        "the table",
        "  where: t.csv",
        "1. not a count (7 times)",
        "  where: line 0",
        "  expected: digits",
        "  got: y",
        "  where: line 1",
        "  got: x",
        "  where: line 2",
        "  where: line 3",
        "  where: line 4",
        "  and 2 more",
        "2. another",
        "  got: z",
    ]


def test_a_million_faults_are_counted_and_few_are_kept() -> None:
    asked = []

    def hint() -> str:
        asked.append(1)
        return "near"

    faults = FaultList("the table")
    for row in range(10**6):
        faults.add("not a count", where=f"line {row}", hint=hint)
    assert (len(faults), len(list(faults)), len(asked)) == (10**6, KEPT, KEPT)
    with pytest.raises(InputError) as caught:
        faults.raise_if_any()
    assert len(caught.value.faults) == KEPT
    assert caught.value.counts == {"not a count": 10**6}
    assert "(1,000,000 times)" in str(caught.value)
    assert len(str(caught.value)) < 1000


def test_an_error_travels_to_another_process_whole() -> None:
    error = InputError("wrong", where="here", faults=(Fault("one"),), counts={"one": 3})
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.faults, again.counts) == (InputError, str(error), error.faults, error.counts)


def test_a_list_collects_takes_over_and_raises_once() -> None:
    faults = FaultList("all of it", where="t.csv")
    faults.raise_if_any()
    faults.add("one", parameter="a")
    faults.extend(ConflictError("two", got="b"))
    assert [fault.problem for fault in faults] == ["one", "two"]
    assert len(faults) == 2
    with pytest.raises(IntegrityError) as caught:
        faults.raise_if_any(IntegrityError)
    assert caught.value.faults == tuple(faults)


def test_every_error_has_one_root_and_users_may_catch_builtin_kinds() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    assert len(kinds) >= 7
    assert all(issubclass(kind, AibaroError) for kind in kinds)
    assert issubclass(errors.InputError, ValueError)
    assert issubclass(errors.UnsupportedError, NotImplementedError)
    assert issubclass(errors.MissingDependencyError, ImportError)


@pytest.mark.parametrize("room", ["compare", "sensitivity", "planning"])
def test_arguments_of_a_wrong_type_are_refused_together_at_the_door(room: str) -> None:
    module = import_module(f"aibaro.{room}")
    functions = [own for own in (getattr(module, name) for name in module.__all__) if inspect.isfunction(own)]
    checked = 0
    for function in functions:
        parameters = inspect.signature(function).parameters.values()
        named = {p.name: object() for p in parameters if p.kind is not p.VAR_POSITIONAL}
        first = [value for p in parameters if p.kind is p.POSITIONAL_ONLY for value in [named.pop(p.name)]]
        with pytest.raises(AibaroError) as caught:
            function(*first, **named)
        checked += len(caught.value.faults)
    assert checked > 2 * len(functions)


def test_a_type_stands_for_what_python_calls_it() -> None:
    @typed
    def asked(
        n: int,
        share: float | None,
        names: Sequence[str],
        sizes: Mapping[str, float],
        curve: NDArray[np.float64],
        *,
        rest: Mapping[str, Any] | None = None,
        word: str | None = None,
        spread: ArrayLike = 1,
        most: ArrayLike | None = None,
    ) -> None: ...

    curve = np.arange(2.0)
    asked(np.int64(3), Fraction(1, 3), ("a", "b"), {"a": 1}, [1, 2], rest={"a": object()})
    asked(3, None, iter("ab"), {}, curve, spread=[1, 2], most=curve)
    with pytest.raises(InputError) as caught:
        asked(3.0, True, "ab", {"a": "b"}, "text", word=5, spread="text", most={})
    refused = {fault.parameter: fault.expected for fault in caught.value.faults}
    assert list(refused) == ["n", "share", "names", "sizes", "curve", "word", "spread", "most"]
    assert refused["spread"] == "number or array of numbers"
    assert refused["most"] == "number or array of numbers | None"


def test_no_field_of_a_fault_is_longer_than_one_reads() -> None:
    """Only what was got was cut: an option of 5,000 characters came back whole in the problem."""
    long = "x" * 9_000
    fault = Fault(long, long, long, long, long, long)
    assert len(str(fault)) < 5_000
    assert len(str(InputError("several", faults=(fault, fault)))) < 9_000
    assert "(9,000 characters)" in str(InputError(long))
