"""How far are estimates from rows behind the bare sums, and how far ahead of other packages?

Synthetic rows in the 44 strata of the AI-Barometer: 8 yes-or-no items, one lognormal outcome, a denominator.  In one
process and in turn: a hand-written native query with the same passes, sums and non-null counts, and aibaro's estimate.
Other packages run on the same rows, each in its own interpreter::

    python benchmarks/estimate_speed.py --rows 100000 1000000 --peer svy=PYTHON --peer samplics=PYTHON --peer R=Rscript
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from speed_peers import ITEMS, REPLICATES, STRATA, Job, clock, r_times

HERE = Path(__file__).resolve().parent
JOBS = ("means", "domains", "ratios", "rao-scott", "greg", "replicates")
LIBRARIES = ("polars", "polars lazy", "duckdb", "pyarrow", "pandas")
SEED = 20233


def strata_of(rows: int) -> pd.DataFrame:
    """Scale the published strata to the number of rows, at least 20 respondents each."""
    from aibaro.published import load

    table = load("flanders-2023").strata[[*STRATA, "respondents", "population"]].copy()
    factor = rows / table["respondents"].sum()
    table["n"] = np.maximum((table["respondents"] * factor).astype(int), 20)
    table.loc[table["n"].idxmax(), "n"] += rows - table["n"].sum()
    table["stratum_population"] = np.rint(table["n"] * table["population"] / table["respondents"]).astype(int)
    return table.reset_index(drop=True)


def make(folder: Path, rows: int) -> None:
    """Write synthetic rows, in random order, for all tools."""
    rng = np.random.default_rng(SEED)
    strata = strata_of(rows)
    place = rng.permutation(np.repeat(np.arange(len(strata)), strata["n"]))
    data = pd.DataFrame(
        {k: pd.Categorical.from_codes(pd.factorize(strata[k])[0][place], pd.factorize(strata[k])[1]) for k in STRATA}
    ).astype(str)
    for i, item in enumerate(ITEMS):
        data[item] = rng.random(rows) < 0.05 + 0.1 * i
    data["staff"] = np.ceil(rng.lognormal(2, 1, rows))
    data["turnover"] = rng.lognormal(10, 1.5, rows)
    data["n"] = strata["n"].to_numpy()[place]
    data["stratum_population"] = strata["stratum_population"].to_numpy()[place]
    data["weight"] = data["stratum_population"] / data["n"]
    data.to_parquet(folder / "rows.parquet", index=False)
    strata[[*STRATA, "stratum_population"]].rename(columns={"stratum_population": "population"}).to_csv(
        folder / "strata.csv", index=False
    )
    weight = data["weight"]
    levels = {k: (weight.groupby(data[k]).sum() * 1.0).to_dict() for k in STRATA}
    staff = float((weight * data["staff"]).sum() * 1.01)
    (folder / "totals.json").write_text(json.dumps({"levels": levels, "staff": staff}))
    write_for_r(folder, data, levels, staff)


def write_for_r(folder: Path, data: pd.DataFrame, levels: Mapping[str, Mapping[str, float]], staff: float) -> None:
    """Write columns that R reads without a package."""
    kinds = []
    for name in (*STRATA, *ITEMS, "staff", "turnover", "stratum_population"):
        column = data[name]
        if name in STRATA:
            column = pd.Series(pd.factorize(column, sort=True)[0] + 1)
        kind = "double" if column.dtype == float else "integer"
        column.to_numpy().astype("<f8" if kind == "double" else "<i4").tofile(folder / f"{name}.bin")
        kinds.append((name, kind, len(data)))
    pd.DataFrame(kinds, columns=["name", "kind", "rows"]).to_csv(folder / "columns.csv", index=False)
    known = [("(Intercept)", sum(levels["sector"].values()))]
    for k in STRATA:
        known += [(f"{k}{i + 1}", levels[k][level]) for i, level in enumerate(sorted(levels[k])) if i]
    pd.DataFrame([*known, ("staff", staff)], columns=["name", "total"]).to_csv(folder / "greg.csv", index=False)


def frame_of(library: str, path: Path) -> Any:
    """Hold the rows in memory, in one frame library."""
    columns = [*STRATA, *ITEMS, "staff", "turnover"]
    if library.startswith("polars"):
        import polars as pl

        frame = pl.read_parquet(path, columns=columns)
        return frame.lazy() if library.endswith("lazy") else frame
    if library == "duckdb":
        import duckdb

        duckdb.execute("SET enable_progress_bar = false")
        duckdb.execute(f"CREATE TABLE held AS SELECT {', '.join(columns)} FROM read_parquet('{path}')")
        return duckdb.table("held")
    import pyarrow.parquet as pq

    table = pq.read_table(path, columns=columns)
    return table.to_pandas() if library == "pandas" else table


def aibaro_jobs(frame: Any, folder: Path) -> dict[str, Job]:
    """Give the jobs of aibaro on rows of any library; the design was declared before."""
    from aibaro.design import Design
    from aibaro.estimate import chi_square, mean, proportion, ratio
    from aibaro.weights import calibrate

    design = Design.from_frame(frame, strata=list(STRATA), population=pd.read_csv(folder / "strata.csv"))
    known = json.loads((folder / "totals.json").read_text())
    totals = {**known["levels"], "staff": known["staff"]}

    def greg() -> Any:
        result = calibrate(frame, totals).frame
        # a lazy frame is only a query: what is timed is the weights
        return result.collect() if hasattr(result, "collect") else getattr(result, "to_arrow_table", lambda: result)()

    return {
        "means": lambda: proportion(frame, list(ITEMS), design=design),
        "numeric": lambda: mean(frame, "turnover", design=design),
        "domains": lambda: proportion(frame, list(ITEMS), design=design, by=list(STRATA)),
        "ratios": lambda: ratio(frame, "turnover", "staff", design=design, by="sector"),
        "rao-scott": lambda: chi_square(frame, "sector", "item3", design=design),
        "replicates": lambda: mean(
            frame, list(ITEMS), design=design, variance="bootstrap", replicates=REPLICATES, seed=1
        ),
        "greg": greg,
    }


def sums(rows: int) -> dict[str, list[list[tuple[str, str, str]]]]:
    """Say which sums each job needs, pass by pass: (aggregate, first column, second column)."""
    binary = [(f, i, "") for i in ITEMS for f in ("sum", "count")]
    first = [(f, c, "") for c in ("turnover", "staff") for f in ("sum", "count")]
    second = [
        ("centred", "turnover", ""),
        ("centred", "staff", ""),
        ("product", "turnover", "turnover"),
        ("product", "turnover", "staff"),
        ("product", "staff", "staff"),
    ]
    return {
        "means": [binary],
        "domains": [binary],
        "numeric": [first[:2], [second[0], second[2]]],
        "ratios": [first, second],
        "rao-scott": [[]],
    }


def native_jobs(library: str, frame: Any, rows: int) -> dict[str, Job]:
    """Give hand-written queries with the same passes, sums and non-null counts."""
    makers = {"polars": polars_pass, "duckdb": duckdb_pass, "pyarrow": arrow_pass, "pandas": pandas_pass}
    maker = makers[library.split(maxsplit=1)[0]]
    centre = {"turnover": 70_000.0, "staff": 12.0}

    def job(name: str, passes: list[list[tuple[str, str, str]]]) -> Job:
        keys = [*STRATA, *(["item3"] if name == "rao-scott" else [])]
        return lambda: [maker(frame, keys, asked, centre) for asked in passes]

    return {name: job(name, passes) for name, passes in sums(rows).items()}


def polars_pass(frame: Any, keys: list[str], asked: list[tuple[str, str, str]], centre: dict[str, float]) -> Any:
    """Add up in Polars, streaming."""
    import polars as pl

    made = [pl.len()]
    for i, (kind, a, b) in enumerate(asked):
        x = pl.col(a)
        made.append(
            {
                "sum": lambda x=x: x.sum(),
                "count": lambda x=x: x.count(),
                "centred": lambda x=x, a=a: (x - centre[a]).sum(),
                "product": lambda x=x, a=a, b=b: ((x - centre[a]) * (pl.col(b) - centre[b])).sum(),
            }[kind]().alias(f"v{i}")
        )
    return frame.lazy().group_by(keys).agg(*made).collect(engine="streaming")


def duckdb_pass(frame: Any, keys: list[str], asked: list[tuple[str, str, str]], centre: dict[str, float]) -> Any:
    """Add up in DuckDB."""
    forms = {
        "sum": "sum({a})",
        "count": "count({a})",
        "centred": "sum({a} - {ca})",
        "product": "sum(({a} - {ca}) * ({b} - {cb}))",
    }
    made = [forms[k].format(a=a, b=b, ca=centre.get(a), cb=centre.get(b)) for k, a, b in asked]
    names = ", ".join(keys)
    return frame.query("rows", f"SELECT {', '.join([names, 'count(*)', *made])} FROM rows GROUP BY {names}").fetchall()


def arrow_pass(frame: Any, keys: list[str], asked: list[tuple[str, str, str]], centre: dict[str, float]) -> Any:
    """Add up in PyArrow, after computing the columns that need it."""
    import pyarrow.compute as pc

    columns, made = {k: frame[k] for k in keys}, []
    for i, (kind, a, b) in enumerate(asked):
        x = frame[a]
        if kind in {"centred", "product"}:
            x = pc.subtract(x, centre[a])
            x = x if kind == "centred" else pc.multiply(x, pc.subtract(frame[b], centre[b]))
        columns[f"v{i}"] = x
        made.append((f"v{i}", "count" if kind == "count" else "sum"))
    return type(frame).from_pydict(columns).group_by(keys).aggregate([([], "count_all"), *made])


def pandas_pass(frame: Any, keys: list[str], asked: list[tuple[str, str, str]], centre: dict[str, float]) -> Any:
    """Add up in pandas, by the fastest of its own ways."""
    columns = {k: frame[k] for k in keys}
    made: dict[str, tuple[str, str]] = {"rows": (keys[0], "size")}
    for i, (kind, a, b) in enumerate(asked):
        x = frame[a]
        if kind in {"centred", "product"}:
            x = x - centre[a]
            x = x if kind == "centred" else x * (frame[b] - centre[b])
        columns[f"v{i}"] = x
        made[f"v{i}"] = (f"v{i}", "count" if kind == "count" else "sum")
    return pd.DataFrame(columns).groupby(keys, observed=True, sort=False).agg(**made)


def worker(library: str, folder: Path, repeats: int, skip: set[str]) -> None:
    """Time one frame library, native and aibaro in turn, and print a record a job."""
    frame = frame_of(library, folder / "rows.parquet")
    ours = aibaro_jobs(frame, folder)
    native = native_jobs(library, frame, 0)
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for name, job in ours.items():
        if name in skip:
            continue
        pair = {"aibaro": job, **({"native": native[name]} if name in native else {})}
        measured = clock(pair, repeats)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for who, times in measured.items():
            label = f"aibaro {library}" if who == "aibaro" else f"native {library}"
            print(
                json.dumps(
                    {
                        "tool": label,
                        "job": name,
                        **times,
                        "held_mib": round(held / 1024),
                        "peak_mib": round(peak / 1024),
                    }
                ),
                flush=True,
            )


def machine() -> dict[str, Any]:
    """Describe what the numbers were measured on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(memory, 1),
        "system": platform.system(),
        "python": platform.python_version(),
        "load": [round(v, 1) for v in os.getloadavg()],
    }


