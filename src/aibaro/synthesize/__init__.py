"""Which respondents does print allow?  Synthetic rows whose weighted analysis gives the printed figures."""

from __future__ import annotations

from aibaro.synthesize.labelled_files import read_declared, synthetic_label, write_synthetic
from aibaro.synthesize.synthetic import Synthetic, replicates, synthesize, synthetic_population

__all__ = [
    "Synthetic",
    "read_declared",
    "replicates",
    "synthesize",
    "synthetic_label",
    "synthetic_population",
    "write_synthetic",
]
