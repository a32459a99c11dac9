"""One setting for all properties: the same examples on every machine, however slow it is."""

from __future__ import annotations

from hypothesis import settings

# derandomized, so that a red test is red for everyone; no deadline, as time says nothing about a law
settings.register_profile("aibaro", derandomize=True, deadline=None, max_examples=60, print_blob=True)
settings.load_profile("aibaro")

# a script for another Python, run by hand in an environment of its own; it holds no tests
collect_ignore = ["parity/svy_values.py"]
