"""How does a figure become the same bytes on every run, and readable by everyone?"""

from __future__ import annotations

import io
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from xml.etree import ElementTree
from zlib import crc32

import matplotlib as mpl
from markupsafe import Markup, escape
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from aibaro.errors import InputError
from aibaro.files import write_bytes_atomic
from aibaro.report.figures.axes import root_figure
from aibaro.report.style import INK, MUTED, OKABE_ITO, RULE, WIDTHS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.backend_bases import RendererBase

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
FORMATS: tuple[str, ...] = ("svg", "pdf", "png")

# Colours of the house style that a page may restate for its dark scheme; the fallback is the printed colour.
PAGE_COLOURS: dict[str, str] = {
    INK: "--ink",
    MUTED: "--muted",
    RULE: "--rule",
    OKABE_ITO["blue"]: "--blue",
    OKABE_ITO["vermillion"]: "--vermillion",
    OKABE_ITO["green"]: "--green",
    OKABE_ITO["black"]: "--black",
}

# style of words in a drawing that the page's sheet states once
PAGE_TEXT = ("font-size:7.5px", "fill:var(--ink)")

# the style of an element without a class; in text, and in values of attributes, what opens an element is escaped
_STYLED = re.compile(r"(<[a-z]+(?: [^<>]*?)?) style=\"([^\"<>{}]*)\"(?![^<>]*class=)")
_OWN = re.compile(r"(url\(#|href=\"#|\bid=\")(d[0-9a-f]+-[0-9]+)(?=[\")])")
_SPACES = re.compile(r" xmlns(?::xlink)?=\"[^\"<>]*\"|\bxlink:(?=href=)")
_IDENTIFIER = re.compile(r"(url\(#|href=\"#|\bid=\")([^\")]+)")
# attributes that hold coordinates; words and numbers that a reader sees are never touched
GEOMETRY = {"d", "x", "y", "width", "height", "transform", "points", "viewBox"}
_FONT = re.compile(r"(font: (?:bold )?[\d.]+px) [^;]*")
_FAMILY = re.compile(r"font-family: [^;]*(; |$)")
_SIZE = re.compile(r"(?<=font-size: )\d+\.\d+(?=px)")
_TURN = re.compile(r"rotate\(-?0(?: [^)]*)?\)\s*")
# how the drawing library says that a character is missing
_GLYPH = re.compile(r"Glyph (\d+) ")
# around the labels of a figure, in points at a font size of 9
_BORDER = 4.0
_DECIMALS = re.compile(r"(-?\d+\.\d{2,})")


def blank_axes(height: float, size: str = "paper") -> Axes:
    """Open an axes that belongs to no window system and to no global state."""
    figure = Figure(figsize=(WIDTHS[size], height * WIDTHS[size] / WIDTHS["paper"]))
    FigureCanvasAgg(figure)
    return figure.add_subplot()


def fit_axes(axes: Axes) -> None:
    """Let the only axes of a figure fill it, labels included.

    Notes
    -----
    Labels keep their size in points, so that one measurement is enough: this takes half the time of matplotlib's
    constrained layout.
    """
    figure = root_figure(axes)
    with _missing_glyphs():
        inner, outer = axes.get_window_extent(), axes.get_tightbbox(_ruler(float(figure.dpi)))
    if outer is None:
        return
    border = _BORDER * figure.dpi / 72 * mpl.rcParams["font.size"] / 9
    width, height = figure.bbox.width, figure.bbox.height
    left, bottom = inner.x0 - outer.x0 + border, inner.y0 - outer.y0 + border
    right, top = outer.x1 - inner.x1 + border, outer.y1 - inner.y1 + border
    if left + right >= width or bottom + top >= height:
        raise InputError("the figure has no room for its labels", parameter="height", hint="make the figure larger")
    axes.set_position((left / width, bottom / height, 1 - (left + right) / width, 1 - (bottom + top) / height))


@cache
def _ruler(dpi: float) -> RendererBase:
    """Return what measures words; it keeps their sizes, which depend on nothing else, from figure to figure."""
    make: Callable[[int, int, float], RendererBase] = RendererAgg
    return make(1, 1, dpi)


@contextmanager
def _missing_glyphs() -> Iterator[list[str]]:
    """Collect the characters that no font here has; the drawing library would warn of each in words of its own."""
    found: list[str] = []
    show = warnings.showwarning

    def noted(told: Warning | str, *place: Any) -> None:
        glyph = _GLYPH.match(str(told))
        if glyph is None:
            show(told, *place)
        else:
            found.append(chr(int(glyph[1])))

    with warnings.catch_warnings():
        warnings.filterwarnings("always", _GLYPH.pattern, UserWarning)
        warnings.showwarning = cast("Any", noted)
        yield found


