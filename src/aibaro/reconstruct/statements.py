"""What does print state about the counts of one item?"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce

import numpy as np

from aibaro.design import Design
from aibaro.published.schema import WHOLE_BASE

Mask = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PrintedShare:
    """A printed percentage as a statement about counts.

    Parameters
    ----------
    ids : tuple of str
        Ids of its printings.
    item, base : str
        What is counted, among whom.
    domain, level : str
        Stratum domain; empty for all strata.
    strata : tuple of int
        Rows of the strata in the domain.
    lower, upper : Fraction
        Ends of the admissible share, between 0 and 1; both ends are admitted.

    Notes
    -----
    Admitting both ends of a rounding interval covers every rule that rounds to the nearest value, and can only
    widen a bound.
    """

    ids: tuple[str, ...]
    item: str
    base: str
    domain: str
    level: str
    strata: Mask
    lower: Fraction
    upper: Fraction

    @property
    def name(self) -> str:
        """Short name of the statement: item, base and domain."""
        at = "" if self.base == WHOLE_BASE else f"@{self.base}"
        where = "" if not self.domain else f"|{self.domain}={self.level}"
        return f"{self.item}{at}{where}"

    @property
    def centre(self) -> Fraction:
        """Middle of the admissible shares."""
        return (self.lower + self.upper) / 2

    def complement(self, item: str, base: str) -> PrintedShare:
        """Give the statement about those who are not counted.

        Parameters
        ----------
        item, base : str
            Names of the complement.

        Returns
        -------
        PrintedShare
            One minus the share.
        """
        return PrintedShare(self.ids, item, base, self.domain, self.level, self.strata, 1 - self.upper, 1 - self.lower)


@dataclass(frozen=True, slots=True)
class ItemSystem:
    """All statements that print makes about one item among one base.

    Parameters
    ----------
    design : Design
        The strata.
    item, base : str
        The item and its base.
    shares : tuple of PrintedShare
        Statements about the item among the base.
    base_shares : tuple of PrintedShare
        Statements about the base among all; empty when the base is everybody.
    total, base_total : int or None
        Printed number of respondents with the item, and of the base.
    unused : tuple of str
        Ids of printings of the item that are no constraint on strata: another wave, a group, a domain that is no
        union of strata, an unweighted figure.

    Notes
    -----
    The unknowns are x_h, the respondents of stratum h with the item, and y_h, those of the base, with
    0 <= x_h <= y_h <= n_h; y_h = n_h when the base is everybody.
    """

    design: Design
    item: str
    base: str
    shares: tuple[PrintedShare, ...]
    base_shares: tuple[PrintedShare, ...] = ()
    total: int | None = None
    base_total: int | None = None
    unused: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether the base is everybody."""
        return self.base == WHOLE_BASE

    @property
    def name(self) -> str:
        """Item and base as facts write them."""
        return self.item if self.whole else f"{self.item}@{self.base}"

    def share(self, domain: str = "", level: str = "") -> PrintedShare | None:
        """Find the statement about a domain.

        Parameters
        ----------
        domain, level : str
            The domain; empty for all strata.

        Returns
        -------
        PrintedShare or None
            The statement; None when print makes none.
        """
        return next((s for s in self.shares if (s.domain, s.level) == (domain, level)), None)

    def without(self, statement: PrintedShare) -> ItemSystem:
        """Leave one statement out.

        Parameters
        ----------
        statement : PrintedShare
            The statement.

        Returns
        -------
        ItemSystem
            The system without it.
        """
        kept = [tuple(s for s in group if s is not statement) for group in (self.shares, self.base_shares)]
        return ItemSystem(self.design, self.item, self.base, kept[0], kept[1], self.total, self.base_total, self.unused)

    def fingerprint(self) -> str:
        """Hash everything that a bound depends on.

        Returns
        -------
        str
            First 16 hexadecimal digits of the SHA-256 of strata, statements and totals; ids of printings and the
            order of strata in the table do not matter.
        """
        names = [" × ".join(row) for row in self.design.labels.to_numpy().tolist()]
        counts = zip(names, self.design.population.tolist(), self.design.respondents.tolist(), strict=True)
        lines = [self.name, f"{self.total} {self.base_total}", *sorted(f"{a}|{b}|{c}" for a, b, c in counts)]
        for group in (self.shares, self.base_shares):
            texts = (f"{s.name}|{s.lower}|{s.upper}|{sorted(names[h] for h in s.strata)}" for s in group)
            lines += ["--", *sorted(texts)]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def stratum_domain(design: Design, domain: str, level: str) -> Mask | None:
    """Find the strata of a domain.

    Parameters
    ----------
    design : Design
        The strata.
    domain, level : str
        Stratum variables and levels, crossed ones joined with ×; empty for all strata.

    Returns
    -------
    tuple of int or None
        Rows of the strata; None when the domain is no union of strata.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"size": ["small", "large"], "population": [100, 40], "respondents": [4, 4]})
    >>> stratum_domain(Design.from_strata(table), "size", "large")
    (1,)
    """
    if not domain:
        return tuple(range(design.size))
    variables, levels = domain.split("×"), level.split("×")
    if len(variables) != len(levels) or not set(variables) <= set(design.variables):
        return None
    pairs = zip(variables, levels, strict=True)
    mask = reduce(np.logical_and, [(design.labels[v] == name).to_numpy() for v, name in pairs])
    return tuple(int(h) for h in np.flatnonzero(mask)) or None
