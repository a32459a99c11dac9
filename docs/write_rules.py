"""Rewrite the pages of rules and of notations from the tables that the checks use.

Run it from the root of the checkout after a rule, a setting or a word came or went; a test compares pages and tables.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path

from aibaro.published import Parameter, Rule, claim_parameters, rules, settings
from aibaro.rounding import FRACTIONS, codes, read_printed

HERE = Path(__file__).resolve().parent
RULES_HEAD = """# Rules

What a survey may name in its files: relations between figures, definitions of bases, rules of claims, kinds of
comparisons, and what it declares of itself. Each has its meaning, an example, what it checks and what it cannot. A name
that is not on this page is a fault, and the fault names the nearest one.

References to figures are ids, facts (`item[@base][|domain=level][|wave=W][|group=G][|measure=M]`) or globs over facts,
in which a star stands for a part of one name. A reference that holds a space stands in quotes: `"use|size=10 to 49"`;
a quote inside of them is doubled. Lists of ids in `ledger.csv` are written in the same way.
"""
ALLOWS = """## Which declaration allows which check

A check that needs more than is declared is not made, and the ledger says which declaration would allow it.

| to have this checked | declare this |
|---|---|
| a figure against its other printings | nothing: rows of one fact are compared |
| a percentage beside its count | nothing, where item, base and place are the same and the base size is printed |
| points between waves, printed standard errors, margins of error | nothing: the figures that they are about |
| parts that add up, unions, subsets, classes of a multiple response | a row of `relations.csv` |
| a total against its levels | `strata.csv`, or sizes of the levels in `bases.csv` |
| the same where no sizes are printed | a `mixture` row: then one set of shares has to fit all items |
| a total as an exact mixture | in addition `item_nonresponse` as `none` or `imputed` |
| a mixture over one margin of a raked survey | `weighting` of the kind `margins` that names it |
| whether a percentage can be k of n (GRIM) | `weighting` as `none`, and the size of the base |
| whole counts in strata: attainability, bounds, synthetic rows | `weighting` as `cells`, and `strata.csv` |
| a share among a base | the definition of the base in `bases.csv` |
| a statement in words | a row of `claims.csv` |
| an interval of a share; whether a majority is more than chance | `weighting`, and a base size or `strata.csv` |
| whether groups differ by more than chance | `strata.csv`, or sizes of the groups, printed or in a row `size` |
| a verdict in the population without the caution about selection | `sampling` as `probability` |
"""
NOTATIONS_HEAD = """# Notations

`printed` holds the characters of the source. Each notation stands for the values below; what is not read is a fault
that names its row, and nothing is guessed. A square bracket belongs to the interval, a round one does not.

Of 278 phrases for shares that were written down in five languages before any was tried, 215 were read at first and 263
are now. Not read are a number and a half in words (*one and a half percent*, *anderthalb Prozent*), a bound behind its
number (*10 % au maximum*), hundreds of percent in words, and the exponents of programs (`1e9%`): write `low`, `high`
and `qualifier` beside them. Of 300 further ones 281 were read at first, one of them wrongly, and 294 are now; not
read is a share in words with its digits behind it (*two thirds (67%)*), which takes two rows.

