"""Which respondents does print allow?  Synthetic rows whose weighted analysis gives the printed figures."""

from __future__ import annotations

from aibaro.synthesize.api import NOTE, Synthetic, inner_range, replicates, synthesize, synthetic_population
from aibaro.synthesize.package import read_declared, synthetic_label, write_synthetic
from aibaro.synthesize.verify import verify_rows

__all__ = [
    "NOTE",
    "Synthetic",
    "inner_range",
    "read_declared",
    "replicates",
    "synthesize",
    "synthetic_label",
    "synthetic_population",
    "verify_rows",
    "write_synthetic",
]
