"""Printed shares: of a whole base, by domain, by group, by wave."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from aibaro.facts import facts_of
from aibaro.report import figures
from aibaro.report.chapters.groups import family_words
from aibaro.report.chapters.section import Section
from aibaro.report.exhibits import Exhibit
from aibaro.report.inputs import SurveyResults
from aibaro.report.names import Names, brief, capital, without_head
from aibaro.report.tables import Table
from aibaro.report.words import LANGUAGES, Text, interval, percent, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from aibaro.published import PublishedSurvey


FEWEST_LEVELS = 3


def printed_shares(survey: PublishedSurvey) -> pd.DataFrame:
    """List the printed percentages as numbers, one row per fact."""
    rows = survey.printed[survey.printed["kind"] == "percentage"]
    facts = facts_of(survey)
    # what stands for a range, such as "<1%", is no point of a figure
    printings = [facts.printing(str(name)) for name in rows["id"]]
    plain = pd.Series([p.value is not None and p.band is None for p in printings], index=rows.index, dtype=bool)
    rows, printings = rows[plain], [p for p, kept in zip(printings, plain, strict=True) if kept]
    frame = rows.assign(estimate=[float(p.value or 0) for p in printings], digits=[p.decimals for p in printings])
    frame = frame.sort_values("digits", ascending=False, kind="stable").drop_duplicates("fact")
    return frame.sort_index()


def domain_section(results: SurveyResults, names: Names) -> Section | None:
    """Show the shares of every domain that is printed whole, first item in full, the others folded."""
    parts: dict[str, list[Exhibit]] = {}
    for (item, _), exhibit in domain_exhibits(results, names).items():
        parts.setdefault(item, []).append(exhibit)
    if not parts:
        return None
    chosen = results.survey.headline
    head = chosen if chosen in parts else next(iter(parts))
    rest = tuple(exhibit for item, exhibits in parts.items() if item != head for exhibit in exhibits)
    return Section(
        f"{results.survey.prefix}-domains",
        say("chapter.adoption"),
        say("chapter.adoption_lead"),
        tuple(parts[head]),
        rest,
        more_title=say("chapter.adoption_more"),
    )


def domain_exhibits(results: SurveyResults, names: Names) -> dict[tuple[str, str], Exhibit]:
    """Make a figure of every item and domain that is printed whole."""
    shares = printed_shares(results.survey)
    own = shares[shares["wave"].isin(["", results.survey.wave])]
    found: dict[tuple[str, str], Exhibit] = {}
    cells = own[own["domain"] != ""].groupby(["item", "base", "group", "domain"], sort=False)
    for (item, base, group, domain), rows in cells:
        levels = names.order.get(str(domain), ())
        if len(levels) < FEWEST_LEVELS or set(rows["level"]) != set(levels):
            continue
        total = own[(own["item"] == item) & (own["base"] == base) & (own["group"] == group) & (own["domain"] == "")]
        overall = float(total["estimate"].iloc[0]) if len(total) else None
        found.setdefault((str(item), str(domain)), _by_domain(results, names, rows, overall))
    return found


def _by_domain(results: SurveyResults, names: Names, rows: pd.DataFrame, overall: float | None) -> Exhibit:
    survey = results.survey
    first = rows.iloc[0]
    item, domain = str(first["item"]), str(first["domain"])
    frame = _with_intervals(results, rows, item, domain)
    methods = list(frame["method"].drop_duplicates()) if "method" in frame else []
    has_interval = "conf_low" in frame
    key = f"{survey.prefix}-{item}-{domain}".replace(".", "-").replace("_", "-")
    title = say("figure.by_domain", item=names.item(item), domain=names.domain(domain))
    levels = list(frame["level"].drop_duplicates())
    ordered = frame.drop_duplicates("level").sort_values("estimate", kind="stable")
    low, high = ordered.iloc[0], ordered.iloc[-1]
    caption = _join(
        say(
            "figure.by_see",
            high_where=brief(names.level(domain, high["level"])),
            high=percent(high["estimate"]),
            low_where=brief(names.level(domain, low["level"])),
            low=percent(low["estimate"]),
        ),
        _base_words(str(first["base"]), names),
        say("figure.by_methods" if len(methods) > 1 else "figure.by_method" if has_interval else "figure.by_nowhisker"),
    )

    def draw(axes: Axes, lang: str) -> None:
        line = "" if overall is None else say("figure.by_overall", value=percent(overall))[lang]
        figures.dot_whisker(
            frame,
            overall=overall,
            overall_label=line,
            labels=names.short(domain, lang),
            lang=lang,
            method="method" if len(methods) > 1 else None,
            methods={m: say(f"method.{m}")[lang] for m in methods} if len(methods) > 1 else None,
            ax=axes,
        )

    table = _table(key, title, frame, names, domain)
    rows_high = max(figures.rows_height(figures.named(levels, names.short(domain, lang))) for lang in LANGUAGES)
    height = rows_high + 0.15 + 0.2 * (len(methods) if len(methods) > 1 else 0)
    return Exhibit(key, title, caption, draw, height, table)


def _with_intervals(results: SurveyResults, rows: pd.DataFrame, item: str, domain: str) -> pd.DataFrame:
    """Put the intervals of the estimates beside the printed shares, where they exist."""
    base = rows[["level", "estimate"]].reset_index(drop=True)
    parts = []
    for frame, method in ((results.bounds, "conservative"), (results.estimates, "model")):
        if frame is None or not {"conf_low", "conf_high"} <= set(frame.columns):
            continue
        about = frame["item"].isin([item, f"{item}@{rows['base'].iloc[0]}"]) & (frame["domain"] == domain)
        part = frame.loc[about, ["level", "conf_low", "conf_high"]]
        if set(base["level"]) <= set(part["level"]):
            limits = part.assign(conf_low=100 * part["conf_low"], conf_high=100 * part["conf_high"], method=method)
            parts.append(base.merge(limits, on="level"))
    return _apart(pd.concat(parts, ignore_index=True)) if parts else base


def _apart(frame: pd.DataFrame) -> pd.DataFrame:
    """Leave one interval where two methods give the same, as far as a reader can see."""
    seen = frame.assign(low=frame["conf_low"].round(1), high=frame["conf_high"].round(1))
    return frame[~seen.duplicated(["level", "low", "high"])].reset_index(drop=True)


def _base_words(base: str, names: Names) -> Text | None:
    return None if base in {"", "all"} else say("figure.by_base", base=names.base(base))


def _join(*parts: Text | None) -> Text:
    known = [p for p in parts if p is not None]
    return Text("".join(p.en for p in known), "".join(p.nl for p in known))


def _table(key: str, title: Text, frame: pd.DataFrame, names: Names, domain: str) -> Table:
    heads = [say("column.level"), say("column.estimate")]
    if "conf_low" in frame:
        heads.append(say("column.interval"))
    if "method" in frame:
        heads.append(say("column.method"))
    rows = []
    for r in frame.sort_values("estimate", ascending=False, kind="stable").to_dict("records"):
        cells = [names.level(domain, str(r["level"])), percent(float(r["estimate"]))]
        if "conf_low" in frame:
            cells.append(interval(float(r["conf_low"]), float(r["conf_high"])))
        if "method" in frame:
            cells.append(say(f"method.{r['method']}"))
        rows.append(tuple(cells))
    return Table(key, title, tuple(heads), tuple(rows), (1, 2) if "conf_low" in frame else (1,), frame)


def overview_section(results: SurveyResults, names: Names) -> Section | None:
    """Show the printed shares of a survey as dots: by group where groups are printed, else one per row."""
    survey = results.survey
    shares = printed_shares(survey)
    third = set(results.ledger.loc[results.ledger["reason"] == "third_party", "id"])
    plain = shares[(shares["domain"] == "") & ~shares["id"].isin(third)]
    groups = [g for g in names.order.get("group", ()) if g in set(plain["group"])]
    if len(groups) > 1:
        both = plain[plain["group"].isin(groups)]
        full = both.groupby(["item", "base"])["group"].transform("nunique") == len(groups)
        data = both[full].drop_duplicates(["item", "base", "group"])
    else:
        data = plain[plain["group"] == ""].drop_duplicates("item")
    if len(data) < FEWEST_LEVELS:
        return None
    data = data[["item", "base", "group", "estimate"]].reset_index(drop=True)
    key = f"{survey.prefix}-shares"
    parts = _questions(data) if len(groups) < MOST_GROUPS_APART else {"": data}
    exhibits = tuple(
        _dots(f"{key}-{kind}".replace("_", "-") if kind else key, names, part, groups, kind)
        for kind, part in parts.items()
    )
    return Section(f"{key}-section", say("chapter.shares"), None, exhibits)


# groups that were asked the same are set beside each other in one figure
MOST_GROUPS_APART = 2
OTHER = "other"


def _questions(data: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Part shares by the question that their items answer; questions of one item stand together."""
    stems = data["item"].str.split(".").str[0]
    sizes = stems.map(stems.value_counts())
    kinds = stems.where(sizes > 1, OTHER)
    if kinds[kinds != OTHER].nunique() < 2:
        return {"": data}
    order = [kind for kind in kinds.drop_duplicates() if kind != OTHER]
    order += [OTHER] if (kinds == OTHER).any() else []
    return {str(kind): data[kinds == kind].reset_index(drop=True) for kind in order}


