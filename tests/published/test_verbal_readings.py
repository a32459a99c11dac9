"""Each verbal quantity in the bundled data carries the limits of the one committed table, rounded outward."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from aibaro.published import catalogue, load
from aibaro.rounding import named_share, read_printed

SCALE = 10**4


@pytest.mark.parametrize("name", catalogue()["name"].tolist())
def test_limits_come_from_the_table(name: str) -> None:
    printed = load(name).printed
    verbal = printed[(printed["kind"] == "verbal") & (printed["unit"] == "percent") & (printed["qualifier"] != "vague")]
    checked = 0
    for row in verbal.itertuples():
        if named_share(row.printed, "nl") is None:
            continue
        band = read_printed(row.printed, "verbal", language="nl").interval()
        assert band is not None
        expected = math.floor(band.lower * SCALE), math.ceil(band.upper * SCALE)
        assert (Fraction(row.low) * SCALE, Fraction(row.high) * SCALE) == expected, row.id
        checked += 1
    assert checked > 0
