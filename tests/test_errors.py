"""Errors say where, which parameter, what was expected, what was given and what to do, all faults together."""

from __future__ import annotations

import pytest

from aibaro import errors
from aibaro.errors import AibaroError, ConflictError, Fault, FaultList, InputError, IntegrityError


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
