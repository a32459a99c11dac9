"""A wheel, installed elsewhere into a fresh environment, carries its data and does the main job."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

from tests.environment import require

ROOT = Path(__file__).resolve().parent.parent


def run(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a program outside the checkout, without its paths."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    return subprocess.run(words, cwd=cwd, env=kept, capture_output=True, text=True, timeout=540, check=False)


def test_an_installed_wheel_replicates_outside_the_checkout(tmp_path: Path) -> None:
    built = run(
        sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT), cwd=tmp_path
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("aibaro-*.whl")
    # this environment's pip fills the fresh one; of its thousands of modules Python compiles those that it imports
    venv.create(tmp_path / "fresh", with_pip=False)
    python = tmp_path / "fresh" / ("Scripts" if os.name == "nt" else "bin") / "python"
    installed = run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--quiet",
        "--no-compile",
        "--disable-pip-version-check",
        "--constraint",
        str(ROOT / "constraints.txt"),
        str(wheel),
        cwd=tmp_path,
    )
    require(installed.returncode == 0, f"a package index for a fresh environment ({installed.stderr[-300:]})")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    listed = run(str(python), "-m", "aibaro", "list", cwd=elsewhere)
    assert listed.returncode == 0, listed.stderr
    assert "flanders-2023" in listed.stdout
    # the tests in the browser replicate all five surveys; here one does, and a shipped bound is verified
    replicated = run(str(python), "-m", "aibaro", "replicate", "topdesk-2025", "--out", "out", cwd=elsewhere)
    assert replicated.returncode == 0, replicated.stdout + replicated.stderr
    bounds = run(str(python), "-m", "aibaro", "bounds", "--item", "technology.nlg", cwd=elsewhere)
    assert bounds.returncode == 0, bounds.stdout + bounds.stderr
    assert "288 bounds verified" in bounds.stderr
    written = {path.name for path in (elsewhere / "out").iterdir()}
    assert {"report.html", "ledger.csv", "ledger.json", "claim_verdicts.csv", "figures"} <= written
