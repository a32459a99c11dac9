"""One part of a survey's chapter."""

from __future__ import annotations

from dataclasses import dataclass

from aibaro.report.exhibits import Exhibit
from aibaro.report.tables import Table
from aibaro.report.words import Text


@dataclass(frozen=True, slots=True)
class Badge:
    """A verdict as the page shows it.

    Parameters
    ----------
    verdict : str
        Code of the verdict; decides colour and sign.
    words : Text
        Its name.
    reason : Text or None
        Why, where a reason belongs to it.
    """

    verdict: str
    words: Text
    reason: Text | None = None


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A statement with both verdicts.

    Parameters
    ----------
    key : str
        Id of the statement and of its place in the page.
    claim : Text
        The statement, in our words.
    location : str
        Where it stands in the source.
    as_printed, population : Badge
        The two verdicts.
    sentence : Text
        What was found, in plain sentences.
    argument : tuple of Text
        Lines of the argument.
    unless : tuple of Text
        What would have to be true, each by itself, for it to be false.
    """

    key: str
    claim: Text
    location: str
    as_printed: Badge
    population: Badge
    sentence: Text
    argument: tuple[Text, ...]
    unless: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class ClaimGroup:
    """Statements of one survey that fared alike.

    Parameters
    ----------
    fate : str
        Code of what became of them.
    title : Text
        The same in words.
    rows : tuple of ClaimRow
        The statements, in the order of print.
    open : bool
        Whether the group is unfolded when the page opens.
    """

    fate: str
    title: Text
    rows: tuple[ClaimRow, ...]
    open: bool


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a chapter.

    Parameters
    ----------
    key : str
        Id in the page.
    title : Text
        Heading.
    lead : Text or None
        A sentence under the heading.
    exhibits, more : tuple of Exhibit
        Figures shown, and figures that unfold.
    tables : tuple of Table
        Tables without a figure.
    claims : tuple of ClaimGroup
        Statements, by what became of them.
    notes : tuple of Text
        A list of sentences.
    more_title : Text or None
        Words on the fold.
    """

    key: str
    title: Text
    lead: Text | None = None
    exhibits: tuple[Exhibit, ...] = ()
    more: tuple[Exhibit, ...] = ()
    tables: tuple[Table, ...] = ()
    claims: tuple[ClaimGroup, ...] = ()
    notes: tuple[Text, ...] = ()
    more_title: Text | None = None