def figure_bytes(figure: Figure, kind: str, *, text: str = "path", dpi: int = 200) -> bytes:
    """Write a figure without clock and without chance; words that no font here can draw stay text, or are refused."""
    with _missing_glyphs() as missing:
        content = _written(figure, kind, text=text, dpi=dpi)
        if missing and kind == "svg" and text == "path":
            content = _written(figure, kind, text="none", dpi=dpi)
    if missing and kind != "svg":
        raise InputError(
            "no font of this machine has some characters of the figure",
            got=" ".join(dict.fromkeys(missing)),
            hint="write .svg, whose words are drawn by the fonts of those who look at it",
        )
    return content


def _written(figure: Figure, kind: str, *, text: str, dpi: int) -> bytes:
    if kind not in FORMATS:
        raise InputError("unknown figure format", parameter="kind", expected=", ".join(FORMATS), got=kind)
    metadata: dict[str, Any] = {
        "svg": {"Date": None, "Creator": None},
        "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
        "png": {"Software": None},
    }[kind]
    buffer = io.BytesIO()
    if kind == "svg":
        # straight to the SVG canvas: savefig would draw every figure twice
        canvas = figure.canvas
        write: Callable[..., None] = FigureCanvasSVG(figure).print_svg
        with mpl.rc_context({"svg.hashsalt": "aibaro", "svg.fonttype": text}):
            write(buffer, metadata=metadata)
        figure.set_canvas(canvas)
        return buffer.getvalue()
    with mpl.rc_context({"pdf.fonttype": 42}):
        # a picture without ground is unreadable on a dark one
        ground = figure.get_facecolor() if to_rgba(figure.get_facecolor())[3] else "white"
        figure.savefig(buffer, format=kind, metadata=metadata, dpi=dpi, facecolor=ground)
    return buffer.getvalue()


def describe(svg: bytes, key: str, title: str, description: str, *, lang: str = "en", place: str = "file") -> str:
    """Return an SVG a title, a description and ids of its own."""
    ElementTree.register_namespace("", SVG)
    ElementTree.register_namespace("xlink", XLINK)
    root = ElementTree.fromstring(svg)
    for child in list(root):
        if child.tag in {f"{{{SVG}}}metadata", f"{{{SVG}}}title", f"{{{SVG}}}desc"}:
            root.remove(child)
    for position, (tag, text) in enumerate((("title", title), ("desc", description))):
        element = ElementTree.Element(f"{{{SVG}}}{tag}", {"id": tag})
        element.text = text
        root.insert(position, element)
    words = {"aria-labelledby": f"{key}-title", "aria-describedby": f"{key}-desc"}
    root.attrib.update({"role": "img", **words, "lang": lang})
    if place == "page":
        width = float(root.attrib["width"].removesuffix("pt"))
        root.attrib.pop("height")
        root.attrib["width"] = f"{width:.0f}pt"
        root.attrib.pop("version", None)
    decimals = 1 if place == "page" else 2
    for element in root.iter():
        for name in GEOMETRY & set(element.attrib):
            element.attrib[name] = _DECIMALS.sub(lambda m: f"{float(m[1]):.{decimals}f}", element.attrib[name])
    if place == "page":
        _slim(root)
    markup = ElementTree.tostring(root, encoding="unicode")
    # the key is put into text that is markup already
    own = escape(key)
    short = _short_ids(markup, key) if place == "page" else {}
    markup = _IDENTIFIER.sub(lambda m: m[1] + short.get(m[2], f"{own}-{m[2]}"), markup)
    if place != "page":
        return f'<?xml version="1.0" encoding="utf-8"?>\n{markup}\n'
    return markup


def with_rules(drawings: Mapping[tuple[str, str], str]) -> tuple[dict[tuple[str, str], Markup], str]:
    """Say once, as rules of the page's sheet, how the elements of its drawings look; hundreds look alike."""
    found = Counter(style for markup in drawings.values() for _, style in _STYLED.findall(markup))
    often = sorted((style for style, times in found.items() if times > 2), key=lambda style: (-found[style], style))
    names = {style: f"c{place}" for place, style in enumerate(often)}

    def named(match: re.Match[str]) -> str:
        return f"{match[1]} class={names[match[2]]}" if match[2] in names else match[0]

    rules = "".join(f".drawing svg .{name}{{{style}}}\n" for style, name in names.items())
    places: dict[str, str] = {}

    def short(match: re.Match[str]) -> str:
        return match[1] + places.setdefault(match[2], f"g{len(places)}")

    # the page knows what SVG and its links are
    slim = {key: _SPACES.sub("", _OWN.sub(short, _STYLED.sub(named, markup))) for key, markup in drawings.items()}
    return {key: Markup(markup) for key, markup in slim.items()}, rules


