"""What does print give away about single strata, which figures are to blame, and what would hide it?

For the publisher of a survey, before it is published; for a reader, how much of a table is no estimate any more.
"""

from __future__ import annotations

from aibaro.disclosure.ranges import StratumRange, audit, compare_options, pinned_summary, stratum_ranges, to_frame

__all__ = ["StratumRange", "audit", "compare_options", "pinned_summary", "stratum_ranges", "to_frame"]
