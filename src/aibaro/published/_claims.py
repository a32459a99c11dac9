"""Do claims and comparisons name rules, parameters and figures that exist?  Read before anything is computed."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import partial

from aibaro.errors import FaultList
from aibaro.published._raw_tables import RawTable
from aibaro.published._rules import Parameter, Rule, claim_parameters, nearest, rules
from aibaro.published.vocabulary import (
    CLAIM_TYPES,
    CLAIM_VERDICTS,
    COMPARISON_CLAIMS,
    NUMBER_VERDICTS,
    POPULATION_VERDICTS,
    REASONS,
)

_TOKEN = re.compile(r"\"((?:[^\"]|\"\")*)\"|'((?:[^']|'')*)'|(\S+)")
# what would be cut, read as quoted, or taken for the end of a section
_CUT = re.compile(r"[\"'].*|/?|.*\s.*", re.DOTALL)


def split_references(text: str) -> tuple[str, ...]:
    """Cut a list of references at its spaces; one that holds a space stands in quotes, of which a double one is one.

    Parameters
    ----------
    text : str
        A cell such as ``use plan "use|size=10 to 49"``.

    Returns
    -------
    tuple of str
        The references.

    Examples
    --------
    >>> split_references('use "use|size=10 to 49"')
    ('use', 'use|size=10 to 49')
    """
    return tuple(map(_reference, _TOKEN.finditer(text)))


def _reference(found: re.Match[str]) -> str:
    return found[3] or (found[1] or "").replace('""', '"') + (found[2] or "").replace("''", "'")


def join_references(names: Iterable[str]) -> str:
    """Write a list of references as one cell, from which :func:`split_references` reads the same.

    Parameters
    ----------
    names : iterable of str
        Ids or facts, of any printable text.

    Returns
    -------
    str
        The names with a space between them; those that hold a space or begin with a quote stand in double quotes.

    Examples
    --------
    >>> print(join_references(["use", "use|size=10 to 49", 'the "cloud" here']))
    use "use|size=10 to 49" "the ""cloud"" here"
    """
    doubled = ((name, name.replace('"', '""')) for name in names)
    return " ".join(f'"{inner}"' if _CUT.fullmatch(name) else name for name, inner in doubled)


def split_sections(text: str) -> tuple[tuple[str, ...], ...]:
    """Cut the inputs of a claim into sections, parted by a slash between spaces, and these into references.

    Parameters
    ----------
    text : str
        Cell ``inputs`` of ``claims.csv``.

    Returns
    -------
    tuple of tuple of str
        The sections.

    Examples
    --------
    >>> split_sections("use.a use.b / plan")
    (('use.a', 'use.b'), ('plan',))
    """
    sections: list[list[str]] = [[]] if text.strip() else []
    for found in _TOKEN.finditer(text):
        if found[3] == "/":
            sections.append([])
        else:
            sections[-1].append(_reference(found))
    return tuple(map(tuple, sections))


def split_parameters(text: str) -> dict[str, str]:
    """Read ``name=value`` parted by semicolons.

    Parameters
    ----------
    text : str
        The cell ``parameters`` of a claim.

    Returns
    -------
    dict of str to str
        Values by name.

    Examples
    --------
    >>> split_parameters("share=1/3; qualifier=almost")
    {'share': '1/3', 'qualifier': 'almost'}
    """
    parts = (part.strip().partition("=") for part in text.split(";") if part.strip())
    return {name.strip(): value.strip() for name, _, value in parts}


class KnownNames:
    """The ids and facts of a survey, and whether a reference names one of them."""

    def __init__(self, printed: RawTable) -> None:
        self._known = {*printed.column("id"), *printed.column("fact")}
        self._plain = {_without_measure(fact) for fact in printed.column("fact")}
        self._lines = "\n".join(self._plain)
        self._found: dict[str, int] = {}

    def __contains__(self, reference: str) -> bool:
        return self.count(reference) > 0

    def count(self, reference: str) -> int:
        """Count the figures that a reference names."""
        if reference not in self._found:
            self._found[reference] = self._count(reference)
        return self._found[reference]

    def _count(self, reference: str) -> int:
        plain = _without_measure(reference)
        if reference in self._known or plain in self._plain:
            return 1
        if "*" not in reference:
            return 0
        # a star stands for a part of one name
        pattern = re.compile("^" + re.escape(plain).replace(r"\*", r"[^|@=\n]*") + "$", re.MULTILINE)
        return len(pattern.findall(self._lines))

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._known))


def _without_measure(fact: str) -> str:
    return re.sub(r"\|measure=[^|]*", "", fact)


def check_claims(raw: RawTable, tables: Mapping[str, RawTable], faults: FaultList) -> None:
    """Check types, rules, sections, parameters, families and references of every claim."""
    names, known = KnownNames(tables["printed"]), rules("claims")
    comparisons = tables["comparisons"].rows("kind", "family") if "comparisons" in tables else ()
    # once comparisons.csv declares families of claims, every claim that is tested belongs to one
    families = {family for kind, family in comparisons if kind == "claims"}
    for row, (type_, rule, inputs, parameters) in enumerate(raw.rows("type", "rule", "inputs", "parameters")):
        where = raw.place(row)
        if "claim_en" in raw.cells and not raw.column("claim_en")[row]:
            faults.add("a claim says nothing", where=where, parameter="claim_en", expected="text", got="empty")
        if type_ and type_ not in CLAIM_TYPES:
            faults.add(
                "unknown type of claim",
                where=where,
                parameter="type",
                expected=", ".join(CLAIM_TYPES),
                got=type_,
                hint=nearest(type_, CLAIM_TYPES),
            )
        if rule not in known:
            faults.add(
                "unknown claim rule" if rule else "a claim without a rule",
                where=where,
                parameter="rule",
                expected=", ".join(known),
                got=rule or "empty",
                hint=nearest(rule, known),
            )
            continue
        given = split_parameters(parameters)
        family = given.get("family", type_ or known[rule].type)
        if families and rule != "not_checkable" and family not in families:
            faults.add(
                "a family that the survey does not declare",
                where=where,
                parameter="family",
                expected=", ".join(sorted(families)),
                got=family,
                hint=nearest(family, families) or "add a row of kind 'claims' to comparisons.csv",
            )
        _check_parameters(known[rule], parameters, where, faults)
        _check_sections(known[rule], inputs, given, where, names, faults)
        for reference in dict.fromkeys(name for section in split_sections(inputs) for name in section):
            if reference not in names:
                faults.add(
                    "a reference to a figure that is not printed",
                    where=where,
                    parameter="inputs",
                    expected="an id, a fact or a glob over facts of printed.csv",
                    got=reference,
                    hint=partial(nearest, reference, names),
                )


def _check_sections(  # noqa: PLR0917 - the row and what it may name
    rule: Rule, inputs: str, given: Mapping[str, str], where: str, names: KnownNames, faults: FaultList
) -> None:
    sections = split_sections(inputs)
    text = given.get("readings", "1")
    readings = int(text) if text.isascii() and text.isdigit() and int(text) else 1
    count, rest = divmod(len(sections), readings)
    # the ratio of two figures is the one thing that a rule of one section reads from two
    rule = replace(rule, sections="2") if given.get("of") == "ratio" else rule
    if rest or not rule.fits(count) or (rule.sections != "any" and not all(sections)):
        times = f", {readings} times" if readings > 1 else ""
        faults.add(
            "a rule reads other sections of inputs",
            where=where,
            parameter="inputs",
            expected=f"{rule.inputs}{times}",
            got=f"{len(sections)} sections",
            hint='sections are parted by " / ", with a space on both sides',
        )
    counts = [sum(map(names.count, section)) for section in sections]
    known = all(name in names for section in sections for name in section)
    if rule.figures and known and any(count != rule.figures for count in counts):
        faults.add(
            "a rule reads another number of figures in each section",
            where=where,
            parameter="inputs",
            expected=rule.inputs,
            got=f"{', '.join(map(str, counts))} figures",
        )


def _check_parameters(rule: Rule, text: str, where: str, faults: FaultList) -> None:
    known = {**claim_parameters(), **rule.parameters}
    given: set[str] = set()
    for part in filter(None, (part.strip() for part in text.split(";"))):
        name, equal, value = (piece.strip() for piece in part.partition("="))
        if not equal or not value:
            faults.add(
                "a parameter without a value", where=where, parameter="parameters", expected="name=value", got=part
            )
            continue
        if name in given:
            faults.add("a parameter stands twice", where=where, parameter=name, expected="one value", got=part)
        given.add(name)
        if name not in known:
            faults.add(
                "unknown parameter of a rule",
                where=where,
                parameter=name,
                expected=f"{rule.name}: {', '.join(known)}",
                got=part,
                hint=nearest(name, known),
            )
        elif not _holds(known[name], value):
            faults.add(
                "a parameter has another value",
                where=where,
                parameter=name,
                expected=_values(known[name]),
                got=value,
                hint=nearest(value, known[name].words) if known[name].value == "word" else "",
            )
    for name in [n for n, parameter in rule.parameters.items() if parameter.default is None and n not in given]:
        faults.add(
            "a rule lacks a parameter",
            where=where,
            parameter=name,
            expected=f"{name}=...: {rule.parameters[name].meaning}",
            got=text or "nothing",
        )


def _holds(parameter: Parameter, value: str) -> bool:
    match parameter.value:
        case "word":
            return value in parameter.words
        case "count":
            return (
                value.isascii()
                and value.isdigit()
                and len(value) <= 9
                and (parameter.name != "readings" or int(value) > 0)
            )
        case "number":
            try:
                if len(value) > 60 or not re.fullmatch(r"-?\d+(?:\.\d+|/\d+)?", value, re.ASCII):
                    return False
                return not parameter.words or Fraction(value) in set(map(Fraction, parameter.words))
            except ZeroDivisionError:
                return False
        case _:
            return True


def _values(parameter: Parameter) -> str:
    kinds = {"count": "a whole number", "number": "a number or a fraction such as 1/3", "text": "text"}
    return ", ".join(parameter.words) or kinds[parameter.value]


def check_comparisons(raw: RawTable, tables: Mapping[str, RawTable], faults: FaultList) -> None:
    """Check kinds, columns, items, domains and facts of every declared comparison."""
    printed, known = tables["printed"], rules("comparisons")
    names = KnownNames(printed)
    items = set(printed.column("item")) | set(tables["items"].column("item") if "items" in tables else ())
    for row, kind in enumerate(raw.column("kind")):
        where = f"{raw.table.file}, line {raw.lines[row]}"
        cells = {name: raw.column(name)[row] for name in raw.table.columns}
        if kind not in known:
            faults.add(
                "unknown kind of comparison",
                where=where,
                parameter="kind",
                expected=", ".join(known),
                got=kind or "empty",
                hint=nearest(kind, known),
            )
            continue
        for name in known[kind].needs:
            if not cells[name]:
                faults.add(
                    "a comparison lacks a cell", where=where, parameter=name, expected=known[kind].meaning, got="empty"
                )
        for name, cell in cells.items():
            if cell and name not in {"kind", *known[kind].needs, *known[kind].may}:
                faults.add(
                    "a comparison has a cell that its kind does not use",
                    where=where,
                    parameter=name,
                    expected=f"{kind}: {', '.join((*known[kind].needs, *known[kind].may))}",
                    got=cell,
                )
        _check_comparison(kind, cells, where, names, items, tables, faults)


def _check_comparison(  # noqa: PLR0917 - the row and what it may name
    kind: str,
    cells: Mapping[str, str],
    where: str,
    names: KnownNames,
    items: Collection[str],
    tables: Mapping[str, RawTable],
    faults: FaultList,
) -> None:
    if cells["claim"] and cells["claim"] not in COMPARISON_CLAIMS:
        faults.add(
            "a comparison needs a known claim",
            where=where,
            parameter="claim",
            expected=", ".join(COMPARISON_CLAIMS),
            got=cells["claim"],
            hint=nearest(cells["claim"], COMPARISON_CLAIMS),
        )
    for name in ("fact_a", "fact_b") if kind != "size" else ():
        if cells[name] and cells[name] not in names:
            _unknown("fact", where, name, cells[name], names, faults)
    for pattern in cells["item"].split() if kind in {"pairs", "against_all", "items"} else ():
        if not any(re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), item) for item in items):
            _unknown("item", where, "item", pattern, items, faults)
    strata = tables.get("strata")
    if cells["domain"] and kind in {"pairs", "against_all"}:
        variables = [name for name in strata.cells if name not in strata.table.columns] if strata else []
        if cells["domain"] not in variables:
            _unknown("stratum variable", where, "domain", cells["domain"], variables, faults)
    if kind == "subgroups" and not (cells["mixture"] or (cells["share_a"] and cells["share_b"])):
        faults.add(
            "a comparison of subgroups needs the shares of both in their base, or a mixture",
            where=where,
            parameter="share_a, share_b, mixture",
            expected="ranges in percent such as 15..40, or facts that are printed",
            got="empty",
        )
    if kind == "size" and not (cells["n_a"] or cells["share_a"] or cells["mixture"]):
        faults.add(
            "a size needs a range, a share or a mixture", where=where, parameter="n_a, share_a, mixture", got="empty"
        )


def _unknown(  # noqa: PLR0917 - a fault and what it may name
    what: str, where: str, parameter: str, word: str, known: Collection[str] | KnownNames, faults: FaultList
) -> None:
    shown = [*known][:12]
    faults.add(
        f"unknown {what}",
        where=where,
        parameter=parameter,
        expected=", ".join(shown) or f"a {what}; there is none",
        got=word,
        hint=partial(nearest, word, known),
    )


def check_verdicts(raw: RawTable, faults: FaultList) -> None:
    """Check the words of pinned verdicts: of a number, or of a claim as printed and in the population."""
    for row, (verdict, reason) in enumerate(raw.rows("verdict", "reason")):
        words = [word.strip() for word in verdict.split(";")]
        known = [NUMBER_VERDICTS] if len(words) == 1 else [CLAIM_VERDICTS, POPULATION_VERDICTS]
        if len(words) > 2:
            faults.add("more verdicts than two", where=raw.place(row), parameter="verdict", got=verdict)
            continue
        for word, allowed in zip(words, known, strict=True):
            # a claim's verdict alone, as version 0.1 wrote it
            if word and word not in allowed and not (len(words) == 1 and word in CLAIM_VERDICTS):
                faults.add(
                    "unknown verdict",
                    where=raw.place(row),
                    parameter="verdict",
                    expected=", ".join(allowed),
                    got=word,
                    hint=nearest(word, allowed),
                )
        if reason and reason not in REASONS:
            faults.add(
                "unknown reason",
                where=raw.place(row),
                parameter="reason",
                expected=", ".join(REASONS),
                got=reason,
                hint=nearest(reason, REASONS),
            )
