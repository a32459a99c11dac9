"""Pages drawn at random: text and tables of all sizes, alignments, gaps, rules, notations and marks; seeded."""

from __future__ import annotations

import random

from tests.doors.made_pdfs import MadePdf, Page, pdf, width

WORDS = ("Uses", "Plans", "Wants", "Knows"), ("text", "images", "speech", "robots")
HEADS = ["Small", "Large", "North", "South", "Trade", "Care"]


# decimal mark, mark of thousands, what stands before a per cent sign
NOTATIONS = (".", ",", ""), (",", ".", ""), (",", " ", " "), (".", "'", "")


def number(rng: random.Random, notation: tuple[str, str, str] = NOTATIONS[0]) -> str:
    decimal, thousands, space = notation
    kinds = (
        f"{rng.randint(0, 99)}{decimal}{rng.randint(0, 9)}{space}%",
        f"{rng.randint(0, 100)}%",
        f"{rng.randint(1, 99)}",
        f"{rng.randint(1, 9)}{thousands}{rng.randint(100, 999)}",
        f"{rng.randint(0, 99)}{decimal}{rng.randint(10, 99)}",
        "<1%",
        f"{rng.choice('+-')}{rng.randint(1, 40)}",
    )
    return rng.choice(kinds)


def page(seed: int, *, gap_of_labels: tuple[float, float] | None = None) -> MadePdf:
    """A page; labels may run up to their numbers, by a gap in parts of the letters' size (0: they touch)."""
    rng = random.Random(seed)
    notation = rng.choice(NOTATIONS)
    sheet, numbers, tables = Page(), list[str](), list[dict[tuple[str, str], str]]()
    size, y = rng.choice([7, 8, 9, 10, 11, 12]), 800.0
    for _ in range(rng.randint(1, 3)):
        for _ in range(rng.randint(0, 4)):
            first, second = number(rng, notation), number(rng, notation)
            numbers += [first, second]
            sheet.text(50, y, f"Of the firms {first} said so and {second} did not.", size)
            y -= size * 1.3
        y -= size * 2
        # labels end before the first column begins
        left, label_width, gap = rng.randint(40, 80), 13 * size, rng.uniform(0.8, 3) * size
        step = width("00.00%", size) + gap
        columns = min(rng.randint(2, 6), int((560 - left - label_width) / step))
        heads = ["Total", *rng.sample(HEADS, columns - 1)]
        align, rule, lead = rng.choice(["right", "left", "middle"]), rng.choice(["none", "book", "grid"]), 1.6 * size
        if gap_of_labels:
            rule = rng.choice(["none", "book"])
        top, count = y, rng.randint(2, 6)

        edge, room = left + label_width, step - gap
        place = {"right": 1.0, "left": 0.0, "middle": 0.5}[align]
        for c, head in enumerate(heads):
            sheet.text(edge + c * step + place * (room - width(head, size)), y, head, size)
        table = {}
        for r in range(count):
            y -= lead
            label = f"{rng.choice(WORDS[0])} {rng.choice(WORDS[1])} {chr(97 + r)}"
            for c, head in enumerate(heads):
                text = number(rng, notation)
                numbers.append(text)
                x = edge + c * step + place * (room - width(text, size))
                sheet.text(x, y, text, size)
                table[label, "" if c == 0 else head] = text
                if rng.random() < 0.05:
                    sheet.text(x + width(text, size) + 0.2, y + 0.4 * size, rng.choice("123"), 0.6 * size)
                if c == 0:
                    run_up = gap_of_labels and x - width(label, size) - size * rng.uniform(*gap_of_labels)
                    sheet.text(left if run_up is None else run_up, y, label, size)
        xs = [left - 4, *(left + label_width - gap / 2 + k * step for k in range(columns + 1))]
        _draw_rules(sheet, rule, xs, (top, y), rows=count, size=size)
        tables.append(table)
        y -= size * 3
        if y < 250:
            break
    return MadePdf(pdf([sheet]), numbers, tables)


def _draw_rules(sheet: Page, rule: str, xs: list[float], ends: tuple[float, float], *, rows: int, size: float) -> None:
    lead = 1.6 * size
    if rule == "book":
        for at in (ends[0] + size * 1.1, ends[0] - size * 0.3, ends[1] - size * 0.4):
            sheet.rule(xs[0] + 4, at, xs[-1], at)
    if rule == "grid":
        high, low = ends[0] + lead * 0.7, ends[0] + lead * 0.7 - lead * (rows + 1)
        for k in range(rows + 2):
            sheet.rule(xs[0], high - lead * k, xs[-1], high - lead * k)
        for x in xs:
            sheet.rule(x, high, x, low)
