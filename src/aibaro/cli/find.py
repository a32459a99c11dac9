"""``aibaro find``: numbers and claims by their words, in English and Dutch."""

from __future__ import annotations

import argparse
import difflib
import unicodedata

import pandas as pd

from aibaro.cli._options import add_language
from aibaro.cli._terminal import FORMATS, say, write_frame
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
    parser.add_argument("--format", choices=FORMATS, default="table", help="how to print (default: table)")
    parser.add_argument("--wide", action="store_true", help="do not fold columns to the width of the terminal")
    add_language(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print what was found; nothing found is an answer too."""
    if arguments.most < 1:
        raise InputError("nothing would be shown", where="aibaro find", parameter="--most", expected=">= 1")
    surveys = [open_survey(name) for name in arguments.survey or bundled_names()]
    entries = pd.concat([_entries(survey, arguments.lang) for survey in surveys], ignore_index=True)
    wanted = [plain_words(word) for word in arguments.words]
    found = entries.loc[[all(word in text for word in wanted) for text in entries["text"]]]
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
        names = [item.get(f"label_{lang}") or row["item"] for lang in ("en", "nl")]
        parts = [level.get(f"label_{lang}") or row["level"] for lang in ("en", "nl")]
        chosen = 0 if language == "en" else 1
        shown = ", ".join(filter(None, [names[chosen], parts[chosen], row["group"], row["wave"]]))
        text = " ".join([*names, *parts, row["group"], row["wave"], row["location"], row["printed"], row["id"]])
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
