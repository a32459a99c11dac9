"""The table that people publish: answers by a banner, with bases, intervals, letters and tests."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from aibaro._typed import typed
from aibaro.design import Design
from aibaro.errors import AibaroError, FaultList, InputError, MissingDependencyError
from aibaro.estimate import METHODS, chi_square
from aibaro.estimate import mean as estimate_mean
from aibaro.estimate.analysis import Domain, domain_label
from aibaro.estimate.categories import MISSING_RULES
from aibaro.estimate.cells_of_rows import declared_rows, open_rows
from aibaro.estimate.design_arguments import check_design, check_domain
from aibaro.estimate.pairwise import level_covariance, union_df
from aibaro.estimate.reliability import RULE
from aibaro.files import csv_text, without_clock, workbook_text, write_bytes_atomic, write_text_atomic
from aibaro.frames import Rows
from aibaro.messages import LANGUAGES
from aibaro.results import Result
from aibaro.tables._figures import Computer, Figures, Head, Settings, heads_of
from aibaro.tables._layout import Cell, Sheet, sheet, word
from aibaro.tables._questions import LETTERS, PERCENT, Banner, Question, read_banner, read_questions

if TYPE_CHECKING:
    from great_tables import GT


COLUMNS = (
    "table",
    "item",
    "category",
    "domain",
    "level",
    "measure",
    "estimate",
    "std_error",
    "conf_low",
    "conf_high",
    "n",
    "base_weighted",
    "n_eff",
    "letters",
    "flag",
)
INTERVALS = ("lines", "none")


@dataclass(frozen=True, slots=True)
class Crosstab(Result):
    """Tables of one or several questions by a banner.

    Parameters
    ----------
    heads : tuple of Head
        The columns: the total, then the levels of each variable.
    figures : tuple of Figures
        The rows.
    questions : tuple of Question
        The tables.
    banner : tuple of Banner
        Variables of the columns.
    labels : mapping of str to str
        Texts of columns of the rows, where they are known.
    settings : Settings
        Choices of the call.
    rows : Rows
        The rows, with derived columns.
    design : Design
        The design.
    """

    heads: tuple[Head, ...]
    figures: tuple[Figures, ...]
    questions: tuple[Question, ...]
    banner: tuple[Banner, ...]
    labels: Mapping[str, str]
    settings: Settings
    rows: Rows = field(repr=False)
    design: Design = field(repr=False)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per figure, in long form and at full precision.

        Returns
        -------
        pandas.DataFrame
            ``table, item, category, domain, level, measure, estimate, std_error, conf_low, conf_high, n,
            base_weighted, n_eff, letters, flag``.  Empty ``domain`` and ``level`` stand for the total column;
            ``n``, ``base_weighted`` and ``n_eff`` are the unweighted, the weighted and the effective base (Kish) of
            the figure; ``letters`` name the columns that it is significantly higher than (:meth:`columns`).
        """
        size = len(self.heads)
        parts: dict[str, list[Any]] = {name: [] for name in COLUMNS}
        for row in self.figures:
            flags = self._flags(row)
            hidden = np.array(["suppressed" in flag for flag in flags])
            for name in ("table", "item", "category", "measure"):
                parts[name] += [getattr(row, name)] * size
            parts["domain"] += [head.domain for head in self.heads]
            parts["level"] += [head.level for head in self.heads]
            for name in ("estimate", "std_error", "conf_low", "conf_high", "base_weighted", "n_eff"):
                parts[name] += np.where(hidden, np.nan, getattr(row, name)).tolist()
            parts["n"] += np.rint(row.n).astype(np.int64).tolist()
            letters = [" ".join(self.heads[j].letter for j in group) for group in row.higher]
            parts["letters"] += ["" if gone else text for gone, text in zip(hidden, letters, strict=True)]
            parts["flag"] += [" ".join(flag) for flag in flags]
        texts = {"table", "item", "category", "domain", "level", "measure", "letters", "flag"}
        return pd.DataFrame({n: pd.Series(v, dtype="str") if n in texts else v for n, v in parts.items()})

    def columns(self) -> pd.DataFrame:
        """Name the columns and their letters.

        Returns
        -------
        pandas.DataFrame
            ``domain, level, letter``.
        """
        return pd.DataFrame(
            {
                name: pd.Series([getattr(h, name) for h in self.heads], dtype="str")
                for name in ("domain", "level", "letter")
            }
        )

    def _flags(self, row: Figures) -> list[tuple[str, ...]]:
        """Flags of a row in every column, by the named rules."""
        result: list[tuple[str, ...]] = []
        for n, reliability in zip(row.n.tolist(), row.reliability.tolist(), strict=True):
            if self.settings.suppress and n < self.settings.suppress:
                result.append(("suppressed",))
                continue
            small = ("small_base",) if n < self.settings.small_base else ()
            low = ("low",) if reliability == "low" and n > 0 and not small else ()
            result.append((*small, *low))
        return result

    def tests(self) -> pd.DataFrame:
        """Test each table against each variable of the banner, as a whole.

        Returns
        -------
        pandas.DataFrame
            ``table, item, domain, method, statistic, df, df_residual, p_value, n, note``.  Shares: Rao and Scott's
            second-order F (:func:`aibaro.estimate.chi_square`), each answer of a multiple-response set on its own;
            means: Wald's F for equal means.  Where no test exists ``note`` says why.
        """
        records = []
        for question in self.questions:
            for entry in self.banner:
                if entry.variables:
                    records += self._tests(question, entry)
        names = ["table", "item", "domain", "method", "statistic", "df", "df_residual", "p_value", "n", "note"]
        return pd.DataFrame(records, columns=names)

    def _tests(self, question: Question, entry: Banner) -> list[dict[str, Any]]:
        if question.kind == "numbers":
            return [self._equal_means(question, entry)] if "mean" in question.measures else []
        sources = [(question.column, question.name)] if question.kind == "categories" else list(question.choices)
        options = {k: v for k, v in self.settings.options.items() if k in {"fpc", "single"}}
        records = []
        for column, item in sources:
            record: dict[str, Any] = {
                "table": question.name,
                "item": item,
                "domain": entry.name,
                "method": "rao-scott F",
            }
            try:
                test = chi_square(
                    self.rows, column, entry.column, design=self.design, domain=self.settings.domain, **options
                )
            except AibaroError as error:
                records.append({**record, "note": error.faults[0].problem})
                continue
            numbers = {name: getattr(test, name) for name in ("statistic", "df", "df_residual", "p_value", "n")}
            records.append({**record, **numbers, "note": ""})
        return records

    def _equal_means(self, question: Question, entry: Banner) -> dict[str, Any]:
        result = estimate_mean(
            self.rows,
            question.column,
            by=[list(entry.variables)],
            design=self.design,
            domain=self.settings.domain,
            **self.settings.options,
        )
        record = {"table": question.name, "item": question.name, "domain": entry.name, "method": "wald F"}
        kept = np.flatnonzero(result.n > 0)
        n = int(result.n.sum())
        if result.deviations is not None:
            matrix = result.deviations.T @ result.deviations
        else:
            matrix = level_covariance(result, result.parts[0])
        contrast = np.eye(len(kept))[1:] - np.eye(len(kept))[:1]
        own = contrast @ matrix[np.ix_(kept, kept)] @ contrast.T
        count = len(kept) - 1
        # as for a model of the levels: an intercept is free
        whole = float(result.df_design.min()) if not result.parts else union_df(result, result.parts[0])
        freedom = whole - count
        if count < 1 or np.linalg.matrix_rank(own) < count or freedom <= 0:
            return {**record, "n": n, "note": "fewer than two columns whose means vary"}
        from scipy import stats

        away = contrast @ result.estimate[kept]
        value = float(away @ np.linalg.solve(own, away)) / count
        p_value = float(stats.f.sf(value, count, freedom))
        numbers = {"statistic": value, "df": count, "df_residual": freedom, "p_value": p_value, "n": n}
        return {**record, **numbers, "note": ""}

    def sheets(self, *, intervals: str = "none") -> tuple[Sheet, ...]:
        """Lay out the tables, one sheet per question.

        Parameters
        ----------
        intervals : {"none", "lines"}
            Whether limits stand in lines of their own.

        Returns
        -------
        tuple of Sheet
            The tables.

        Raises
        ------
        InputError
            For an unknown choice.
        """
        if intervals not in INTERVALS:
            raise InputError(
                "unknown choice", parameter="intervals", expected=", ".join(INTERVALS), got=repr(intervals)
            )
        made = []
        for name in dict.fromkeys(row.table for row in self.figures):
            own = [row for row in self.figures if row.table == name]
            flags = [self._flags(row) for row in own]
            made.append(
                sheet(
                    own,
                    self.heads,
                    title=self.labels.get(name, name),
                    labels=dict(self.labels),
                    language=self.settings.language,
                    level=self.settings.conf_level,
                    intervals=intervals,
                    flags=[list(map(" ".join, flag)) for flag in flags],
                    notes=self._notes(own, flags),
                    letters=self.settings.letters,
                )
            )
        return tuple(made)

    def _notes(self, own: Sequence[Figures], flags: Sequence[Sequence[tuple[str, ...]]]) -> list[str]:
        """Say base, weights, variance, tests and signs below a table."""
        chosen, language = self.settings, self.settings.language
        kind = next(q.kind for q in self.questions if q.name == own[0].table)
        shares = any(row.measure == "share" for row in own)
        notes = [*chosen.notes, *([word(f"percent_{chosen.percent}", language)] if shares else [])]
        notes += [word("set", language)] if kind == "set" else []
        left = int(own[0].missing[0])
        notes += [word("left_out", language, count=left)] if left else []
        variables, levels = domain_label(chosen.domain)
        notes += [word("domain", language, domain=f"{variables} = {levels}")] if variables else []
        notes += [*self._weight_notes(language)]
        method = chosen.interval if shares else "wald"
        notes.append(word("interval", language, level=f"{chosen.conf_level:.0%}", method=method))
        if chosen.letters != "none" and len(self.heads) > 1:
            notes.append(word(f"letters_{chosen.letters}", language, level=f"{chosen.letters_level:.0%}"))
            notes.append(word("letters_total", language))
            bound = max(chosen.small_base, chosen.suppress)
            notes += [word("letters_small", language, count=bound)] if bound else []
            notes += [word("letters_edge", language)] if shares else []
        present = {name for flag in flags for cell in flag for name in cell}
        notes += [word("small", language, count=chosen.small_base)] if "small_base" in present else []
        notes += [word("low_reliability", language, rule=RULE)] if "low" in present else []
        notes += [word("suppressed", language, count=chosen.suppress)] if "suppressed" in present else []
        return notes

    def _weight_notes(self, language: str) -> list[str]:
        declared = declared_rows(self.design)
        first = (
            word("weights", language, weight=declared.weight)
            if declared.weight
            else word("weights_population", language)
        )
        parts = []
        if declared.replicates is not None:
            kind = declared.replicates.kind
            parts.append(word("design_replicates", language, count=len(declared.replicates.columns), kind=kind))
        else:
            strata = ", ".join(declared.strata)
            parts.append(
                word("design_strata", language, count=self.design.size, variables=strata)
                if strata
                else word("design_none", language)
            )
            parts += [word("design_units", language, unit=declared.psu)] if declared.psu else []
            parts += [word("design_fpc", language)] if declared.population else []
        parts += [word("design_calibrated", language)] if declared.calibration else []
        return [first, word("variance", language, design=", ".join(parts))]

    def summary(self, width: int = 100) -> str:
        """Return the tables for reading, in a terminal of some width.

        Parameters
        ----------
        width : int
            Characters of a line; columns that do not fit follow below.

        Returns
        -------
        str
            One table after another, with its notes.
        """
        from aibaro.tables._layout import terminal

        return "\n\n".join(terminal(sheet, width) for sheet in self.sheets())

    def to_html(self, *, intervals: str = "none") -> str:
        """Return the tables as HTML.

        Parameters
        ----------
        intervals : {"none", "lines"}
            Whether limits stand in lines of their own.

        Returns
        -------
        str
            One ``table`` element a question, styled by classes of their own and with notes below.
        """
        from aibaro.tables._layout import page

        return page(self.sheets(intervals=intervals))

    def to_latex(self, *, intervals: str = "none") -> str:
        """Return the tables as LaTeX.

        Parameters
        ----------
        intervals : {"none", "lines"}
            Whether limits stand in lines of their own.

        Returns
        -------
        str
            One ``table`` environment a question, with the package booktabs.
        """
        from aibaro.tables._layout import latex

        return "\n\n".join(latex(sheet) for sheet in self.sheets(intervals=intervals))

    def to_csv(self, path: str | Path | None = None) -> str:
        """Return the long form as CSV; a text that a spreadsheet would run gets an apostrophe in front.

        Parameters
        ----------
        path : str or pathlib.Path, optional
            File to write too.

        Returns
        -------
        str
            The text.
        """
        text = csv_text(self.to_frame())
        if path is not None:
            write_text_atomic(path, text)
        return text

    def to_excel(self, path: str | Path, *, intervals: str = "lines") -> Path:
        """Write a workbook: contents, one sheet per table, the long form.

        Parameters
        ----------
        path : str or pathlib.Path
            The file.
        intervals : {"lines", "none"}
            Whether limits stand in lines of their own.

        Returns
        -------
        pathlib.Path
            The file.
        """

        return write_excel([self], path, intervals=intervals)

    def to_great_tables(self, table: str | None = None) -> GT:
        """Return one table as an object of great_tables, to be styled further.

        Parameters
        ----------
        table : str, optional
            Name of the table; not needed when there is one.

        Returns
        -------
        great_tables.GT
            The object.

        Raises
        ------
        InputError
            When the name is missing or unknown.
        MissingDependencyError
            When great_tables is not installed.
        """
        from aibaro.tables._layout import great

        sheets = {made.name: made for made in self.sheets()}
        name = table or (next(iter(sheets)) if len(sheets) == 1 else "")
        if name not in sheets:
            raise InputError("unknown table", parameter="table", expected=", ".join(sheets), got=repr(table))
        return great(sheets[name])

    def note(self) -> str:
        """Say what the tables hold.

        Returns
        -------
        str
            Numbers of tables and columns.
        """
        return f"{len({row.table for row in self.figures})} tables, {len(self.heads)} columns"

    def __repr__(self) -> str:
        return f"Crosstab({self.note()})"

    def _repr_html_(self) -> str:
        return self.to_html()


