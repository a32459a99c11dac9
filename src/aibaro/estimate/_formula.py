"""What does a formula say?  Its outcome, its terms and its offsets, by arithmetic alone."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from aibaro._arrays import BoolArray, FloatArray
from aibaro.errors import FaultList, InputError
from aibaro.estimate._passes import refuse_infinite
from aibaro.estimate._scores import DesignRows

YES = frozenset({"yes", "true", "1", "ja", "oui"})
NO = frozenset({"no", "false", "0", "nee", "neen", "non"})
# numbers of a formula up to which products of several stay numbers
LARGEST = 1e100
# what an expression of a formula may be made of, besides what numpy and the codings of categories offer
_ARITHMETIC = (
    *(ast.Expression, ast.Name, ast.Constant, ast.expr_context, ast.Call, ast.keyword, ast.List, ast.Tuple, ast.Dict),
    *(ast.BinOp, ast.operator, ast.UnaryOp, ast.unaryop, ast.BoolOp, ast.boolop, ast.Compare, ast.cmpop, ast.IfExp),
    *(ast.Subscript, ast.Slice),
)
_BESIDE_UFUNCS = frozenset({"where", "clip", "round", "digitize"})
# functions of formulaic that look at a row's own values, or at the whole column for where its middle and its knots lie;
# not those that look at the row before, as respondents stand in no order
_FUNCTIONS = frozenset(
    {"C", "I", "Q", "bs", "cc", "center", "cr", "cs", "poly", "scale", "standardize"}
    | {"exp", "exp2", "exp10", "log", "log2", "log10", "Treatment", "Sum", "Helmert", "Diff", "Poly"}
)
_OFFSET = re.compile(r"offset\((.*)\)", re.DOTALL)
_CONTRASTS = frozenset({"treatment", "SAS", "sum", "helmert", "diff", "poly", "custom"})


def plain_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the columns types that formulas know; levels that no row has are no levels."""
    made: dict[str, Any] = {}
    for name in frame.columns:
        column = frame[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            made[name] = column.cat.remove_unused_categories()
        elif pd.api.types.is_bool_dtype(column.dtype):
            words = column.astype(bool).map({True: "True", False: "False"})
            made[name] = pd.Series(pd.Categorical(words, categories=sorted(set(words))), index=column.index)
        elif pd.api.types.is_numeric_dtype(column.dtype) or all(isinstance(v, Decimal) for v in column):
            made[name] = column.astype(float)
        elif pd.api.types.is_datetime64_any_dtype(column.dtype):
            made[name] = column
        else:
            made[name] = column.astype("str").astype("category")
    return pd.DataFrame(made).reset_index(drop=True)


@dataclass(frozen=True, slots=True)
class ModelFormula:
    """A formula and the columns that it reads.

    Parameters
    ----------
    text : str
        The formula as it was given.
    parsed : object
        The formula of formulaic, in which names that are no identifiers have aliases.
    aliases : mapping of str to str
        Name of the column behind each alias.
    columns : tuple of str
        Columns that the formula reads.
    offsets : tuple of str
        Expressions that are added to the predictor.
    """

    text: str
    parsed: Any
    aliases: Mapping[str, str]
    columns: tuple[str, ...]
    offsets: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str, known: Sequence[str]) -> ModelFormula:
        """Read a formula with one outcome."""
        from formulaic import Formula
        from formulaic.errors import FormulaicError

        def wrong(got: str, hint: str = "") -> InputError:
            return InputError(
                "the formula cannot be read",
                parameter="formula",
                expected="OUTCOME ~ TERM + TERM, such as uses_ai ~ size_class + sector",
                got=got,
                hint=hint or "names with spaces in backticks, expressions in braces: {income > 20}",
            )

        if not isinstance(text, str) or not text.strip():
            raise wrong(repr(text))
        plain, aliases = _with_aliases(text, known)
        try:
            # first of all: formulaic evaluates what some functions are called with, to learn which columns they need
            called = list(_called(plain))
        except (FormulaicError, SyntaxError, ValueError) as error:
            raise wrong(text, _first_line(error)) from error
        if called:
            raise InputError(
                "a formula does arithmetic alone",
                parameter="formula",
                expected=f"columns, numbers, operators, np.sqrt and its like, {', '.join(sorted(_FUNCTIONS))}",
                got=", ".join(dict.fromkeys(called)),
                hint="make a column of it before",
            )
        try:
            parsed, offsets = _without_offsets(Formula(plain))
            names = {name for part in (parsed, *map(offset_formula, offsets)) for name in needed(part)}
            columns = tuple(sorted(aliases.get(name, name) for name in names))
        except (FormulaicError, SyntaxError, ValueError, TypeError) as error:
            raise wrong(text, _first_line(error)) from error
        if not hasattr(parsed, "lhs") or not hasattr(parsed, "rhs"):
            raise wrong(text, "name the outcome left of ~")
        if len(list(parsed.lhs)) != 1:
            raise wrong(text, "one outcome stands left of ~")
        return cls(text, parsed, aliases, columns, offsets)

    def named(self, text: str) -> str:
        """Put the names of columns back for their aliases."""
        return re.sub(r"aibaro_name_\d+_", lambda found: self.aliases.get(found.group(), found.group()), text)

    def frame(self, rows: DesignRows, used: BoolArray) -> pd.DataFrame:
        """The columns of the rows used, under their aliases."""
        frame = plain_frame(rows.frame.loc[used, list(self.columns)])
        return frame.rename(columns={name: alias for alias, name in self.aliases.items()})

    def complete(self, frame: pd.DataFrame) -> BoolArray:
        """Rows in which no variable of the formula is missing."""
        present = np.ones(len(frame), dtype=bool)
        infinite, large = {}, {}
        for name in self.columns:
            present &= frame[name].notna().to_numpy(dtype=bool)
            if pd.api.types.is_float_dtype(frame[name].dtype):
                values = frame[name].to_numpy(dtype=float, na_value=np.nan)
                infinite[name] = int(np.isinf(values).sum())
                large[name] = float(np.nanmax(np.abs(values), initial=0.0))
                present &= ~np.isnan(values)
        refuse_infinite(infinite, parameter="formula")
        faults = FaultList("numbers are too large to compute with", where="aibaro.estimate")
        for name in (name for name, largest in large.items() if largest > LARGEST):
            faults.add(
                "numbers of a formula are too large",
                parameter="formula",
                expected=f"up to {LARGEST:g}",
                got=f"{name}: {large[name]:g}",
                hint="divide them by a power of ten",
            )
        faults.raise_if_any()
        return present

    @property
    def left(self) -> str:
        """The outcome, under its alias."""
        return str(next(iter(self.parsed.lhs)))

    def outcome(self, frame: pd.DataFrame, kind: str, event: str | None) -> FloatArray:
        """The outcome as numbers that fit the family."""
        name = self.named(self.left)
        if self.left in frame.columns and isinstance(frame[self.left].dtype, pd.CategoricalDtype):
            values = _yes(frame[self.left], name, kind, event)
        else:
            if event is not None:
                raise InputError(
                    "an event belongs to an outcome of two answers", parameter="event", got=repr(event), expected="None"
                )
            values = self._evaluated(frame)
        _fits(values, kind, name)
        return values

    def matrix(self, frame: pd.DataFrame) -> tuple[FloatArray, tuple[str, ...], dict[str, list[int]], Any]:
        """Columns of the terms, their names, and the columns of each term."""
        found = self._computed(self.parsed.rhs, frame, "a term cannot be computed")
        spec = found.model_spec
        terms = {self.named(str(term)): list(places) for term, places in spec.term_indices.items()}
        names = tuple(self.named(str(name)) for name in spec.column_names)
        columns = np.asarray(found, dtype=float)
        bad = ~np.isfinite(columns).all(axis=0)
        if bad.any():
            raise InputError(
                "a term has no value in some rows",
                parameter="formula",
                got=", ".join(name for name, wrong in zip(names, bad.tolist(), strict=True) if wrong),
                hint="a logarithm of zero, or a division by zero?",
            )
        return columns, names, terms, spec

    def offset(self, frame: pd.DataFrame) -> FloatArray:
        """What the formula adds to the predictor of each row."""
        total = np.zeros(len(frame))
        for text in self.offsets:
            found = self._computed(offset_formula(text), frame, "an offset cannot be computed")
            values = np.asarray(found, dtype=float)
            if values.shape[1] != 1 or not np.isfinite(values).all():
                raise InputError(
                    "an offset is not one number a row",
                    parameter="formula",
                    got=self.named(f"offset({text})"),
                    hint="a category, a logarithm of zero, or a division by zero?",
                )
            total += values[:, 0]
        return total

    def _computed(self, part: Any, frame: pd.DataFrame, problem: str) -> Any:
        from formulaic.errors import FormulaicError

        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return part.get_model_matrix(frame, output="numpy", na_action="ignore")
        except (FormulaicError, NameError, TypeError, ValueError, KeyError, SyntaxError, AttributeError) as error:
            raise InputError(
                problem, parameter="formula", got=self.text, hint=self.named(_first_line(error))
            ) from error

    def _evaluated(self, frame: pd.DataFrame) -> FloatArray:
        values = np.asarray(self._computed(self.parsed.lhs, frame, "the outcome cannot be computed"), dtype=float)
        if values.shape[1] == 2 and set(np.unique(values)) <= {0.0, 1.0}:
            # a condition gives a column for false and one for true
            values = values[:, 1:]
        if values.shape[1] != 1 or not np.isfinite(values).all():
            raise InputError("the outcome is not one number a row", parameter="formula", got=self.text)
        return np.asarray(values[:, 0], dtype=float)


