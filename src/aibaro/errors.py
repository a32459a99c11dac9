"""What went wrong, where, what was expected, what was given, what to do.

Every error that a user can meet is an :class:`AibaroError` and renders in one form, so that a person and a
program read the same fields.  Faults of one table are collected by :class:`FaultList` and raised together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


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
        fields = ("where", "parameter", "expected", "got", "hint")
        lines = [f"  {name}: {getattr(self, name)}" for name in fields if getattr(self, name)]
        return "\n".join([self.problem, *lines])


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
    ) -> None:
        headline = Fault(problem, where, parameter, expected, got, hint)
        self.faults = faults or (headline,)
        text = str(headline)
        if faults:
            text = "\n".join([text, *(f"{i}. {fault}" for i, fault in enumerate(faults, 1))])
        super().__init__(text)


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

    def add(
        self, problem: str, *, where: str = "", parameter: str = "", expected: str = "", got: str = "", hint: str = ""
    ) -> None:
        """Record one fault.

        Parameters
        ----------
        problem, where, parameter, expected, got, hint : str
            The fields of :class:`Fault`.
        """
        self._faults.append(Fault(problem, where, parameter, expected, got, hint))

    def extend(self, error: AibaroError) -> None:
        """Take over the faults of an error that was raised elsewhere.

        Parameters
        ----------
        error : AibaroError
            The error.
        """
        self._faults.extend(error.faults)

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._faults)

    def __len__(self) -> int:
        return len(self._faults)

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
            raise kind(self._headline, where=self._where, faults=tuple(self._faults))
