"""What went wrong, where, what was expected, what was given, what to do.

Every error that a user can meet is an :class:`AibaroError` and renders in one form, so that a person and a
program read the same fields.  Faults of one table are collected by :class:`FaultList` and raised together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

_Name = TypeVar("_Name", str, tuple[str, ...])

#: How many faults of one kind are kept, and how many of them are shown; all are counted.
KEPT = 100
SHOWN = 5
#: How much of a field is shown, and of a list of what was expected.
CHARACTERS, LISTED = 500, 2_000


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with an input.

    Parameters
    ----------
    problem : str
        What is wrong, in one sentence.
    where : str
        File and row, function, or table in which it is wrong.
    parameter : str
        Argument, column or option at fault.
    expected, got : str
        What a valid value looks like, and what was found.
    hint : str
        What to do about it.

    Examples
    --------
    >>> print(Fault("more respondents than firms", where="strata.csv, row 3", expected="n <= 76", got="80"))
    more respondents than firms
      where: strata.csv, row 3
      expected: n <= 76
      got: 80
    """

    problem: str
    where: str = ""
    parameter: str = ""
    expected: str = ""
    got: str = ""
    hint: str = ""

    def __str__(self) -> str:
        return "\n".join([_shortened(self.problem), *self._lines()])

    def _lines(self, before: Fault | None = None) -> list[str]:
        """Write the fields; those after the first are left out where they repeat the fault before."""
        fields = ("where", "parameter", "expected", "got", "hint")
        return [
            f"  {name}: {_shortened(getattr(self, name), LISTED if name == 'expected' else CHARACTERS)}"
            for name in fields
            if getattr(self, name)
            and (name == "where" or before is None or getattr(before, name) != getattr(self, name))
        ]


def _shortened(value: object, most: int = CHARACTERS) -> str:
    """A text of any length as one that can be read; what a user gave for a name may be none."""
    text = str(value)
    return text if len(text) <= most else f"{text[:most]} ... ({len(text):,} characters)"


class AibaroError(Exception):
    """Root of all errors that aibaro raises on purpose.

    Parameters
    ----------
    problem : str
        What is wrong, in one sentence.
    where, parameter, expected, got, hint : str
        The fields of :class:`Fault`.
    faults : tuple of Fault
        All faults, where several were found together; then `problem` is their headline.
    counts : mapping of str to int
        How often each problem was found, where more were found than `faults` keeps.

    Notes
    -----
    Faults with the same problem are shown together: how many there are, and the first of them.

    Examples
    --------
    >>> raise InputError("unknown survey", parameter="survey", expected="flanders-2023", got="flander")
    Traceback (most recent call last):
    aibaro.errors.InputError: unknown survey
      parameter: survey
      expected: flanders-2023
      got: flander
    """

    def __init__(
        self,
        problem: str,
        *,
        where: str = "",
        parameter: str = "",
        expected: str = "",
        got: str = "",
        hint: str = "",
        faults: tuple[Fault, ...] = (),
        counts: Mapping[str, int] | None = None,
    ) -> None:
        headline = Fault(problem, where, parameter, expected, got, hint)
        self.faults = faults or (headline,)
        self.counts = dict(counts or {})
        super().__init__("\n".join([str(headline), *_grouped(faults, self.counts)]))

    def __reduce__(self) -> tuple[object, ...]:
        # faults and counts travel with the text to another process
        return _rebuilt, (type(self), str(self), self.faults, self.counts)


def _rebuilt(kind: type[AibaroError], text: str, faults: tuple[Fault, ...], counts: Mapping[str, int]) -> AibaroError:
    error = kind.__new__(kind)
    Exception.__init__(error, text)
    error.faults, error.counts = faults, dict(counts)
    return error


def _grouped(faults: tuple[Fault, ...], counts: Mapping[str, int]) -> Iterator[str]:
    """Write faults by problem: the number of each, and the first ones."""
    kinds: dict[str, list[Fault]] = {}
    for fault in faults:
        kinds.setdefault(fault.problem, []).append(fault)
    for place, (problem, found) in enumerate(kinds.items(), 1):
        count = max(counts.get(problem, 0), len(found))
        yield f"{place}. {_shortened(problem)}" + (f" ({count:,} times)" if count > 1 else "")
        before: Fault | None = None
        for fault in found[:SHOWN]:
            yield from fault._lines(before)
            before = fault
        if count > SHOWN:
            yield f"  and {count - SHOWN:,} more"