def main() -> None:
    """Run every tool on every size; keep what is measured after each."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--library", nargs="*", default=list(LIBRARIES))
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=PROGRAM")
    parser.add_argument("--jobs", default=",".join(JOBS), help="jobs of the peers")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--peer-repeats", type=int, default=1)
    parser.add_argument("--out", type=Path, default=HERE / "results" / "estimate_speed.json")
    parser.add_argument("--skip", default="", help="jobs of aibaro that are left out")
    parser.add_argument("--worker", nargs=2, metavar=("LIBRARY", "FOLDER"))
    a = parser.parse_args()
    if a.worker:
        worker(a.worker[0], Path(a.worker[1]), a.repeats, set(a.skip.split(",")))
        return
    report = json.loads(a.out.read_text()) if a.out.exists() else {"runs": []}
    for rows in a.rows:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            make(folder, rows)
            run = {"rows": rows, "machine": machine(), "repeats": a.repeats, "results": []}
            report["runs"].append(run)
            commands = [
                [sys.executable, __file__, "--worker", library, name, "--repeats", str(a.repeats), "--skip", a.skip]
                for library in a.library
            ]
            peers = dict(p.split("=", 1) for p in a.peer)
            commands += [
                [program, str(HERE / "speed_peers.py"), peer, name, a.jobs, str(a.peer_repeats)]
                for peer, program in peers.items()
                if peer != "R"
            ]
            for command in commands:
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                run["results"] += [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
                if done.returncode:
                    tool = command[3 if command[2] == "--worker" else 2]
                    said = (done.stderr.strip() or "ended without a word").splitlines()[-1][:200]
                    run["results"].append({"tool": tool, "failed": said})
                keep(a.out, report)
            if "R" in peers:
                run["results"] += r_times(peers["R"], folder, a.jobs.split(","), a.peer_repeats)
                keep(a.out, report)


def keep(path: Path, report: dict[str, Any]) -> None:
    """Write what was measured so far."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(report, indent=1) + "\n")
    for record in report["runs"][-1]["results"][-1:]:
        print(record, flush=True)


if __name__ == "__main__":
    main()
