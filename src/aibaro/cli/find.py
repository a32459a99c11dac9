"""``aibaro find``: numbers and claims by their words, in English and Dutch."""

from __future__ import annotations

import argparse
import difflib
import re
import unicodedata
from collections.abc import Sequence

import pandas as pd

from aibaro.cli._options import add_language
from aibaro.cli._terminal import add_format, say, write_frame
from aibaro.errors import InputError
from aibaro.messages import message
from aibaro.published import PublishedSurvey, open_survey
from aibaro.published.bundled import bundled_names

MOST = 30


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("words", nargs="+", metavar="WORD", help="all of them have to occur, in any order and case")
    parser.add_argument(
        "--survey", action="append", metavar="SURVEY", help="a bundled survey or a folder (default: all bundled ones)"
    )
    parser.add_argument("--most", type=int, default=MOST, metavar="K", help=f"rows to show at most (default: {MOST})")
    add_format(parser)
    add_language(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print what was found; nothing found is an answer too."""
    if arguments.most < 1:
        raise InputError("nothing would be shown", where="aibaro find", parameter="--most", expected=">= 1")
    surveys = [open_survey(name) for name in arguments.survey or bundled_names()]
    entries = pd.concat([_entries(survey, arguments.lang) for survey in surveys], ignore_index=True)
    wanted = [word for given in arguments.words for word in plain_words(given).split()]
    others = [_others(word) for word in wanted]
    # of the words that were asked for, how many occur; a word counts more where it begins one
    hits = [[_hit(words, f" {text}") for words in others] for text in entries["text"]]
    held = pd.Series([sum(map(bool, row)) for row in hits], index=entries.index, dtype=int)
    rank = pd.Series([sum(row) for row in hits], index=entries.index, dtype=int)
    most = int(held.max()) if len(held) else 0
    # one word of two is worth showing, one of four is chance
    found = entries.loc[held == most] if 2 * most >= len(wanted) > 0 < most else entries.iloc[:0]
    found = found.loc[rank[found.index].sort_values(ascending=False, kind="stable").index]
    if not found.empty and most < len(wanted):
        missed = [
            word for word, hit in zip(wanted, hits[entries.index.get_loc(found.index[0])], strict=True) if not hit
        ]
        say(message("summary.find_some", words=" ".join(missed)).text(arguments.lang))
    if found.empty:
        near = _near(wanted, entries["text"])
        asked = " ".join(arguments.words)
        told = (
            message("summary.find_near", words=asked, near=near) if near else message("summary.find_none", words=asked)
        )
        print(told.text(arguments.lang))
        return 0
    shown = found.drop(columns="text").head(arguments.most)
    if arguments.format == "table":
        shown = shown.rename(columns={name: message(f"summary.column_{name}").text(arguments.lang) for name in shown})
    print(write_frame(shown, arguments.format, wide=arguments.wide))
    if len(found) > arguments.most:
        more = message("summary.find_more", count=len(found) - arguments.most, all=len(found))
        say(more.text(arguments.lang))
    say(message("summary.find_explain", id=found["id"].iloc[0]).text(arguments.lang))
    return 0


# words of readers and of publications for one thing, in both languages
_SAME = (
    ("firm", "compan", "business", "enterprise", "bedrij", "ondernem"),
    ("barrier", "obstacle", "hurdle", "belemmering", "drempel", "obstakel"),
    ("job", "employment", "work", "baan", "banen", "werk"),
    ("response", "respons"),
    ("regulation", "legal", "law", "wet", "regelgeving", "juridisch"),
    ("citizen", "public", "burger", "inwoner", "publiek"),
    ("chance", "opportunit", "kans"),
    ("danger", "risk", "gevaar", "risico"),
    ("worry", "worri", "concern", "zorg", "bezorgd"),
    ("knowledge", "skill", "kennis", "vaardig"),
    ("school", "education", "onderwijs"),
    ("health", "care", "gezondheid", "zorg"),
    ("city", "municipal", "gemeente"),
    ("policy", "beleid"),
)
_ENDINGS = re.compile(r"(percentages?|rates?|ies|s|en)$")


def _others(word: str) -> tuple[str, ...]:
    """A word, its stem, and other words for the same thing."""
    stem = _ENDINGS.sub("", word) if len(word) > 5 else word
    stem = stem if len(stem) > 3 else word
    same = [other for group in _SAME for other in group if any(len(o) > 3 and word.startswith(o) for o in group)]
    return tuple(dict.fromkeys([word, stem, *same]))


def _hit(words: Sequence[str], text: str) -> int:
    """How well a text answers a word: 3 where it stands there, 2 at a beginning, 1 for another word or inside one."""
    if f" {words[0]} " in f"{text} ":
        return 3
    if f" {words[0]}" in text:
        return 2
    return int(words[0] in text or any(f" {word}" in text for word in words[1:]))


def plain_words(text: str) -> str:
    """Fold case, accents and punctuation, so that words are found as people type them."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c if c.isalnum() else " " for c in letters if not unicodedata.combining(c)).split())


def _entries(survey: PublishedSurvey, language: str) -> pd.DataFrame:
    """Numbers and claims of a survey, with the text that is searched: labels in both languages, place and id."""
    items, levels = survey.items.set_index("item"), survey.levels.set_index(["domain", "level"])
    rows, spoken = [], message("summary.statement").text(language)
    for row in survey.printed.to_dict("records"):
        item = items.loc[row["item"]] if row["item"] in items.index else {}
        place = (row["domain"], row["level"])
        level = levels.loc[place] if row["domain"] and place in levels.index else {}
        grouped = levels.loc[("group", row["group"])] if ("group", row["group"]) in levels.index else {}
        names = [item.get(f"label_{lang}") or row["item"] for lang in ("en", "nl")]
        parts = [level.get(f"label_{lang}") or row["level"] for lang in ("en", "nl")]
        groups = [grouped.get(f"label_{lang}") or row["group"] for lang in ("en", "nl")]
        chosen = 0 if language == "en" else 1
        shown = ", ".join(filter(None, [names[chosen], parts[chosen], groups[chosen], row["wave"]]))
        text = " ".join([*names, *parts, *groups, row["wave"], row["location"], row["printed"], row["id"]])
        rows.append({"id": row["id"], "printed": row["printed"], "what": shown, "text": plain_words(text)})
    for row in survey.claims.to_dict("records"):
        words = {lang: row.get(f"claim_{lang}") or row.get("claim") or "" for lang in ("en", "nl")}
        text = " ".join([*words.values(), row["location"], row["id"]])
        rows.append({"id": row["id"], "printed": spoken, "what": words[language], "text": plain_words(text)})
    return pd.DataFrame(rows, columns=["id", "printed", "what", "text"])


def _near(words: list[str], texts: pd.Series) -> str:
    known = {word for text in texts for word in text.split()}
    near = [difflib.get_close_matches(word, known, 1, cutoff=0.75) for word in words if word not in known]
    return " ".join(match[0] for match in near if match)
