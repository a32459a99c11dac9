"""One printed fact, one reading: every room answers the same question about printings that disagree."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from aibaro import compare, reconstruct, sensitivity, synthesize
from aibaro.cli import main
from aibaro.consistency import judgements, suspects
from aibaro.design import Design
from aibaro.errors import AibaroError, ConflictError, InputError
from aibaro.facts import Facts, facts_of
from aibaro.published import PublishedSurvey, read
from aibaro.rounding import Interval
from aibaro.synthesize._reproduction import collect_targets

CELLS = {"name": "made", "aibaro": {"weighting": "cells"}}


def folder(path: Path, *, descriptor: dict | None = None, **files: str) -> Path:
    """Write files of rows, separated by |."""
    (path / "datapackage.json").write_text(json.dumps(descriptor or CELLS), encoding="utf-8")
    for name, text in files.items():
        (path / f"{name}.csv").write_text("\n".join(row.strip() for row in text.split("|")) + "\n", encoding="utf-8")
    return path


def survey(path: Path, *printings: str) -> PublishedSurvey:
    """Two strata whose everybody is printed several times: 14,0% of 200 is 28."""
    rows = [f'p{k},use,,,"{text}"' for k, text in enumerate(printings)]
    rows += ['a,use,size,small,"14,0%"', 'b,use,size,large,"14,0%"']
    return read(
        folder(
            path,
            strata="size,population,respondents,sample|small,1000,100,200|large,1000,100,150",
            printed="id,item,domain,level,printed|" + "|".join(rows),
        )
    )


def readings(found: PublishedSurvey) -> dict[str, Interval]:
    """What each room takes the share of everybody to be, in percent."""
    facts = facts_of(found)
    design = Design.from_strata(found.strata)
    row = sensitivity.survey_nonresponse(found, items=["use"]).iloc[0]
    own = next(t for t in collect_targets(found, design)[0] if t.overall)
    share = compare.share_of(found, "use")
    held = reconstruct.own_item(found, "use").share()
    assert held is not None
    judged = judgements(facts)["p0"].interval or facts["use"].interval()
    ends = {
        "facts": (facts["use"].interval().lower, facts["use"].interval().upper),
        "consistency": (judged.lower, judged.upper),
        "compare": (100 * share.low, 100 * share.high),
        "domains": tuple(100 * v for v in _whole(found)),
        "reconstruct": (100 * held.lower, 100 * held.upper),
        "sensitivity": (Fraction(str(100 * row["estimate_low"])), Fraction(str(100 * row["estimate_high"]))),
        "synthesize": (100 * own.band.lower, 100 * own.band.upper),
    }
    return {room: Interval(Fraction(low), Fraction(high)) for room, (low, high) in ends.items()}


def _whole(found: PublishedSurvey) -> tuple[Fraction, Fraction]:
    share = compare.domain_shares(found, "use")[-1].share
    return share.low, share.high


@pytest.mark.parametrize("texts", [("14,0%", "14%"), ("14%", "14,0%", "14,0%"), ("14,0%", "about 14%")])
def test_rooms_agree_on_a_fact_with_several_printings(tmp_path: Path, texts: tuple[str, ...]) -> None:
    found = readings(survey(tmp_path, *texts))
    for room, band in found.items():
        assert np.isclose(float(band.lower), 13.95), room
        assert np.isclose(float(band.upper), 14.05), room


def test_no_room_picks_one_of_printings_that_exclude_each_other(tmp_path: Path) -> None:
    found = survey(tmp_path, "14,0%", "14%", "13,9%")
    facts = facts_of(found)
    assert facts["use"].interval().empty
    for ask in (
        lambda: compare.share_of(found, "use"),
        lambda: compare.domain_shares(found, "use"),
        lambda: reconstruct.own_item(found, "use"),
        lambda: sensitivity.survey_nonresponse(found, items=["use"]),
    ):
        with pytest.raises(ConflictError, match="p0 14,0%; p1 14%; p2 13,9%"):
            ask()
    targets, left = collect_targets(found, Design.from_strata(found.strata))
    assert [t.level for t in targets] == ["large", "small"]
    assert {x.id for x in left} == {"p0", "p1", "p2"}
    # what is asked of a whole survey is answered for the rest, and the conflict is named
    # 14,0% in both strata leaves [13.95, 14.05] of all, which 13,9% does not meet
    (conflict,) = suspects(facts)
    assert conflict.ids == ("p2",)
    assert compare.differences(found).left_out == (
        "use: printings of one fact exclude each other, or one is impossible",
    )
    assert sensitivity.survey_nonresponse(found).attrs["left_out"] == ("use",)
    assert len(synthesize.synthesize(found, seed=1).to_frame()) == 200


POLL = {
    "strata": "age,population,respondents|young,186000,138|old,1517000,1565",
    "printed": "id,item,domain,level,wave,weighted,printed|y,use,age,young,,yes,7%|o,use,age,old,,yes,27%"
    "|a,use,,,,yes,13%|b,use,,,2023,yes,22%|c,mark,,,2023,yes,5%",
    "bases": "base,parent,definition,respondents|all,,all,1703",
}
USERS = {
    "strata": "region,population,respondents|a,1000,10|b,1000,100",
    "printed": "id,item,base,domain,level,wave,weighted,printed|ua,use,all,region,a,,yes,40%"
    "|ub,use,all,region,b,,yes,30%|u,use,all,,,,yes,35%|ma,mark,users,region,a,,yes,37%|mb,mark,users,region,b,,yes,50%|m,mark,users,,,,yes,45%"
    "|w,mark,users,,,2022,yes,40%",
    "bases": "base,parent,definition,respondents|all,,all,110|users,all,any(use),",
}


@pytest.mark.parametrize("files", [POLL, USERS], ids=["earlier wave of a raked poll", "an earlier wave among users"])
@pytest.mark.parametrize("weighting", ["cells", "margins", "unknown"])
def test_no_job_ends_in_a_traceback(
    tmp_path: Path, files: dict[str, str], weighting: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder(tmp_path, descriptor={"name": "made", "aibaro": {"weighting": weighting}}, **files)
    for job in (["bounds", "--processes", "1"], ["compare"]):
        code = main([job[0], str(path), *job[1:]])
        text = capsys.readouterr()
        # what print says of users cannot hold: a finding; bounds need the weighting; differences that print allows
        finding = files is USERS and weighting == "cells" and job[0] == "bounds"
        refused = job[0] == "bounds" and weighting != "cells"
        assert code == (1 if finding else 2 if refused else 0) or files is POLL
        assert "Traceback" not in text.err
        if job[0] == "bounds" and weighting != "cells":
            assert code == 2
            assert "weighting = cells" in text.err
            assert '"weighting": "cells"' in text.err


def test_whole_counts_find_what_no_rounding_explains(tmp_path: Path) -> None:
    """40% of 10 is 4 users; 37% of 4 is no whole number."""
    found = read(folder(tmp_path, **USERS))
    assert reconstruct.attainability(reconstruct.own_item(found, "use")).verdict == "attainable"
    verdict = reconstruct.attainability(reconstruct.own_item(found, "mark", "users"))
    assert verdict.verdict == "conflict"
    assert "ma" in verdict.conflict.ids
    # the earlier wave is compared with a figure that print itself excludes nowhere: it is read, never an abort
    changes = compare.survey_waves(found)
    assert [(c.item, c.base) for c in changes] == [("mark", "users")]


def test_a_raked_poll_is_not_taken_for_counts(tmp_path: Path) -> None:
    """31,5% of 138 respondents is no k/138, and no misprint: weights differ."""
    path = folder(
        tmp_path,
        descriptor={"name": "poll", "aibaro": {"weighting": "unknown"}},
        strata="region,population,respondents|scotland,146000,138|rest,1557000,1565",
        printed='id,item,domain,level,weighted,printed|s,vote,region,scotland,yes,"31,5%"|r,vote,region,rest,yes,"0,2%"'
        '|t,vote,,,yes,"2,9%"',
    )
    found = read(path)
    assert reconstruct.whole_counts(facts_of(found)) == reconstruct.WholeCounts()
    with pytest.raises(InputError, match="weighting = cells"):
        reconstruct.own_item(found, "vote")
    left = compare.differences(found).left_out
    assert len(left) == 1
    assert "weighting = cells" in left[0]
    with pytest.raises(AibaroError, match="weighting = cells"):
        synthesize.synthesize(found, seed=1)


def test_rooms_take_facts_too(tmp_path: Path) -> None:
    found = survey(tmp_path, "14,0%")
    facts = Facts.of(found)
    assert compare.share_of(facts, "use").box == compare.share_of(found, "use").box
    assert reconstruct.own_item(facts, "use").fingerprint() == reconstruct.own_item(found, "use").fingerprint()
