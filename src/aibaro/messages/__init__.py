"""How is a step of an argument said, in English and Dutch, as text or for LaTeX?"""

from __future__ import annotations

from aibaro.messages._catalogue import LANGUAGES, Code, Labels, Message, Row, keys, message, template
from aibaro.messages._steps import Step, chain, check_style, latex_number, latex_text, latex_words, number, render

__all__ = [
    "LANGUAGES",
    "Code",
    "Labels",
    "Message",
    "Row",
    "Step",
    "chain",
    "check_style",
    "keys",
    "latex_number",
    "latex_text",
    "latex_words",
    "message",
    "number",
    "render",
    "template",
]
