"""Real headless Chromium, the synthetic report and the report of all bundled surveys."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from tests.environment import require
from tests.report import synthetic

from aibaro.cli import main
from aibaro.report import write_report

AXE = "axe-core@4.14.1"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
    "--disable-lcd-text",
)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """Give a headless Chromium with a profile of its own."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    require(chromium and driver, "chromium with chromedriver")
    options = webdriver.ChromeOptions()
    options.binary_location = str(chromium)
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    found = webdriver.Chrome(options=options, service=Service(str(driver)))
    yield found
    found.quit()


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the address of the synthetic report."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "synthetic").mkdir()
    files = write_report(
        {"synthetic": synthetic.entry(folder / "synthetic")}, folder, findings=synthetic.findings("synthetic")
    )
    return files[0].as_uri()


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the report of all bundled surveys, as the command writes it."""
    folder = tmp_path_factory.mktemp("whole")
    assert main(["replicate", "--out", str(folder)]) == 0
    return folder / "report.html"


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give axe-core's source: from the file that AIBARO_AXE names, else through npm into a temporary folder."""
    given = os.environ.get("AIBARO_AXE")
    if given:
        return Path(given).read_text(encoding="utf-8")
    npm = shutil.which("npm")
    require(npm, "npm, to install axe-core")
    folder = tmp_path_factory.mktemp("axe")
    command = [
        str(npm),
        "install",
        "--silent",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--prefix",
        str(folder),
        AXE,
    ]
    done = subprocess.run(command, check=False, capture_output=True, timeout=180)
    source = folder / "node_modules" / "axe-core" / "axe.min.js"
    require(done.returncode == 0 and source.is_file(), "axe-core from npm")
    return source.read_text(encoding="utf-8")
