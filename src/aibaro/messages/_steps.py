"""How is a formula shown with its numbers filled in, as text or for LaTeX?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from unicodedata import category

from aibaro.errors import InputError

__all__ = ["Step", "chain", "render"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a computation.

    Parameters
    ----------
    symbol : str
        What the step gives.
    formula : str
        The formula in plain text.
    latex : str
        The formula for LaTeX.
    filled : str
        The formula with its numbers.
    value : float
        The result, unrounded.
    filled_latex : str
        The formula with its numbers for LaTeX; empty where numbers alone would not explain it.

    Examples
    --------
    >>> Step("SE", "√V", r"\\sqrt{V}", "√4", 2.0).value
    2.0
    """

    symbol: str
    formula: str
    latex: str
    filled: str
    value: float
    filled_latex: str = ""


def _text(steps: Sequence[Step]) -> str:
    width = max(len(step.symbol) for step in steps)
    return "\n".join(f"{s.symbol:<{width}} = {s.value:.10g}   [{s.formula}; {s.filled}]" for s in steps)


def _latex(steps: Sequence[Step]) -> str:
    lines = [f"  {s.latex} &= {s.filled_latex + ' = ' if s.filled_latex else ''}{s.value:.8g}" for s in steps]
    return "\n".join([r"\begin{aligned}", " \\\\\n".join(lines), r"\end{aligned}"])


STYLES: dict[str, Callable[[Sequence[Step]], str]] = {"text": _text, "latex": _latex}


def check_style(style: str) -> None:
    """Refuse a style that does not exist.

    Parameters
    ----------
    style : {"text", "latex"}
        How to write steps.

    Raises
    ------
    InputError
        For another style.

    Examples
    --------
    >>> check_style("latex")
    """
    if style not in STYLES:
        raise InputError("unknown style", parameter="style", expected=", ".join(STYLES), got=repr(style))


def render(steps: Sequence[Step], style: str) -> str:
    """Write steps as text or LaTeX.

    Parameters
    ----------
    steps : sequence of Step
        The steps.
    style : {"text", "latex"}
        How to write them.

    Returns
    -------
    str
        One step per line.

    Raises
    ------
    InputError
        For an unknown style.

    Examples
    --------
    >>> render([Step("SE", "SE = √V", r"SE = \\sqrt{V}", "√4", 2.0, r"\\sqrt{4}")], "text")
    'SE = 2   [SE = √V; √4]'
    >>> print(render([Step("SE", "SE = √V", r"SE = \\sqrt{V}", "√4", 2.0, r"\\sqrt{4}")], "latex"))
    \\begin{aligned}
      SE = \\sqrt{V} &= \\sqrt{4} = 2
    \\end{aligned}
    """
    check_style(style)
    return STYLES[style](steps)


def chain(heading: str, steps: Sequence[Step], style: str, *, digits: str = ".4f") -> str:
    """Write steps that follow from one another below a heading: formula = numbers = result.

    Parameters
    ----------
    heading : str
        What is computed; a comment in LaTeX.
    steps : sequence of Step
        The steps.
    style : {"text", "latex"}
        How to write them.
    digits : str
        Format of the results in text.

    Returns
    -------
    str
        The heading and one step per line.

    Raises
    ------
    InputError
        For an unknown style.

    Examples
    --------
    >>> print(chain("micro", [Step("weight", "N_h / n_h", "w_h = N_h/n_h", "100 / 4", 25.0)], "text"))
    micro
      weight: N_h / n_h = 100 / 4 = 25.0000
    """
    if style == "text":
        lines = (" = ".join(filter(None, (s.formula, s.filled, format(s.value, digits)))) for s in steps)
        return "\n".join([heading, *(f"  {s.symbol}: {line}" for s, line in zip(steps, lines, strict=True))])
    return f"% {heading}\n{render(steps, style)}"


def number(value: float) -> str:
    """Write a number for a formula: eight significant digits, thousands apart.

    Parameters
    ----------
    value : float
        The number.

    Returns
    -------
    str
        Its text.

    Examples
    --------
    >>> number(16290.0), number(1 / 3)
    ('16,290', '0.33333333')
    """
    return f"{value:,.8g}"


def latex_number(value: float) -> str:
    """Write a number for LaTeX, with thousands apart and powers of ten spelled out.

    Parameters
    ----------
    value : float
        The number.

    Returns
    -------
    str
        Its LaTeX, for math mode.

    Examples
    --------
    >>> print(latex_number(16290.0), latex_number(1.2e-7))
    16{,}290 1.2 \\times 10^{-7}
    """
    mantissa, _, exponent = number(value).partition("e")
    mantissa = mantissa.replace(",", "{,}")
    return rf"{mantissa} \times 10^{{{int(exponent)}}}" if exponent else mantissa


_LATEX = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "−": "$-$",
    "–": "--",
    "×": r"$\times$",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "\n": " ",
}


def latex_text(text: str) -> str:
    """Write words for LaTeX, with the characters escaped that it reads as commands.

    Parameters
    ----------
    text : str
        The words.

    Returns
    -------
    str
        Their LaTeX, for text mode; a question mark stands for a character that no document can hold.

    Examples
    --------
    >>> print(latex_text("R&D 5%, size_class×sector"), latex_text("[1cm]"))
    R\\&D 5\\%, size\\_class$\\times$sector {[}1cm]
    """
    # control characters and halves of characters
    made = "".join(_LATEX.get(c, "?" if category(c) in {"Cc", "Cs"} else c) for c in text).lstrip(" ")
    # behind the end of a row both would be taken for its options, and lost
    return f"{{{made[0]}}}{made[1:]}" if made[:1] in {"[", "*"} else made


def latex_words(text: str) -> str:
    """Write names for LaTeX, upright and with special characters escaped.

    Parameters
    ----------
    text : str
        The names.

    Returns
    -------
    str
        Their LaTeX, for math mode.

    Examples
    --------
    >>> print(latex_words("size_class×sector"))
    \\text{size\\_class}\\times\\text{sector}
    """
    return r"\times".join(rf"\text{{{latex_text(part.strip())}}}" for part in text.split("×"))
