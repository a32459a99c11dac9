"""Which value does each printed fact stand for, on which base, weighted how?  The only reading of print."""

from __future__ import annotations

from aibaro.facts._facts import Fact, Facts, facts_of
from aibaro.facts._key import Key
from aibaro.facts._labels import FactLabels, soft_words, value_words
from aibaro.facts._printing import Printing
from aibaro.facts._relations import Relation
from aibaro.facts.bases import Base, Definition, Weighting

__all__ = [
    "Base",
    "Definition",
    "Fact",
    "FactLabels",
    "Facts",
    "Key",
    "Printing",
    "Relation",
    "Weighting",
    "facts_of",
    "soft_words",
    "value_words",
]