class InputError(AibaroError, ValueError):
    """A value, table or file from the user that cannot be used."""


class PublishedNumberError(InputError):
    """A printed number that is malformed or impossible."""


class ConflictError(AibaroError):
    """Requirements that are each valid and cannot hold together; the faults are the conflicting set."""


class IntegrityError(AibaroError):
    """A file whose content is not what its checksum promises."""


class UnsupportedError(AibaroError, NotImplementedError):
    """A design or method that aibaro does not offer; the hint says where to go."""


class MissingDependencyError(AibaroError, ImportError):
    """An optional package that is not installed; the hint names the extra."""


def first_few(names: Iterable[str], most: int = 12) -> str:
    """List names, the first few of many.

    Parameters
    ----------
    names : iterable of str
        The names, in the order in which they are listed.
    most : int, default 12
        Names that are listed at most.

    Returns
    -------
    str
        The names with commas, and how many more there are.

    Examples
    --------
    >>> first_few("abc"), first_few("abcde", most=2)
    ('a, b, c', 'a, b and 3 more')
    """
    every = list(names)
    return ", ".join(every[:most]) + (f" and {len(every) - most} more" if len(every) > most else "")


def repeated(names: Iterable[_Name]) -> list[_Name]:
    """Sort out the names that stand more than once.

    Parameters
    ----------
    names : iterable of str or tuple of str
        The names.

    Returns
    -------
    list of str or tuple of str
        Each of them once, sorted.

    Examples
    --------
    >>> repeated(["b", "a", "b", "c", "a", "b"])
    ['a', 'b']
    """
    return sorted(name for name, times in Counter(names).items() if times > 1)


class FaultList:
    """Collects faults so that all of a table are reported together.

    Parameters
    ----------
    headline : str
        First line of the error that :meth:`raise_if_any` raises.
    where : str
        File or function that is checked.

    Examples
    --------
    >>> faults = FaultList("2 faults would be listed below", where="strata.csv")
    >>> faults.add("negative count", where="row 2", got="-1")
    >>> len(faults)
    1
    """

    def __init__(self, headline: str, where: str = "") -> None:
        self._headline = headline
        self._where = where
        self._faults: list[Fault] = []
        self._counts: dict[str, int] = {}

    def add(
        self,
        problem: str,
        *,
        where: str = "",
        parameter: str = "",
        expected: str | Callable[[], str] = "",
        got: str = "",
        hint: str | Callable[[], str] = "",
    ) -> None:
        """Record one fault.

        Parameters
        ----------
        problem, where, parameter, expected, got, hint : str
            The fields of :class:`Fault`.  What takes long to write may be a function, called only for faults that are
            kept.

        Notes
        -----
        The first hundred faults of each problem are kept; all are counted.
        """
        self._counts[problem] = self._counts.get(problem, 0) + 1
        if self._counts[problem] <= KEPT:
            texts = [text() if callable(text) else text for text in (expected, hint)]
            self._faults.append(Fault(problem, where, parameter, texts[0], got, texts[1]))

    def extend(self, error: AibaroError) -> None:
        """Take over the faults of an error that was raised elsewhere.

        Parameters
        ----------
        error : AibaroError
            The error.
        """
        for fault in error.faults:
            self.add(
                fault.problem,
                where=fault.where,
                parameter=fault.parameter,
                expected=fault.expected,
                got=fault.got,
                hint=fault.hint,
            )

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._faults)

    def __len__(self) -> int:
        return sum(self._counts.values())

    def raise_if_any(self, kind: type[AibaroError] = InputError) -> None:
        """Raise all recorded faults in one error.

        Parameters
        ----------
        kind : type of AibaroError
            Class of the error.

        Raises
        ------
        AibaroError
            When at least one fault was recorded.
        """
        if self._faults:
            raise kind(self._headline, where=self._where, faults=tuple(self._faults), counts=self._counts)
