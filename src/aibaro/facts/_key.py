"""What a figure is about: item, base, domain and level, wave, group, and what is measured of the item."""

from __future__ import annotations

from dataclasses import dataclass, replace

from aibaro.errors import InputError
from aibaro.published.schema import CROSS, WHOLE_BASE, fact_key

SHARE = "share"
COUNT = "count"


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What a figure is about.

    Parameters
    ----------
    item : str
        The item.
    base : str, default "all"
        The respondents that it refers to.
    domain, level : str
        A variable and its level, crossed ones joined with ``×``; empty for all of the base.
    wave : str
        An earlier or later wave; empty for the survey's own.
    group : str
        A group that was asked apart; empty where there is one.
    measure : str, default "share"
        What is measured: one of ``published.vocabulary.MEASURES``.

    Examples
    --------
    >>> str(Key("use", domain="sector", level="trade", measure="count"))
    'use|sector=trade|measure=count'
    """

    item: str
    base: str = WHOLE_BASE
    domain: str = ""
    level: str = ""
    wave: str = ""
    group: str = ""
    measure: str = SHARE

    @classmethod
    def parse(cls, text: str) -> Key:
        """Read a fact as it is written in tables and relations.

        Parameters
        ----------
        text : str
            Such as ``technology.nlg@adopters|sector=nace-58-63``.

        Returns
        -------
        Key
            Its parts.

        Raises
        ------
        InputError
            When a part after the first has no equal sign.

        Examples
        --------
        >>> Key.parse("barrier.legal@adopters|wave=2022").base
        'adopters'
        """
        head, *rest = text.split("|")
        item, _, base = head.partition("@")
        found: dict[str, str] = {}
        domains: list[tuple[str, str]] = []
        for part in rest:
            name, equal, value = part.partition("=")
            if not equal:
                raise InputError(
                    "not a fact",
                    where="Key.parse",
                    got=text,
                    expected="item[@base][|domain=level][|wave=W][|group=G][|measure=M]",
                )
            if name in {"wave", "group", "measure"}:
                found[name] = value
            else:
                domains.append((name, value))
        domain, level = (CROSS.join(parts) for parts in zip(*domains, strict=True)) if domains else ("", "")
        return cls(item, base or WHOLE_BASE, domain, level, **found)

    def __str__(self) -> str:
        text = fact_key(self.item, self.base, self.domain, self.level, wave=self.wave, group=self.group)
        return text if self.measure == SHARE else f"{text}|measure={self.measure}"

    def about(self, **parts: str) -> Key:
        """Return a key that differs in some parts.

        Parameters
        ----------
        **parts : str
            New values of the fields.

        Returns
        -------
        Key
            The new key.

        Examples
        --------
        >>> str(Key("plans").about(domain="sector", level="nace-64-66"))
        'plans|sector=nace-64-66'
        """
        return replace(self, **parts)

    @property
    def place(self) -> tuple[str, str, str, str]:
        """Domain, level, wave and group: where the figure stands in a cross table."""
        return self.domain, self.level, self.wave, self.group
