"""``aibaro reread``: does every number of a source stand in its transcription?"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from aibaro.errors import InputError
from aibaro.files import read_source, sha256_bytes
from aibaro.published import PublishedSurvey, left_over, open_survey, second_reading


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("survey", metavar="SURVEY", help="id of a bundled survey, or a folder")
    parser.add_argument("source", metavar="SOURCE", help="the source: a PDF, or UTF-8 text")
    parser.add_argument("--json", action="store_true", help="print a record for every token")


def run(arguments: argparse.Namespace) -> int:
    """Compare a source with its transcription."""
    survey = open_survey(arguments.survey)
    content = _content(Path(arguments.source))
    _compare_checksum(content, survey)
    reading = second_reading(_text(content, arguments.source), survey)
    rest = left_over(reading)
    if arguments.json:
        print(json.dumps(reading.to_dict(orient="records"), ensure_ascii=False, indent=2))
        return 1 if len(rest) else 0
    totals = {name: int(reading[name].sum()) for name in ("in_source", "in_printed", "in_ignored")}
    shares = int(reading.loc[reading["percent"], "in_source"].sum())
    print(
        f"{survey.name}: {totals['in_source']} numeric tokens in the source, {shares} of them percentages; "
        f"{totals['in_printed']} printings, {totals['in_ignored']} ignored, {len(rest)} left over"
    )
    for row in rest.to_dict(orient="records"):
        over = int(row["left_over"])
        side = "not transcribed" if over > 0 else "transcribed but not in the source"
        counts = f"source {row['in_source']}, printed {row['in_printed']}, ignored {row['in_ignored']}"
        print(f"  {row['token']}: {abs(over)} {side} ({counts})")
    apart = reading.loc[reading["apart"] > 0, ["token", "apart"]].to_dict("records")
    if apart:
        shown = ", ".join(f"{row['token']} ({row['apart']})" for row in apart)
        print(f"  set apart, for years, numbers of tables and digits of labels are no results: {shown}")
    return 1 if len(rest) else 0


def _content(path: Path) -> bytes:
    try:
        return read_source(path)
    except OSError as error:
        raise InputError(
            "the source cannot be read",
            where="aibaro reread",
            parameter="SOURCE",
            expected="a PDF or a text file",
            got=f"{path}: {error.strerror}",
        ) from error


def _text(content: bytes, path: str) -> str:
    if content[:5] == b"%PDF-":
        from aibaro.published.pdf import read_pdf

        reading = read_pdf(content, where=path)
        for text in reading.not_read:
            print(f"not read: {text}", file=sys.stderr)
        return reading.text
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            "the source is not UTF-8 text",
            where="aibaro reread",
            parameter="SOURCE",
            expected="a PDF or UTF-8",
            got=f"{path}: byte 0x{content[error.start]:02x} at {error.start}",
        ) from error


def _compare_checksum(content: bytes, survey: PublishedSurvey) -> None:
    recorded = {str(source["sha256"]) for source in survey.metadata.get("sources", []) if "sha256" in source}
    if recorded and sha256_bytes(content) not in recorded:
        print("this text is not the one that was transcribed: its checksum is not the recorded one", file=sys.stderr)
