"""How the documentation is built."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import aibaro

project = "aibaro"
author = "The aibaro developers"
release = version = aibaro.__version__
copyright = "2026, the aibaro developers"

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.mathjax", "numpydoc"]
# formulas are set from files beside the pages, so that the documentation reads without a network
extensions.append("sphinx-mathjax-offline")
extensions.append("sphinx_copybutton")
# prompts are for the eye: what is copied can be pasted
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
exclude_patterns = ["_build", "jupyter_execute", "**/_*.md", "*.py"]
templates_path: list[str] = []

autosummary_generate = True
numpydoc_show_class_members = False
numpydoc_validation_checks: set[str] = set()
myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
myst_heading_anchors = 3
# lessons are scripts with cells; they are read as notebooks and run
nb_custom_formats = {".py": ["jupytext.reads", {"fmt": "py:percent"}]}
nb_execution_mode = "cache"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
suppress_warnings = ["mystnb.unknown_mime_type"]

html_theme = "pydata_sphinx_theme"
html_title = "aibaro"
html_static_path = ["_static"]
html_css_files = ["custom.css"]
html_theme_options = {
    "show_prev_next": True,
    "navbar_align": "left",
    "header_links_before_dropdown": 7,
    "secondary_sidebar_items": ["page-toc"],
}
# pages without pages below them have nothing to list on their left
SINGLE = (
    "index install quickstart reading commands grim replication glossary quickreference interactive gallery "
    "search genindex"
)
html_sidebars = {page: [] for page in SINGLE.split()}
html_show_sourcelink = False


def copy_lessons(app: Any) -> None:
    """Bring the lessons of examples/ under the pages; only files that changed, so that runs are cached."""
    here = Path(app.srcdir)
    for script in sorted((here.parent / "examples").glob("lesson_*.py")):
        page = here / "lessons" / script.name
        if not page.exists() or page.read_bytes() != script.read_bytes():
            shutil.copyfile(script, page)


def setup(app: Any) -> None:
    """Register what runs before the pages are read."""
    app.connect("builder-inited", copy_lessons)
