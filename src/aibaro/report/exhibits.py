"""A figure of the report: drawn once a language, with a caption, a description and its table as a twin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from aibaro.report.figures.axes import root_figure
from aibaro.report.svg import blank_axes, describe, figure_bytes, fit_axes
from aibaro.report.tables import Table
from aibaro.report.words import Text

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A figure with all that it needs to stand in a page or in a file.

    Parameters
    ----------
    key : str
        Name of the figure: file name and prefix of its ids.
    title : Text
        What the figure is.
    caption : Text
        What to see in it.
    draw : callable
        Takes axes and a language and draws.
    height : float
        Height in inches at the width of paper.
    table : Table
        The numbers drawn.
    """

    key: str
    title: Text
    caption: Text
    draw: Callable[[Axes, str], object]
    height: float
    table: Table

    def drawing(self, lang: str) -> bytes:
        """Draw the figure in the current style.

        Parameters
        ----------
        lang : {"en", "nl"}
            Language.

        Returns
        -------
        bytes
            SVG with text as text.
        """
        axes = blank_axes(self.height)
        self.draw(axes, lang)
        fit_axes(axes)
        return figure_bytes(root_figure(axes), "svg", text="none")

    def inline(self, drawing: bytes, lang: str) -> Markup:
        """Prepare a drawing for the page.

        Parameters
        ----------
        drawing : bytes
            What :meth:`drawing` gave.
        lang : {"en", "nl"}
            Its language.

        Returns
        -------
        Markup
            SVG with ids of its own, title and description, in the page's colours.
        """
        key = f"{self.key}-{lang}"
        return Markup(describe(drawing, key, self.title[lang], self.caption[lang], lang=lang, place="page"))

    def file(self, drawing: bytes, lang: str) -> str:
        """Prepare a drawing for a file of its own.

        Parameters
        ----------
        drawing : bytes
            What :meth:`drawing` gave.
        lang : {"en", "nl"}
            Its language.

        Returns
        -------
        str
            SVG text with title and description.
        """
        return describe(drawing, self.key, self.title[lang], self.caption[lang], lang=lang)