def _dots(key: str, names: Names, data: pd.DataFrame, groups: list[str], kind: str = "") -> Exhibit:
    data = data.assign(row=[f"{item}@{base}" for item, base in zip(data["item"], data["base"], strict=True)])
    data["place"] = data["group"].map({g: i for i, g in enumerate(groups)}).fillna(0)
    data = data.sort_values("place", kind="stable").drop(columns="place")
    grouped = len(groups) > 1
    heads = (say("column.item"), *((say("column.group"),) if grouped else ()), say("column.share"))
    rows = tuple(
        (
            names.item(str(r["item"])),
            *((names.level("group", str(r["group"])),) if grouped else ()),
            percent(float(r["estimate"]), 0 if float(r["estimate"]).is_integer() else 1),
        )
        for r in data.to_dict("records")
    )
    title = say("figure.shares_groups" if grouped else "figure.shares")
    if kind:
        title = say("figure.shares_other") if kind == OTHER else family_words(kind).map(capital)
    table = Table(key, title, heads, rows, (len(heads) - 1,), data.drop(columns="row"))
    decimals = 0 if (data["estimate"] % 1 == 0).all() else 1

    def draw(axes: Axes, lang: str) -> None:
        labels = {row: word[lang] for row, word in zip(facts, words, strict=True)}
        group_words = {g: names.level("group", g)[lang] for g in groups}
        figures.dot_whisker(
            data,
            label="row",
            labels=labels,
            decimals=decimals,
            lang=lang,
            width=30,
            method="group" if grouped else None,
            methods=group_words or None,
            ax=axes,
        )

    facts = list(data["row"].drop_duplicates())
    words = without_head([brief(names.item(r)) for r in facts]) if kind else [brief(names.item(r)) for r in facts]
    height = max(figures.rows_height(figures.named([w[lang] for w in words], None, 30)) for lang in LANGUAGES)
    height += 0.4 if grouped else 0.0
    caption = say(
        "figure.shares_groups_see" if grouped else "figure.shares_question_see" if kind else "figure.shares_see"
    )
    return Exhibit(key, title, caption, draw, height, table)