def crosstab(
    data: Any,
    rows: str | Mapping[str, Any] | Sequence[str | Mapping[str, Any]],
    columns: str | Sequence[str] | None = None,
    *,
    design: Design,
    percent: str = "column",
    measures: Sequence[str] | Mapping[str, Sequence[str]] = (),
    nested: Sequence[Sequence[str]] = (),
    domain: Domain = None,
    missing: str = "outside",
    interval: str = "logit",
    conf_level: float = 0.95,
    letters: str = "none",
    letters_level: float = 0.95,
    small_base: int = 30,
    suppress: int = 0,
    language: str = "en",
    labels: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
    fpc: str | None = None,
    single: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Crosstab:
    """Tabulate questions by a banner, under the design of a survey.

    Parameters
    ----------
    data : frame or WeightResult
        Respondents' rows, lazy or in memory, or their weights.
    rows : str, mapping, or sequence of them
        Questions; a mapping names sets of multiple response: ``{"tools": ["tool_a", "tool_b"]}``.  A set is
        dichotomous when its columns answer yes and no (1 and 0, true and false); with another counted answer write
        ``{"tools": {"items": [...], "counted": "chosen"}}``.  Else its columns hold codes, and each code is a row.
        Sets that an SPSS file declares are known by name.
    columns : str or sequence of str, optional
        Variables of the banner; a total column comes first.
    design : Design
        Design that was read from the rows.
    percent : {"column", "row", "whole"}
        Base of the percentages.
    measures : sequence or mapping of {"share", "mean", "median", "total"}
        Summaries of columns of numbers; a mapping says which columns have which.  Labelled answers have means of their
        codes when the mapping names them.
    nested : sequence of sequences of str
        Variables whose levels are crossed, such as ``[("sex", "region")]``.
    domain : mapping of str to level or levels, optional
        Domain that the tables are restricted to.
    missing : {"outside", "category"}
        Missing answers are outside the base and counted in a note, or an answer of their own.
    interval : {"logit", "wald", "wilson", "beta", "arcsine", "likelihood"}
        Interval method of shares.
    conf_level : float
        Confidence level of the intervals.
    letters : {"none", "holm", "unadjusted"}
        Whether shares and means of columns are compared: all pairs of columns of one variable in one row, adjusted by
        Holm in that family or not at all.
    letters_level : float
        Confidence level of the comparisons.
    small_base : int
        Unweighted bases below it are marked with an asterisk and are not compared.
    suppress : int
        Figures on unweighted bases below it are suppressed.
    language : {"en", "nl"}
        Language of words and numbers.
    labels : mapping of str to str, optional
        Texts of columns, over those that a file gave.
    notes : sequence of str
        Notes that stand first below every table, such as a source.
    fpc, single
        As in :func:`aibaro.estimate.proportion`.
    progress : callable, optional
        Called with the number of variables done and their number.

    Returns
    -------
    Crosstab
        The tables.

    Raises
    ------
    InputError
        For columns that are missing, choices that are not offered, and rows that do not fit the design.

    Notes
    -----
    All figures come from :mod:`aibaro.estimate`: shares with the linearised variance of the design, levels compared by
    t tests with their joint covariance.  Columns are never compared with the total, of which they are a part.  A set
    has as its base those who have a value in at least one of its columns.

    Cost: one group-by per question and variable of the banner, whatever the number of rows; frames stay where they are.

    References
    ----------
    Lumley, T. (2010). Complex Surveys: A Guide to Analysis Using R. Wiley. https://doi.org/10.1002/9780470580066

    Särndal, C.-E., Swensson, B. and Wretman, J. (1992). Model Assisted Survey Sampling. Springer.
    https://doi.org/10.1007/978-1-4612-4378-6

    Examples
    --------
    >>> frame = pd.DataFrame({"sex": list("mfmfmfmf"), "ai": ["yes", "no", "yes", "yes", "no", "no", "yes", "no"],
    ...                       "w": [1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0]})
    >>> table = crosstab(frame, "ai", "sex", design=Design.from_frame(frame, weight="w"), small_base=0)
    >>> table.to_frame()[["category", "level", "estimate", "n"]].head(3)
      category level  estimate  n
    0       no        0.583333  8
    1       no     f  0.750000  4
    2       no     m  0.250000  4
    """
    check_design(design)
    _check_texts(labels, notes, progress)
    settings = Settings(
        percent=percent,
        missing=missing,
        interval=interval,
        conf_level=conf_level,
        letters=letters,
        letters_level=letters_level,
        small_base=small_base,
        suppress=suppress,
        language=language,
        domain=domain,
        options={name: value for name, value in (("fpc", fpc), ("single", single)) if value is not None},
        notes=tuple(notes),
    )
    _check(settings)
    facts = _facts(data)
    opened = open_rows(data, declared_rows(design))
    opened.require(list(domain or {}), parameter="domain")
    opened, banner = read_banner(columns, nested, opened)
    opened, questions = read_questions(opened, rows, measures, facts)
    groups = heads_of(opened, banner, settings)
    computer = Computer(opened, design, settings, progress or _silent)
    figures = computer.compute(questions, banner, groups)
    known = {**facts.get("labels", {}), **{n: s["label"] for n, s in facts.get("sets", {}).items() if s.get("label")}}
    texts = {**known, **(labels or {})}
    heads = tuple(head for group in groups for head in group)
    return Crosstab(heads, tuple(figures), questions, banner, texts, settings, opened, design)


def _silent(done: int, size: int) -> None:
    """Tell nobody."""


def _check(settings: Settings) -> None:
    faults = FaultList("a choice is not offered", where="crosstab")
    tables = {
        "percent": (settings.percent, PERCENT),
        "missing": (settings.missing, MISSING_RULES),
        "interval": (settings.interval, tuple(METHODS)),
        "letters": (settings.letters, LETTERS),
        "language": (settings.language, LANGUAGES),
    }
    for name, (value, allowed) in tables.items():
        if not isinstance(value, str) or value not in allowed:
            faults.add("unknown choice", parameter=name, expected=", ".join(allowed), got=repr(value))
    for name in ("small_base", "suppress"):
        value = getattr(settings, name)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            faults.add("not a number of respondents", parameter=name, expected="a whole number >= 0", got=repr(value))
    for name in ("conf_level", "letters_level"):
        value = getattr(settings, name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1:
            faults.add(
                "not a confidence level",
                parameter=name,
                expected="a number between 0 and 1",
                got=repr(value),
                hint="write 0.95 for 95%",
            )
    check_domain(settings.domain, faults)
    faults.raise_if_any()


def _check_texts(labels: Any, notes: Any, progress: Any) -> None:
    faults = FaultList("a choice is not offered", where="crosstab")
    pairs = labels.items() if isinstance(labels, Mapping) else [("", None)]
    if labels is not None and not all(isinstance(a, str) and isinstance(b, str) for a, b in pairs):
        faults.add("not labels", parameter="labels", expected="a mapping of names to texts", got=repr(labels))
    if not isinstance(notes, list | tuple) or not all(isinstance(note, str) for note in notes):
        faults.add("not notes", parameter="notes", expected="a list of texts", got=repr(notes))
    if progress is not None and not callable(progress):
        faults.add("not a way to tell progress", parameter="progress", expected="a function", got=repr(progress))
    faults.raise_if_any()


def _facts(data: Any) -> Mapping[str, Any]:
    """What a file said of the columns, where the rows still carry it."""
    # weights keep the frame as it was given, with what its file said
    source = data.rows.frame.to_native() if hasattr(type(data), "working_frame") else data
    attributes = getattr(source, "attrs", None)
    if isinstance(attributes, dict) and isinstance(attributes.get("aibaro"), dict):
        return dict(attributes["aibaro"])
    # a lazy frame would have to find its schema first
    arrow = type(source).__module__.partition(".")[0] == "pyarrow"
    metadata = source.schema.metadata if arrow else None
    if isinstance(metadata, dict) and b"aibaro" in metadata:
        import json

        return dict(json.loads(metadata[b"aibaro"]))
    return {}


# --- How is a workbook of tables written, as people send it?

_TOP = 3
_WIDEST = 48


@typed
def write_excel(tables: Sequence[Crosstab], path: str | Path, *, intervals: str = "lines") -> Path:
    """Write tables to one workbook: contents, one sheet per table, and all figures in long form.

    Parameters
    ----------
    tables : sequence of Crosstab
        The tables.
    path : str or pathlib.Path
        The file, written whole or not at all.
    intervals : {"lines", "none"}
        Whether limits stand in lines of their own.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    InputError
        For no tables, or an unknown choice.
    MissingDependencyError
        When xlsxwriter is not installed.

    Notes
    -----
    Numbers are numbers at full precision with a format; letters stand beside them, signs of the notes are part of the
    format.  Panes are frozen below the heads and right of the labels.  Texts are texts, whatever they begin with.

    Examples
    --------
    >>> import tempfile
    >>> from aibaro import Design
    >>> from aibaro.tables import crosstab
    >>> frame = pd.DataFrame({"ai": ["yes", "no", "yes"], "w": [1.0, 2.0, 1.0]})
    >>> table = crosstab(frame, "ai", design=Design.from_frame(frame, weight="w"))
    >>> write_excel([table], Path(tempfile.mkdtemp()) / "tables.xlsx").name
    'tables.xlsx'
    """
    listed = list(tables) if isinstance(tables, Sequence) else []
    if not listed or not all(isinstance(table, Crosstab) for table in listed):
        raise InputError("no tables", where="write_excel", parameter="tables", expected="tables of crosstab")
    if intervals not in INTERVALS:
        raise InputError("unknown choice", parameter="intervals", expected=", ".join(INTERVALS), got=repr(intervals))
    if Path(path).suffix.lower() != ".xlsx":
        raise InputError("not a workbook", where="write_excel", parameter="path", expected=".xlsx", got=str(path))
    try:
        import xlsxwriter
    except ImportError as error:
        raise MissingDependencyError("workbooks need xlsxwriter", hint="pip install 'aibaro[excel]'") from error
    content = io.BytesIO()
    # a text that begins with an equals sign stays a text
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(content, options) as book:
        _WorkbookWriter(book, listed, intervals).write()
    return write_bytes_atomic(path, without_clock(content.getvalue()))


class _WorkbookWriter:
    """Writes the sheets of one workbook."""

    def __init__(self, book: Any, tables: Sequence[Crosstab], intervals: str) -> None:
        self._book, self._tables, self._intervals = book, tables, intervals
        self._language = tables[0].settings.language
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}
        self._taken: set[str] = set()

    def write(self) -> None:
        """Write contents, tables and data."""
        contents = self._book.add_worksheet(self._name(word("contents", self._language)))
        data_name = self._name(word("data", self._language))
        entries = []
        for table in self._tables:
            for laid in table.sheets(intervals=self._intervals):
                name = self._name(laid.name)
                self._sheet(self._book.add_worksheet(name), laid, contents.get_name())
                entries.append((name, laid))
        self._contents(contents, [*entries], data_name)
        self._data(self._book.add_worksheet(data_name))

    def _name(self, text: str) -> str:
        """A name of a sheet that Excel takes, unlike all others."""
        plain = re.sub(r"[\[\]:*?/\\'\x00-\x1f\x7f-\x9f]", " ", workbook_text(text)).strip()[:31] or word(
            "table", self._language
        )
        name, number = plain, 1
        while name.lower() in self._taken or name.lower() == "history":
            number += 1
            name = f"{plain[: 30 - len(str(number))]} {number}"
        self._taken.add(name.lower())
        return name

    def _format(self, **properties: Any) -> Any:
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format({"font_name": "Calibri", "font_size": 10, **properties})
        return self._formats[key]

    def _text(self, page: Any, row: int, column: int, text: str, style: Any) -> None:
        page.write_string(row, column, workbook_text(text), style)

    def _contents(self, page: Any, entries: Sequence[tuple[str, Sheet]], data_name: str) -> None:
        language = self._language
        page.hide_gridlines(2)
        self._text(page, 0, 0, word("contents", language), self._format(bold=True, font_size=14))
        head = self._format(bold=True, bottom=1)
        for place, text in enumerate((word("number", language), word("table", language), word("n", language))):
            self._text(page, 2, place, text, head)
        link = self._format(font_color="#0B5394", underline=1)
        for number, (name, laid) in enumerate(entries, 1):
            page.write_number(2 + number, 0, number, self._format())
            page.write_url(2 + number, 1, f"internal:'{name}'!A1", link, string=workbook_text(laid.title))
            base = next((line for line in laid.lines if line.kind == "base"), None)
            if base is not None and np.isfinite(base.cells[0].value):
                page.write_number(2 + number, 2, base.cells[0].value, self._format(num_format="#,##0"))
        page.write_url(4 + len(entries), 1, f"internal:'{data_name}'!A1", link, string=word("data", language))
        page.set_column(0, 0, 6)
        page.set_column(1, 1, min(80, max([len(s.title) for _, s in entries], default=10) + 2))
        page.set_column(2, 2, 18)
        page.freeze_panes(3, 0)

    def _sheet(self, page: Any, sheet: Sheet, contents: str) -> None:
        lettered = sheet.lettered
        step = 2 if lettered else 1
        page.hide_gridlines(2)
        self._text(page, 0, 0, sheet.title, self._format(bold=True, font_size=12))
        back = self._format(font_color="#0B5394", underline=1)
        page.write_url(1, 0, f"internal:'{contents}'!A1", back, string=word("back", sheet.language))
        self._heads(page, sheet, step)
        top = _TOP + (3 if lettered else 2)
        based = False
        for number, line in enumerate(sheet.lines):
            row = top + number
            rule = {"top": 1} if line.kind == "base" and not based else {}
            based = based or line.kind == "base"
            grey = {"font_color": "#666666"} if line.kind != "estimate" else {}
            indent = {"indent": 2} if line.kind == "limit" else {}
            self._text(page, row, 0, line.label, self._format(**rule, **grey, **indent))
            for k, cell in enumerate(line.cells):
                self._cell(page, row, 1 + k * step, cell, {**rule, **grey})
                if lettered:
                    self._text(
                        page, row, 2 + k * step, cell.letters, self._format(font_color="#0B5394", font_size=8, **rule)
                    )
        end = top + len(sheet.lines) + 1
        for number, note in enumerate(sheet.notes):
            self._text(page, end + number, 0, note, self._format(italic=True, font_color="#666666", font_size=9))
        longest = max([len(line.label) for line in sheet.lines], default=10)
        page.set_column(0, 0, min(_WIDEST, longest + 3))
        for k in range(len(sheet.heads)):
            width = min(22, max(9, len(sheet.head(k)) + (0 if lettered else 2)))
            page.set_column(1 + k * step, 1 + k * step, width)
            if lettered:
                most = max(len(line.cells[k].letters) for line in sheet.lines)
                page.set_column(2 + k * step, 2 + k * step, max(2.5, most * 0.8))
        page.freeze_panes(top, 1)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        page.repeat_rows(_TOP, top - 1)

    def _heads(self, page: Any, sheet: Sheet, step: int) -> None:
        name = self._format(bold=True, align="center", bottom=1, text_wrap=True)
        level = self._format(bold=True, align="center", valign="bottom", text_wrap=True)
        under = self._format(align="center", font_color="#0B5394", bottom=1)
        place = 1
        for text, size in sheet.domains:
            last = place + size * step - 1
            if last > place:
                page.merge_range(_TOP, place, _TOP, last, "", name if text else level)
            self._text(page, _TOP, place, text, name if text else level)
            place = last + 1
        self._text(page, _TOP + 1, 0, "", level)
        for k, head in enumerate(sheet.heads):
            first = 1 + k * step
            for row, text, chosen in ((_TOP + 1, sheet.head(k), level), (_TOP + 2, head.letter, under)):
                if row == _TOP + 2 and step == 1:
                    continue
                if step > 1:
                    page.merge_range(row, first, row, first + step - 1, "", chosen)
                self._text(page, row, first, f"({text})" if row == _TOP + 2 and text else text, chosen)

    def _cell(self, page: Any, row: int, column: int, cell: Cell, style: dict[str, Any]) -> None:
        if not np.isfinite(cell.value):
            text = "-" if "-" in cell.mark else ""
            self._text(page, row, column, text, self._format(align="right", **style))
            return
        plain = {"share": "0.0%", "count": "#,##0"}.get(cell.kind, _number_format(cell.value))
        mark = cell.mark.replace("-", "")
        shape = f'{plain}"{mark}"' if mark else plain
        page.write_number(row, column, cell.value, self._format(num_format=shape, align="right", **style))

    def _data(self, page: Any) -> None:
        frame = pd.concat([table.to_frame() for table in self._tables], ignore_index=True)
        head = self._format(bold=True, bottom=1)
        for place, name in enumerate(frame.columns):
            self._text(page, 0, place, str(name), head)
            for row, value in enumerate(frame[name].tolist(), 1):
                if isinstance(value, str):
                    self._text(page, row, place, value, self._format())
                elif np.isfinite(value):
                    page.write_number(row, place, value, self._format())
            page.set_column(place, place, 14)
        page.freeze_panes(1, 0)
        page.autofilter(0, 0, len(frame), len(frame.columns) - 1)


def _number_format(value: float) -> str:
    size = abs(value)
    return "#,##0" if size >= 1000 else "#,##0.0" if size >= 100 else "0.00"
