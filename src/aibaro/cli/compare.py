"""``aibaro compare SURVEY``: declared differences, their limits, and what would turn them."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aibaro.cli._options import add_conf_level, add_output, keep_apart
from aibaro.cli._terminal import folded
from aibaro.errors import InputError

if TYPE_CHECKING:
    from aibaro.compare import Differences
    from aibaro.published import PublishedSurvey


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("survey", metavar="SURVEY", nargs="?", help="id of a bundled survey, or a folder of your own")
    parser.add_argument(
        "--adoption",
        action="store_true",
        help="set what all bundled surveys say about adoption in one table, and say which figures may "
        "not be compared, and why",
    )
    parser.add_argument(
        "--deff",
        type=float,
        help="design effect of all percentages where weights are not published; by default verdicts cover 1 to 3",
    )
    parser.add_argument("--method", default="wald", help="interval of independent groups: wald (default) or newcombe")
    add_conf_level(parser)
    add_output(parser, "folder to write differences.csv into")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Compare and print."""
    if not 0 < arguments.conf_level < 1:
        raise InputError(
            "not a confidence level",
            where="aibaro compare",
            parameter="--conf-level",
            expected="a number between 0 and 1",
            got=str(arguments.conf_level),
            hint="write 0.95 for 95%",
        )
    from aibaro.compare import differences
    from aibaro.files import csv_text, write_text_atomic
    from aibaro.published import open_survey

    if arguments.adoption and arguments.deff is not None:
        raise InputError(
            "a design effect is assumed of one survey",
            where="aibaro compare",
            parameter="--deff",
            expected="without --adoption",
            got=str(arguments.deff),
        )
    if bool(arguments.survey) == arguments.adoption:
        raise InputError(
            "one survey, or the adoption figures of all",
            where="aibaro compare",
            parameter="SURVEY, --adoption",
            expected="either",
            got="both" if arguments.adoption else "neither",
        )
    if arguments.out is not None:
        keep_apart(arguments.out, command="compare")
    if arguments.adoption:
        return _adoption(arguments)
    survey = open_survey(arguments.survey)
    result = differences(survey, deff=arguments.deff, method=arguments.method, conf_level=arguments.conf_level)
    if arguments.out is not None:
        write_text_atomic(Path(arguments.out) / "differences.csv", csv_text(result.to_frame()))
    if not arguments.json:
        print(folded("\n".join([result.summary(), *_sensitivity_lines(_sensitivity(survey, result))])))
        return 0
    print(json.dumps({**result.to_dict(), **_sensitivity(survey, result)}, indent=1, ensure_ascii=False))
    return 0


def _adoption(arguments: argparse.Namespace) -> int:
    """Print what each survey says about adoption, and which comparisons definitions forbid."""
    from aibaro.compare import across, refusals
    from aibaro.compare.comparison_results import plain
    from aibaro.files import csv_text, write_text_atomic
    from aibaro.published import catalogue, load

    table = across([load(name) for name in catalogue()["name"]])
    pairs = refusals(table)
    if arguments.out is not None:
        write_text_atomic(Path(arguments.out) / "adoption.csv", csv_text(table))
        write_text_atomic(Path(arguments.out) / "refusals.csv", csv_text(pairs))
    if arguments.json:
        print(json.dumps({"adoption": plain(table), "pairs": plain(pairs)}, indent=1, ensure_ascii=False))
        return 0
    print(
        "what each survey says about adoption (95% limits: design-based at the largest standard error where strata "
        "are printed, else model-based at design effect 1)"
    )
    for row in table.to_dict("records"):
        limits = (
            ""
            if row["conf_low"] != row["conf_low"]
            else f" [{100 * row['conf_low']:.1f}, {100 * row['conf_high']:.1f}], n = {row['n']}"
        )
        print(
            f"  {100 * row['estimate']:5.1f}%{limits}  {row['survey']}, {row['place']}, {row['unit']}, {row['year']}:"
            f" {row['definition']} of {row['technology_scope']}; sampling {row['sampling']}; evidence "
            f"{row['quality']}"
        )
    allowed = pairs[pairs["comparable"]]
    print(f"{len(allowed)} of {len(pairs)} pairs may be compared; the others are refused:")
    for row in pairs.to_dict("records"):
        words = "may be compared" if row["comparable"] else row["reasons"]
        print(f"  {row['survey_a']} {row['fact_a']} | {row['survey_b']} {row['fact_b']}: {words}")
    return 0


def _sensitivity_lines(found: dict[str, Any]) -> list[str]:
    """Say what nonresponse and imputation would turn, in lines of the summary."""
    lines = []
    if found:
        lines.append("nonresponse: what those who did not answer must have been, for the share to reach its threshold")
    for row in found.get("nonresponse", ()):
        lines.append(
            f"  {row['item']:<34} {100 * row['low']:.1f}% to {100 * row['high']:.1f}% whatever they said; reaches "
            f"{100 * row['threshold']:g}% at {100 * row['shift_low']:+.1f} to {100 * row['shift_high']:+.1f} points "
            "from the respondents of their stratum"
        )
    rates = [row["response"] for row in found.get("imputation", ()) if row["response"] is not None]
    if rates:
        lines.append(
            f"imputation: {len(rates)} pairs of domains are significant by themselves; they stop being so at "
            f"an item response of {min(rates):.2f} (strongest) to {max(rates):.2f} (weakest)"
        )
    return lines


def _sensitivity(survey: PublishedSurvey, result: Differences) -> dict[str, Any]:
    """Add what nonresponse and imputation would turn, where sampled counts are printed."""
    if "sample" not in survey.strata:
        return {}
    from aibaro.compare.comparison_results import plain
    from aibaro.design import Design
    from aibaro.sensitivity import largest_fpc_ratio, response_table, survey_nonresponse

    # a share that is compared with an earlier wave must differ from it; any other is asked whether it is a majority
    thresholds = {w.item: float(w.before.value) for w in result.waves if w.base == "all"}
    columns = ["item", "domain", "level_a", "level_b", "estimate", "response"]
    found: dict[str, Any] = {"nonresponse": plain(survey_nonresponse(survey, thresholds))}
    if len(result.domains):
        design = Design.from_strata(survey.strata)
        pairs = result.domains
        ratios = [
            largest_fpc_ratio(
                design,
                [design.domain(**{row["domain"]: row[side]}) for side in ("level_a", "level_b")],
                row["std_error"],
            )
            for row in pairs.to_dict("records")
        ]
        found["imputation"] = plain(response_table(pairs.assign(fpc_ratio=ratios))[columns])
    return found