def _largest_change(data: pd.DataFrame, names: Names) -> Text:
    """Say which item moved most between its first and its last wave."""
    ends = [(str(item), rows.iloc[0], rows.iloc[-1]) for item, rows in data.groupby("item", sort=True)]
    item, first, last = max(ends, key=lambda end: abs(float(end[2]["estimate"]) - float(end[1]["estimate"])))
    return say(
        "figure.waves_see",
        item=names.item(item),
        first=percent(float(first["estimate"])),
        last=percent(float(last["estimate"])),
        was=first["wave"],
        now=last["wave"],
    )


def waves_section(results: SurveyResults, names: Names) -> Section | None:
    """Show items whose overall share is printed for more than one wave."""
    survey = results.survey
    shares = printed_shares(survey)
    own = survey.wave
    frame = shares[(shares["domain"] == "") & (shares["base"].isin(["", "all"])) & (shares["group"] == "")]
    frame = frame.assign(wave=frame["wave"].replace("", own))
    frame = frame[(frame["wave"] != "") & (frame.groupby("item")["wave"].transform("nunique") > 1)]
    if frame.empty:
        return None
    data = frame[["item", "wave", "estimate"]].sort_values(["item", "wave"]).reset_index(drop=True)
    key = f"{survey.prefix}-waves"
    rows = tuple(
        (names.item(str(r["item"])), Text.same(r["wave"]), percent(float(r["estimate"])))
        for r in data.to_dict("records")
    )
    heads = (say("column.item"), say("column.wave"), say("column.share"))
    table = Table(key, say("figure.waves"), heads, rows, (2,), data)

    def draw(axes: Axes, lang: str) -> None:
        labels = {item: brief(names.item(str(item)))[lang] for item in data["item"]}
        figures.wave_slopes(data, labels=labels, lang=lang, ax=axes)

    height = min(3.4, 1.6 + 0.45 * data["item"].nunique())
    exhibit = Exhibit(key, table.caption, _largest_change(data, names), draw, height, table)
    return Section(key + "-section", say("chapter.waves"), None, (exhibit,))