def _called(text: str) -> Iterator[str]:
    """What the expressions of a formula reach for beyond arithmetic: a method may write files or start programs."""
    for node in _nodes(text):
        if isinstance(node, ast.Attribute):
            owner = node.value.id if isinstance(node.value, ast.Name) else ""
            fine = _of_numpy(node.attr) if owner == "np" else owner == "contr" and node.attr in _CONTRASTS
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            fine = node.func.id in _FUNCTIONS
        else:
            fine = isinstance(node, _ARITHMETIC)
        if not fine:
            yield ast.unparse(node.func if isinstance(node, ast.Call) else node)


def _nodes(text: str) -> Iterator[ast.AST]:
    """What the expressions of a formula are made of."""
    from formulaic.parser.algos.tokenize import tokenize

    for token in tokenize(text):
        if token.kind is token.Kind.PYTHON:
            # a name in backticks is a column, whatever it holds
            tree = ast.parse(re.sub("`[^`]*`", "column", token.token).strip(), mode="eval").body
            if isinstance(tree, ast.Call) and _OFFSET.fullmatch(token.token):
                yield from (node for part in (*tree.args, *tree.keywords) for node in ast.walk(part))
            else:
                yield from ast.walk(tree)


def needed(part: Any) -> Iterator[str]:
    """Columns of a formula, those that functions of a whole column are called with among them."""
    yield from map(str, part.required_variables)
    for call in (node for node in _nodes(str(part)) if isinstance(node, ast.Call)):
        for node in (node for value in (*call.args, *call.keywords) for node in ast.walk(value)):
            if isinstance(node, ast.Name) and node.id not in {*_FUNCTIONS, "np", "contr", "column"}:
                yield node.id


