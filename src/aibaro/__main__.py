"""Lets ``python -m aibaro`` run the command line."""

from __future__ import annotations

import sys

from aibaro.cli import main

if __name__ == "__main__":
    sys.exit(main())
