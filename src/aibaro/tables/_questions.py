"""What stands in the rows and in the columns of a table?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aibaro.errors import FaultList, InputError, repeated
from aibaro.estimate.categories import CROSS
from aibaro.frames import Rows
from aibaro.frames.derived import UNIT, with_choices, with_codes, with_crossed

MEASURES = ("share", "mean", "median", "total")
PERCENT = ("column", "row", "whole")
LETTERS = ("none", "holm", "unadjusted")
YES = frozenset({"True", "1", "true", "yes", "Yes", "YES", "ja", "Ja", "JA", "oui", "Oui"})
NO = frozenset({"False", "0", "false", "no", "No", "NO", "nee", "Nee", "NEE", "neen", "Neen", "non", "Non"})
MOST_NUMBERS = 30


@dataclass(frozen=True, slots=True)
class Question:
    """One table: a question, a set of multiple response, or numbers.

    Parameters
    ----------
    name : str
        Name of the table.
    kind : {"categories", "set", "numbers"}
        What its rows are.
    column : str
        Column of a question, or of numbers.
    choices : tuple of (str, str)
        For a set: the derived column of each of its rows, and what the row is called.
    members : tuple of str
        For a set: its columns.
    measures : tuple of str
        What is shown.
    """

    name: str
    kind: str
    column: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    members: tuple[str, ...] = ()
    measures: tuple[str, ...] = ("share",)


@dataclass(frozen=True, slots=True)
class Banner:
    """One variable of the banner, or several that are nested.

    Parameters
    ----------
    variables : tuple of str
        The variables; none for the total.
    column : str
        Column that holds its levels: the variable, or a derived one for nested variables.
    """

    variables: tuple[str, ...]
    column: str

    @property
    def name(self) -> str:
        """Name of the domain."""
        return CROSS.join(self.variables)


def _listed(value: Any) -> list[Any]:
    """The entries of a list; anything else stands for itself."""
    return list(value) if isinstance(value, list | tuple) else [value]


def read_banner(columns: Any, nested: Any, rows: Rows) -> tuple[Rows, tuple[Banner, ...]]:
    """Read the banner: the total, each variable, then the nested ones."""
    asked = [] if columns is None else _listed([columns] if isinstance(columns, str) else columns)
    groups = [tuple(entry.split(CROSS)) if isinstance(entry, str) else tuple(_listed(entry)) for entry in asked]
    further = _listed(nested)
    if not all(isinstance(entry, str | list | tuple) for entry in further):
        raise InputError(
            "not variables of a banner",
            where="crosstab",
            parameter="nested",
            expected="lists of columns, such as [['sex', 'age']]",
            got=repr(nested),
        )
    further = [further] if further and isinstance(further[0], str) else further
    groups += [tuple(_listed(group)) for group in further]
    faults = FaultList("the banner cannot be read", where="crosstab")
    for group in groups:
        if not group or not all(isinstance(v, str) and v for v in group) or len(set(group)) < len(group):
            faults.add("not variables of a banner", parameter="columns", got=repr(group), expected="names of columns")
        elif len(group) < 2 and group in [tuple(_listed(g)) for g in further]:
            faults.add("nested variables are at least two", parameter="nested", got=repr(group))
    twice = repeated(CROSS.join(map(str, group)) for group in groups)
    if twice:
        faults.add("a variable stands twice in the banner", parameter="columns", got=", ".join(twice))
    faults.raise_if_any()
    rows.require([v for group in groups for v in group], parameter="columns")
    crossed = {f"aibaro_banner_{k}": group for k, group in enumerate(groups) if len(group) > 1}
    names = {group: name for name, group in crossed.items()}
    rows = with_crossed(rows, crossed)
    return rows, (Banner((), ""), *(Banner(group, names.get(group, group[0])) for group in groups))


def read_questions(
    rows: Rows, asked: Any, measures: Any, facts: Mapping[str, Any]
) -> tuple[Rows, tuple[Question, ...]]:
    """Read the rows of the tables, and derive the columns that they need."""
    entries = _entries(asked)
    chosen = _measures(measures, rows, entries)
    faults = FaultList("the rows of the table cannot be read", where="crosstab")
    questions: list[Question] = []
    derived: dict[str, tuple[tuple[str, ...], list[tuple[str, str]]]] = {}
    codes: dict[str, tuple[str, Mapping[str, float]]] = {}
    declared: Mapping[str, Any] = facts.get("sets", {})
    for number, (name, given) in enumerate(entries):
        known = given is None and name in declared and name not in rows.columns
        content = declared[name] if known else given
        if content is None:
            rows.require([name], parameter="rows")
            questions += _plain(rows, name, chosen.get(name, ("share",)), facts, codes)
            continue
        members, counted = _members(name, content, faults)
        if not members:
            continue
        rows.require(members, parameter="rows")
        choices = _choices(rows, name, members, counted, number=number, facts=facts, derived=derived, faults=faults)
        questions.append(Question(name, "set", choices=tuple(choices), members=members))
    names = [question.name for question in questions if question.kind != "numbers"]
    for name in repeated(names):
        faults.add("a table stands twice", parameter="rows", got=name)
    faults.raise_if_any()
    rows = with_codes(with_choices(rows, derived), codes)
    return rows, tuple(questions)


def _entries(asked: Any) -> list[tuple[str, Any]]:
    """Names with the content of sets; None for a column."""
    listed = [asked] if isinstance(asked, str | Mapping) else list(asked) if isinstance(asked, Sequence) else []
    result: list[tuple[str, Any]] = []
    for entry in listed:
        if isinstance(entry, str) and entry:
            result.append((entry, None))
        elif isinstance(entry, Mapping) and entry and all(isinstance(name, str) for name in entry):
            result += list(entry.items())
        else:
            result = []
            break
    if not result:
        raise InputError(
            "not the rows of a table",
            where="crosstab",
            parameter="rows",
            expected="columns, or sets such as {'tools': ['tool_a', 'tool_b']}",
            got=repr(asked),
        )
    return result


def _measures(measures: Any, rows: Rows, entries: list[tuple[str, Any]]) -> dict[str, Any]:
    """Measures of each column: of all numbers, or of those that a mapping names."""
    given: dict[str, tuple[str, ...]] = {}
    named = isinstance(measures, Mapping)
    groups = measures.items() if named else [("", _listed(measures))]
    faults = FaultList("the measures cannot be read", where="crosstab")
    names = {name for name, content in entries if content is None}
    for name, wanted in groups:
        own = tuple(_listed(wanted))
        unknown = [str(m) for m in own if not isinstance(m, str) or m not in MEASURES]
        if unknown:
            faults.add("unknown measure", parameter="measures", expected=", ".join(MEASURES), got=", ".join(unknown))
        if named and name not in names:
            faults.add("a measure of no row", parameter="measures", expected=", ".join(sorted(names)), got=str(name))
        given[str(name)] = own
    faults.raise_if_any()
    if named:
        return given
    wanted = given[""]
    numbers = [n for n in names if n in rows.columns and rows.is_numeric(n) and not rows.is_boolean(n)]
    return {name: wanted for name in numbers if wanted}


def _plain(
    rows: Rows, name: str, measures: tuple[str, ...], facts: Mapping[str, Any], codes: dict[str, Any]
) -> list[Question]:
    """The question of one column: shares of its answers, summaries of its numbers."""
    result = []
    if "share" in measures:
        different = len(_levels(rows, name)) if rows.is_numeric(name) and not rows.is_boolean(name) else 0
        if different > MOST_NUMBERS:
            raise InputError(
                "too many different numbers to be answers",
                where="crosstab",
                parameter="rows",
                expected=f"at most {MOST_NUMBERS} codes",
                got=f"{name}: {different}",
                hint="the measure 'mean' summarises numbers; a column of classes has answers",
            )
        result.append(Question(name, "categories", column=name))
    numeric = tuple(m for m in measures if m != "share")
    if numeric:
        source = name
        if not rows.is_numeric(name) or rows.is_boolean(name):
            known = {k: v for k, v in facts.get("codes", {}).get(name, {}).items() if isinstance(v, int | float)}
            if not known:
                raise InputError(
                    "answers without numbers have no mean",
                    where="crosstab",
                    parameter="measures",
                    got=f"{name}: {', '.join(numeric)}",
                    expected="a column of numbers, or labels whose codes a file declares",
                )
            source = f"aibaro_codes_{len(codes)}"
            codes[source] = (name, known)
        result.append(Question(name, "numbers", column=source, measures=numeric))
    return result


def _members(name: str, content: Any, faults: FaultList) -> tuple[tuple[str, ...], str | None]:
    """Columns of a set, and the answer that counts."""
    counted = None
    if isinstance(content, Mapping):
        unknown = sorted(set(map(str, content)) - {"items", "counted", "label", "type"})
        if unknown:
            faults.add(
                "unknown part of a set", where=name, parameter="rows", expected="items, counted", got=", ".join(unknown)
            )
        counted = content.get("counted")
        content = content.get("items", ())
    members = tuple(content) if isinstance(content, list | tuple) else ()
    if len(members) < 1 or not all(isinstance(m, str) for m in members) or len(set(members)) < len(members):
        faults.add(
            "not a set of multiple response",
            where=name,
            parameter="rows",
            expected="names of columns",
            got=repr(content),
        )
        return (), None
    return members, None if counted is None else str(counted)


def _choices(
    rows: Rows,
    name: str,
    members: tuple[str, ...],
    counted: str | None,
    *,
    number: int,
    facts: Mapping[str, Any],
    derived: dict[str, tuple[tuple[str, ...], list[tuple[str, str]]]],
    faults: FaultList,
) -> list[tuple[str, str]]:
    """Rows of a set: its columns where each answers yes or no, else the answers that its columns hold."""
    levels = {member: _levels(rows, member) for member in members}
    every = {level for found in levels.values() for level in found}
    labels = facts.get("labels", {})
    result: list[tuple[str, str]] = []

    def add(label: str, pairs: list[tuple[str, str]]) -> None:
        column = f"aibaro_set_{number}_{len(result)}"
        derived[column] = (members, pairs)
        result.append((column, label))

    if counted is None and every <= YES | NO:
        for member in members:
            held = [level for level in levels[member] if level in YES]
            add(labels.get(member, member), [(member, level) for level in held or ["1"]])
        return result
    if counted is not None:
        if counted not in every and _code_label(facts, members, counted) in every:
            counted = str(_code_label(facts, members, counted))
        if counted not in every:
            faults.add(
                "no column of the set holds the counted answer",
                where=name,
                parameter="rows",
                expected=", ".join(sorted(every)[:12]),
                got=counted,
            )
        for member in members:
            add(labels.get(member, member), [(member, counted)])
        return result
    single = all(len(found) == 1 for found in levels.values())
    if single and len(every) > 1:
        # a column that holds its own label and nothing else, as files of survey tools have it
        for member in members:
            add(labels.get(member, levels[member][0]), [(member, levels[member][0])])
        return result
    if len(every) == 2 and len(members) > 1 and all(set(found) == every for found in levels.values()):
        faults.add(
            "which of two answers counts?",
            where=name,
            parameter="rows",
            expected="yes and no, 1 and 0, or counted",
            got=" and ".join(sorted(every)),
            hint=f"{{{name!r}: {{'items': [...], 'counted': {min(every)!r}}}}}",
        )
        return result
    if len(every) == 1:
        for member in members:
            add(labels.get(member, member), [(member, next(iter(every)))])
        return result
    order = [level for found in levels.values() for level in found]
    for level in dict.fromkeys(order):
        add(level, [(member, level) for member in members if level in levels[member]])
    return result


def _code_label(facts: Mapping[str, Any], members: Sequence[str], counted: str) -> str | None:
    """Label of a counted code, as files of SPSS name it."""
    for member in members:
        for label, code in facts.get("codes", {}).get(member, {}).items():
            if str(code) == counted or (isinstance(code, float) and f"{code:g}" == counted):
                return str(label)
    return None


def _levels(rows: Rows, column: str) -> list[str]:
    """Levels that a column holds, in the order that its type declares."""
    from aibaro.estimate.categories import in_order

    table = rows.with_weight(None).group([column], {}, optional=[column])
    found = [level for level in dict.fromkeys(table.keys[column].tolist()) if level]
    return in_order(found, rows.order.get(column, ()))


__all__ = ["UNIT", "Banner", "Question", "read_banner", "read_questions"]
