"""A Spark session of two threads; without PySpark and Java the tests are skipped, and with CI=true they fail."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from tests.environment import require


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    require(importlib.util.find_spec("pyspark"), "PySpark")
    require(shutil.which("java"), "a Java runtime")
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.sql.shuffle.partitions", 3)
        .config("spark.ui.enabled", "false")
        .config("spark.log.level", "OFF")
        .getOrCreate()
    )
    yield session
    session.stop()