| printed | stands for | remark |
|---|---|---|
"""
EXAMPLES = (
    ("12,3%", "percent sign or word, in any language, after any space"),
    ("1 234,5", "groups by space, no-break or narrow space, apostrophe, point or comma"),
    ("110%", "read, and impossible: no value"),
    ("<1%", "not zero"),
    ("≥ 5%", ""),
    (">50%", ""),
    ("60%+", "also *or more*, *of meer*, *oder mehr*, *ou plus*, *o más*"),
    ("10-15%", "also with a dash, *to*, *between ... and*"),
    ("almost 23%", "below only, down to six points under; words of the language"),
    ("just over 23%", "above only, up to six points"),
    ("about 23%", "two and a half points to each side"),
    ("more than 60%", ""),
    ("+12 points", "kind `points`"),
    ("-3", "kind `points`; beside unsigned shares of its item an impossible share"),
    ("±3 points", "kind `margin_of_error`"),
    ("n = 1,002", "kind `count`: a size has no decimals, so the mark groups"),
    ("32% (n = 1.002)", "the size goes with the number"),
    ("23% (20-26)", "confidence limits go with the number; so does `± 3`"),
    ("one in eight", "up to the midpoints to the neighbouring fractions"),
    ("a third", ""),
    ("almost half", ""),
    ("a majority", ""),
    ("the vast majority", "vague: it proves nothing"),
    ("2.5 million", "rounded to its last digit"),
    ("sixteen per cent", "numbers in words up to a hundred, and thousands"),
)
WORDS_HEAD = """
A mark such as `*`, a dash or `n/a` stands for what the survey says in the key `marks` of `datapackage.json`
(`"marks": {{"*": "<0.5", "-": "0", "n/a": ""}}`, an empty text for no number); without it the mark is a fault that says
the line to add. `init --table` writes the line from the notes under the table. Counts of a survey that are not weighted
are exact; weighted ones are rounded to the last digit.

## Words

A simple fraction admits the percentages up to the midpoints to its neighbours among
{fractions}.
What stands before it moves the interval: *almost* admits values below only, down to six points under, *just over*
mirrors it; *more than*, *at least*, *less than* and *at most* admit one side. Words never narrow digits, and nothing is
accused by them alone.

Words are read in the language that `language` names. A further language is one file, `rounding/languages/xx.toml`.
Accents, hyphens and capitals make no difference, and German print may write *ae* for *ä*.

