"""Which respondents does print allow?  Synthetic rows whose weighted analysis gives the printed figures."""

from __future__ import annotations

from aibaro.synthesize._files import read_declared, synthetic_label, write_synthetic
from aibaro.synthesize._synthetic import NOTE, Synthetic, inner_range, replicates, synthesize, synthetic_population
from aibaro.synthesize._verify import verify_rows

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