def _short_ids(markup: str, key: str) -> dict[str, str]:
    """Give what a drawing refers to a short name that no other drawing of the page has; they are thousands."""
    names = dict.fromkeys(name for _, name in _IDENTIFIER.findall(markup) if name not in {"title", "desc"})
    own = crc32(key.encode())
    return {name: f"d{own:x}-{place}" for place, name in enumerate(names)}


def _slim(root: ElementTree.Element) -> None:
    """Drop what a page does not need of a drawing: unused ids, empty groups, turns by nothing, fonts of its own."""
    used = set(re.findall(r"(?:url\(#|href=\"#)([^\")]+)", ElementTree.tostring(root, encoding="unicode")))
    kept = {*used, "title", "desc"}
    for parent in list(root.iter()):
        for child in list(parent):
            _slim_element(child, kept)
            if child.tag == f"{{{SVG}}}g" and not len(child):
                parent.remove(child)
    for parent in list(root.iter()):
        # a group that says nothing of its own is its contents
        while any(_says_nothing(child) for child in parent):
            parent[:] = [inner for child in parent for inner in (child if _says_nothing(child) else (child,))]


def _says_nothing(element: ElementTree.Element) -> bool:
    return element.tag == f"{{{SVG}}}g" and not element.attrib


def _slim_element(element: ElementTree.Element, kept: set[str]) -> None:
    own = element.attrib
    if own.get("id", "") not in kept and own.pop("id", "").startswith("ytick"):
        own["class"] = "row"
    if "style" in own:
        style = _FONT.sub(r"\1 var(--figure-font)", own["style"])
        style = _SIZE.sub(lambda m: f"{float(m[0]):.1f}", _FAMILY.sub("", style))
        own["style"] = _page_colours(style).replace("; ", ";").replace(": ", ":")
        if element.tag == f"{{{SVG}}}text":
            # the page's sheet says what nearly every word of a drawing shares
            own["style"] = ";".join(part for part in own["style"].split(";") if part not in PAGE_TEXT)
        if not own["style"]:
            own.pop("style")
    if "d" in own:
        own["d"] = " ".join(own["d"].split())
    if not _TURN.sub("", own.get("transform", "x")):
        own.pop("transform")
    if element.tag != f"{{{SVG}}}text" and element.text and not element.text.strip():
        element.text = None
    if element.tail and not element.tail.strip():
        element.tail = None


def _page_colours(style: str) -> str:
    """Let strokes and fills follow the page's custom properties."""
    for colour, name in PAGE_COLOURS.items():
        style = re.sub(rf"(fill|stroke): {colour.lower()}(?=;|$)", rf"\1: var({name})", style)
    return style


def save_figure(axes: Axes, path: str | Path, *, title: str = "", description: str = "", lang: str = "en") -> Path:
    """Write the figure of an axes to a file, in the format that its suffix names.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        An axes of the figure.
    path : str or Path
        File; ``.svg``, ``.pdf`` or ``.png``.
    title, description : str
        Words for those who do not see an SVG.
    lang : {"en", "nl"}
        Language of the words.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    InputError
        When the suffix names no format.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> from aibaro.report import figures
    >>> frame = pd.DataFrame({"level": ["small", "large"], "rank": [2, 1], "rank_low": [1, 1], "rank_high": [2, 2]})
    >>> path = save_figure(figures.rank_sets(frame), Path(tempfile.mkdtemp()) / "ranks.svg", title="Ranks")
    >>> path.read_text(encoding="utf-8").startswith("<")
    True
    """
    target = Path(path)
    kind = target.suffix.removeprefix(".").lower()
    figure = axes.get_figure(root=True)
    if kind not in FORMATS or figure is None:
        raise InputError(
            "unknown figure format",
            where=str(target),
            parameter="path",
            expected=", ".join(f".{k}" for k in FORMATS),
            got=target.suffix or "no suffix",
        )
    content = figure_bytes(figure, kind)
    if kind == "svg":
        content = describe(content, "figure", title or target.stem, description, lang=lang).encode()
    write_bytes_atomic(target, content)
    return target
