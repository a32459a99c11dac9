"""How the documentation is built."""

from __future__ import annotations

import aibaro

project = "aibaro"
author = "The aibaro developers"
release = version = aibaro.__version__
copyright = "2026, the aibaro developers"

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.mathjax", "numpydoc"]
exclude_patterns = ["_build", "jupyter_execute", "**/_*.md"]
templates_path: list[str] = []

autosummary_generate = True
numpydoc_show_class_members = False
numpydoc_validation_checks: set[str] = set()
myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
myst_heading_anchors = 3
nb_execution_mode = "cache"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
suppress_warnings = ["mystnb.unknown_mime_type"]

html_theme = "pydata_sphinx_theme"
html_title = "aibaro"
html_static_path = ["_static"]
html_theme_options = {"show_prev_next": False, "navbar_align": "left", "secondary_sidebar_items": ["page-toc"]}
html_show_sourcelink = False