# --- Figures of a whole base, with the interval that every table of counts allows.

FEWEST_ITEMS = 2
# percentage points: wider than this, print says next to nothing
NO_BOUND = 90.0


def overall_section(results: SurveyResults, names: Names) -> Section | None:
    """Show the figures of whole bases with their conservative intervals, one drawing a kind of item and base."""
    if results.overall is None:
        return None
    rows = results.overall.assign(base=results.overall["base"].replace("", "all"))
    # everybody first
    rows = rows.sort_values("base", key=lambda base: base != "all", kind="stable")
    kinds = rows["item"].astype(str).str.split(".").str[0]
    parts = [
        _exhibit(results, names, str(kind), str(base), part.reset_index(drop=True))
        for (kind, base), part in rows.groupby([kinds, "base"], sort=False)
        if len(part) >= FEWEST_ITEMS
    ]
    if not parts:
        return None
    return Section(
        f"{results.survey.prefix}-overall",
        say("chapter.overall"),
        say("chapter.overall_lead"),
        (parts[0],),
        tuple(parts[1:]),
        more_title=say("chapter.overall_more"),
    )


def _exhibit(results: SurveyResults, names: Names, kind: str, base: str, rows: pd.DataFrame) -> Exhibit:
    key = f"{results.survey.prefix}-overall-{kind}-{base}".replace("_", "-")
    data = rows[["item", "estimate", "conf_low", "conf_high"]].copy()
    data[["estimate", "conf_low", "conf_high"]] *= 100
    spoken = say("figure.overall", kind=family_words(kind), base=names.base(base))
    title = Text(*(words[:1].upper() + words[1:] for words in (spoken.en, spoken.nl)))
    words = {str(item): names.item(str(item)) for item in data["item"]}
    wide = bool((data["conf_high"] - data["conf_low"] > NO_BOUND).any())
    caption = say("figure.overall_wide" if wide else "figure.overall_see")
    cells = tuple(
        (words[str(r["item"])], percent(float(r["estimate"])), interval(float(r["conf_low"]), float(r["conf_high"])))
        for r in data.sort_values("estimate", ascending=False, kind="stable").to_dict("records")
    )
    heads = (say("column.item"), say("column.estimate"), say("column.interval"))
    table = Table(key, title, heads, cells, (1, 2), data)

    bare = dict(zip(words, without_head([brief(word) for word in words.values()]), strict=True))

    def short(lang: str) -> dict[str, str]:
        return {item: word[lang] for item, word in bare.items()}

    def draw(axes: Axes, lang: str) -> None:
        figures.dot_whisker(data, label="item", labels=short(lang), lang=lang, width=30, ax=axes)

    height = max(figures.rows_height(figures.named(data["item"], short(lang), 30)) for lang in LANGUAGES) + 0.15
    return Exhibit(key, title, caption, draw, height, table)