def _of_numpy(name: str) -> bool:
    return name in _BESIDE_UFUNCS or isinstance(getattr(np, name, None), np.ufunc | float)


def _without_offsets(whole: Any) -> tuple[Any, tuple[str, ...]]:
    """Part a formula from the offsets among its terms, which have no coefficient."""
    from formulaic import Formula

    if not hasattr(whole, "rhs"):
        return whole, ()
    found = {str(term): _OFFSET.fullmatch(str(term)) for term in whole.rhs}
    if not any(found.values()):
        return whole, ()
    terms = [term for term in whole.rhs if not found[str(term)]]
    return Formula(lhs=whole.lhs, rhs=terms), tuple(hit[1] for hit in found.values() if hit)


def offset_formula(text: str) -> Any:
    from formulaic import Formula

    return Formula(f"0 + {{{text}}}")


def _first_line(error: Exception) -> str:
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    return text.splitlines()[0] if text else type(error).__name__


def _with_aliases(text: str, known: Sequence[str]) -> tuple[str, dict[str, str]]:
    """Replace names that are no identifiers, in backticks or with dots, by aliases that formulas can read."""
    aliases: dict[str, str] = {}
    for number, name in enumerate(sorted((n for n in known if not n.isidentifier()), key=len, reverse=True)):
        alias = f"aibaro_name_{number}_"
        changed = text.replace(f"`{name}`", alias)
        if re.fullmatch(r"[\w.]+", name) and not name[0].isdigit():
            changed = re.sub(rf"(?<![\w.`]){re.escape(name)}(?![\w.`(])", alias, changed)
        if changed != text:
            text, aliases[alias] = changed, name
    return text, aliases


def _yes(column: pd.Series[Any], name: str, kind: str, event: str | None) -> FloatArray:
    words = [str(level) for level in column.cat.categories]
    if event is None and len(words) <= 2:
        known = {word: word.lower() in YES for word in words if word.lower() in YES | NO}
        if len(known) == len(words):
            event = next((word for word, yes in known.items() if yes), "")
    if event is None or kind not in {"binomial", "quasibinomial"} or (event and event not in words):
        raise InputError(
            "the outcome is not a number"
            if kind not in {"binomial", "quasibinomial"}
            else "which answer is the event?",
            parameter="formula" if event is None else "event",
            expected=f"one of {', '.join(map(repr, words[:12]))}",
            got=f"{name} with {len(words)} answers" if event is None else repr(event),
            hint=f"event={words[0]!r}, or {{{name} == {words[0]!r}}} left of ~",
        )
    return np.asarray((column.astype("str") == event).to_numpy(), dtype=float)


def _fits(values: FloatArray, kind: str, name: str) -> None:
    """Refuse outcomes that the family cannot have."""
    rules: dict[str, tuple[Callable[[FloatArray], BoolArray], str]] = {
        "binomial": (lambda v: (v == 0) | (v == 1), "0 and 1"),
        "quasibinomial": (lambda v: (v >= 0) & (v <= 1), "shares from 0 to 1"),
        "poisson": (lambda v: v >= 0, "numbers from 0"),
        "quasipoisson": (lambda v: v >= 0, "numbers from 0"),
        "gamma": (lambda v: v > 0, "positive numbers"),
        "inverse_gaussian": (lambda v: v > 0, "positive numbers"),
    }
    if kind in rules:
        rule, expected = rules[kind]
        bad = ~rule(values)
        if bad.any():
            raise InputError(
                "the outcome does not fit the family",
                parameter="formula",
                expected=f"{kind}: {expected}",
                got=f"{name}: {values[bad][0]:g} in {int(bad.sum())} rows",
            )
    if np.ptp(values) == 0:
        raise InputError(
            "the outcome does not vary", parameter="formula", got=f"{name}: {values[0]:g} in every row used"
        )
