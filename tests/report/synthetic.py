"""A synthetic survey, small and fixed: two sizes, three sectors, a ledger with every verdict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from aibaro.design import Design
from aibaro.ledger import Finding
from aibaro.published import read
from aibaro.weights import from_strata

MARKUP = "<img src=x onerror=alert(1)>\"'&"
STRATA = """size_class,sector,population,sample,respondents
small,trade,900,120,60
small,industry,600,80,40
small,services,400,60,30
large,trade,50,30,20
large,industry,70,40,25
large,services,20,12,6
"""
LEVELS = """domain,level,order,label_en,label_nl
size_class,small,1,small (under 50),klein
size_class,large,2,large,groot
sector,trade,1,trade,handel
sector,industry,2,industry,industrie
sector,services,3,business services of many kinds,zakelijke diensten van allerlei aard
"""
ITEMS = """item,type,label_en,label_nl
at_least_one,indicator,{label},gebruikt een hulpmiddel
edition,date,edition,editie
tool.a,indicator,uses tool A,gebruikt hulpmiddel A
sample,count,firms approached,benaderde bedrijven
response.reached,count,firms reached,bereikte bedrijven
response.usable,count,usable answers,bruikbare antwoorden
"""
PRINTED = """id,item,base,domain,level,printed,kind,wave,location
sy.summary.one,at_least_one,all,,,"31,4%",percentage,2023,"Summary, bullet 1"
sy.summary.one.2022,at_least_one,all,,,"22,0%",percentage,2022,"Summary, bullet 1"
sy.t1.one.trade,at_least_one,all,sector,trade,"28,0%",percentage,2023,"Table 1, row trade"
sy.t1.one.industry,at_least_one,all,sector,industry,"30,0%",percentage,2023,"Table 1, row industry"
sy.t1.one.services,at_least_one,all,sector,services,"41,0%",percentage,2023,"Table 1, row services"
sy.text.a,tool.a,all,,,"12,5%",percentage,2023,"Results, paragraph 2"
sy.text.sample,sample,,,,"342",count,2023,Method
sy.text.reached,response.reached,,,,"320",count,2023,Method
sy.text.usable,response.usable,,,,"181",count,2023,Method
sy.text.year,edition,,,,"2023",date,2023,"Summary, paragraph 1"
"""
VERDICTS: dict[str, tuple[str, str]] = {
    "sy.summary.one": ("reproduced", ""),
    "sy.summary.one.2022": ("not_checkable", "no_second_figure"),
    "sy.t1.one.trade": ("consistent", ""),
    "sy.t1.one.industry": ("consistent", ""),
    "sy.t1.one.services": ("rounding_dependent", ""),
    "sy.text.a": ("inconsistent", ""),
    "sy.text.sample": ("reproduced", ""),
    "sy.text.reached": ("consistent", ""),
    "sy.text.usable": ("reproduced", ""),
    "sy.text.year": ("not_checkable", "date"),
}


def folder(path: Path, label: str = "uses a tool") -> Path:
    """Write the synthetic survey."""
    descriptor = {
        "name": "synthetic",
        "title": f"Synthetic survey, {label}",
        "version": "1.0.0",
        "sources": [{"title": "Made up for the tests"}],
        "contributors": [{"title": "Nobody", "roles": ["publisher"]}],
        "aibaro": {
            "prefix": "sy",
            "wave": "2023",
            "imputation": "random hot deck",
            "funnel": "sample response.reached response.usable",
        },
    }
    (path / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
    quoted = '"' + label.replace('"', '""') + '"'
    for name, text in (("strata", STRATA), ("levels", LEVELS), ("printed", PRINTED)):
        (path / f"{name}.csv").write_text(text, encoding="utf-8")
    (path / "items.csv").write_text(ITEMS.format(label=quoted), encoding="utf-8")
    return path


def ledger(label: str = "") -> pd.DataFrame:
    """Give the synthetic ledger: verdicts are set, not computed."""
    rows: list[dict[str, Any]] = []
    for key, (verdict, reason) in VERDICTS.items():
        row: dict[str, Any] = {
            "id": key,
            "verdict": verdict,
            "reason": reason,
            "rule": "mixture_of",
            "argument": f"synthetic step one {label}\nsynthetic step two",
            "power": 0.5,
            "detection_limit": 0.1,
            "inputs": "sy.t1.one.trade unknown.id",
        }
        rows.append(row)
    frame = pd.DataFrame(rows)
    known = {"sy.summary.one": (31.35, 31.48), "sy.text.a": (13.1, 13.3)}
    frame["low"] = [known.get(key, (float("nan"),) * 2)[0] for key in frame["id"]]
    frame["high"] = [known.get(key, (float("nan"),) * 2)[1] for key in frame["id"]]
    frame["estimate"] = (frame["low"] + frame["high"]) / 2
    return frame


def claims(label: str = "") -> pd.DataFrame:
    """Give synthetic statements with both verdicts."""
    return pd.DataFrame(
        [
            {
                "id": "sy.c.rise",
                "claim": f"use rose {label}",
                "location": "Summary, bullet 1",
                "as_printed": "supported",
                "population": "depends",
                "reason": "",
                "argument": "synthetic argument",
            },
            {
                "id": "sy.c.most",
                "claim": "services lead",
                "location": "Results",
                "as_printed": "contradicted",
                "population": "refuted",
                "reason": "",
                "argument": "synthetic argument",
            },
        ]
    )


def entry(path: Path, label: str = "uses a tool") -> dict[str, Any]:
    """Give all that the report takes of one survey."""
    survey = read(folder(path, label))
    design = Design.from_strata(survey.strata)
    weights = from_strata(design)
    strata = weights.to_frame()
    strata["variance_share"] = [0.4, 0.2, 0.2, 0.1, 0.05, 0.05]
    levels = ["trade", "industry", "services"]
    about = {"item": "at_least_one", "domain": "sector"}
    bounds = pd.DataFrame(
        {
            **about,
            "level": levels,
            "estimate": [0.28, 0.30, 0.41],
            "conf_low": [0.2, 0.2, 0.28],
            "conf_high": [0.37, 0.41, 0.55],
            "se_lower": [0.02, 0.03, 0.04],
            "status": "sharp",
            "se_upper": [0.04, 0.05, 0.07],
            "std_error": [0.03, 0.04, 0.06],
        }
    )
    estimates = bounds.assign(conf_low=bounds["estimate"] - 0.06, conf_high=bounds["estimate"] + 0.06)
    ranks = pd.DataFrame({**about, "level": levels, "rank": [3, 2, 1], "rank_low": [2, 1, 1], "rank_high": [3, 3, 2]})
    pairs = pd.DataFrame(
        {
            **about,
            "level_a": ["trade", "trade", "industry"],
            "level_b": ["industry", "services", "services"],
            "relation": ["not_significant", "lower", "depends"],
        }
    )
    differences = pd.DataFrame(
        {
            "label": ["at_least_one", "tool.a"],
            "estimate": [0.08, -0.01],
            "conf_low": [0.02, -0.05],
            "conf_high": [0.14, 0.03],
            "breakdown_deff": [1.9, float("nan")],
        }
    )
    grim = pd.DataFrame({"id": ["sy.text.a"], "n": [181], "power": [0.82]})
    pinned = pd.DataFrame({"item": ["at_least_one", "tool.a"], "pinned": [2, 3], "cells": [6, 6]})
    detection = pd.DataFrame(
        {
            **about,
            "level": levels,
            "printed": ["28,0%", "30,0%", "41,0%"],
            "down": [0.5, 1.2, 3.0],
            "up": [0.4, float("nan"), 2.0],
        }
    )
    return {
        "survey": survey,
        "ledger": ledger(label),
        "claims": claims(label),
        "design": design,
        "strata": strata,
        "weighting": {"kish_ratio": weights.kish_ratio, "kish_effective_n": weights.kish_effective_n},
        "bounds": bounds,
        "estimates": estimates,
        "ranks": ranks,
        "pairs": pairs,
        "differences": differences,
        "grim": grim,
        "pinned": pinned,
        "detection": detection,
    }


def findings(survey: str) -> list[Finding]:
    """Rank the synthetic findings as a ledger would."""
    return [
        Finding("sy.text.a", survey, "Results, paragraph 2", "inconsistent", "", headline=False, distance=0.7),
        Finding("sy.c.most", survey, "Results", "contradicted", "", headline=False, distance=0.0),
        Finding("sy.c.rise", survey, "Summary, bullet 1", "depends", "", headline=True, distance=0.0),
    ]
