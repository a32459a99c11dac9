"""Reproducible re-analysis of published surveys."""

from __future__ import annotations

__version__ = "0.1.0"