"""


def cell(text: str) -> str:
    """Escape what would end a cell of a table."""
    return text.replace("|", "\\|")


def code(text: str) -> str:
    """Set text as code, or nothing."""
    return f"`{cell(text)}`" if text else ""


def parameter_rows(parameters: list[Parameter]) -> list[str]:
    """Rows of a table of parameters."""
    kinds = {"number": "number or fraction", "count": "whole number", "text": "text"}
    return [
        f"| `{p.name}` | {', '.join(f'`{w}`' for w in p.words) or kinds[p.value]} | "
        f"{'needed' if p.default is None else code(p.default) or 'none'} | {cell(p.meaning)} |"
        for p in parameters
    ]


def rule_section(rule: Rule) -> str:
    """A rule with meaning, example, what it checks and what it cannot."""
    lines = [f"### `{rule.name}`", "", f"{rule.meaning[0].upper()}{rule.meaning[1:]}.", ""]
    if rule.inputs:
        lines += [f"- inputs: {rule.inputs}"]
    if rule.needs:
        lines += [f"- needs {', '.join(f'`{name}`' for name in rule.needs)}; may fill "
                  f"{', '.join(f'`{name}`' for name in rule.may)}"]  # fmt: skip
    example = [text for text in rule.example if text]
    lines += [f"- example: {' with '.join(code(text) for text in example)}"] if example else []
    lines += [f"- checks: {rule.checks}", f"- cannot: {rule.cannot}", ""]
    if rule.parameters:
        lines += ["| parameter | value | default | meaning |", "|---|---|---|---|"]
        lines += [*parameter_rows(list(rule.parameters.values())), ""]
    return "\n".join(lines)


def rules_page() -> str:
    """The page of rules."""
    parts = [RULES_HEAD, ALLOWS]
    parts.append("## What a survey declares of itself\n\nKeys of the block `aibaro` in `datapackage.json`.\n")
    rows = ["| key | value | without it | meaning | allows |", "|---|---|---|---|---|"]
    for s in settings().values():
        words = s.words or (s.values if isinstance(s.values, tuple) else ())
        value = ", ".join(f"`{word}`" for word in words) + ("; " if words else "") + f"such as {code(s.example)}"
        rows.append(f"| `{s.name}` | {value} | {code(s.default) or 'nothing'} | {cell(s.meaning)} | {cell(s.allows)} |")
    parts.append("\n".join(rows) + "\n")
    parts.append(
        "A declaration is a word, or an object with `kind`, for margins `margins`, and `location`, the place in the\n"
        "source that says so. In the column `weighting` of `bases.csv` it is a word, or `margins: age sex`.\n"
    )
    heads = {
        "relations": "## Relations\n\nRows of `relations.csv`: `kind, parts, whole`, and `status` (`declared`;\n"
        "`proposed` binds nothing until it is accepted) with its `evidence`. Parts and whole are\n"
        "`item[@base][|domain=level]`, stars over items allowed, or `@base` for all of a base. A part that names a\n"
        "level keeps it; other parts are taken in every domain, wave and group where all are printed.\n",
        "definitions": "## Definitions of bases\n\nColumn `definition` of `bases.csv`. A base without parent stands\n"
        "alone; further rows of one base with `domain` and `level` give its sizes by level, with `weighted` as `yes`\n"
        "where the size is a sum of weights.\n",
        "claims": "## Rules of claims\n\nColumn `rule` of `claims.csv`, with `inputs` in sections parted by ` / ` and "
        "`parameters` as `name=value` parted by `;`.\n",
        "comparisons": "## Comparisons\n\nColumn `kind` of `comparisons.csv`.\n",
    }
    for group, head in heads.items():
        parts.append(head)
        if group == "claims":
            parts.append("Every rule understands these parameters.\n")
            table = ["| parameter | value | default | meaning |", "|---|---|---|---|"]
            parts.append("\n".join([*table, *parameter_rows(list(claim_parameters().values()))]) + "\n")
        parts += [rule_section(rule) for rule in rules(group).values()]
    return "\n".join(parts).rstrip() + "\n"


def values(text: str) -> str:
    """What a printed text stands for, as an interval."""
    reading = read_printed(text, language="en", decimal="," if "," in text and "n =" not in text else ".")
    band = reading.interval()
    if band is None or band.empty:
        return "no value"
    low, high = f"{float(band.lower):g}", f"{float(band.upper):g}"
    if low == high:
        return f"{low} exactly"
    return f"{'[' if band.lower_closed else '('}{low}, {high}{']' if band.upper_closed else ')'}"


def notations_page() -> str:
    """The page of notations and words."""
    lines = [f"| `{text}` | {values(text)} | {remark} |" for text, remark in EXAMPLES]
    parts = [NOTATIONS_HEAD + "\n".join(lines) + "\n"]
    parts.append(WORDS_HEAD.format(fractions=", ".join(str(share) for share in FRACTIONS)).lstrip("\n"))
    names = {"nl": "Dutch", "en": "English", "de": "German", "fr": "French", "es": "Spanish"}
    for language in codes():
        data = tomllib.loads(
            files("aibaro.rounding").joinpath("languages", f"{language}.toml").read_text(encoding="utf-8")
        )
        rows = [f"### {names.get(language, language)} (`{language}`)", "", "| reading | words |", "|---|---|"]
        rows += [f"| {reading.replace('_', ' ')} | {', '.join(words)} |" for reading, words in data["openings"].items()]
        rows += [f"| {side.replace('_', ' ')} one half | {', '.join(words)} |" for side, words in data["sides"].items()]
        rows += [f"| vague | {', '.join(word for words in data['vague'].values() for word in words)} |"]
        rows += [f"| fractions | {', '.join(f'{words[0]} ({share})' for share, words in data['halves'].items())}; "
                 f"{', '.join(f'{words[0]} (1/{bottom})' for bottom, words in data['parts'].items())} |"]  # fmt: skip
        rows += [f"| percent | {', '.join(data['percent'])} |", f"| points | {', '.join(data['points'])} |", ""]
        parts.append("\n".join(rows))
    return "\n".join(parts).rstrip() + "\n"


PAGES = {"rules.md": rules_page, "notations.md": notations_page}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), encoding="utf-8")
