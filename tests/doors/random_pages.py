"""Pages drawn at random: running text and tables of all sizes, alignments, gaps and rules; seeded."""

from __future__ import annotations

import random

from tests.doors.made_pdfs import MadePdf, Page, pdf, width

WORDS = ("Uses", "Plans", "Wants", "Knows"), ("text", "images", "speech", "robots")
HEADS = ["Small", "Large", "North", "South", "Trade", "Care"]


def number(rng: random.Random) -> str:
    kinds = (
        f"{rng.randint(0, 99)}.{rng.randint(0, 9)}%",
        f"{rng.randint(0, 100)}%",
        f"{rng.randint(1, 99)}",
        f"{rng.randint(1, 9)},{rng.randint(100, 999)}",
        f"{rng.randint(0, 99)}.{rng.randint(10, 99)}",
        "<1%",
    )
    return rng.choice(kinds)


def page(seed: int) -> MadePdf:
    rng = random.Random(seed)
    sheet, numbers, tables = Page(), list[str](), list[dict[tuple[str, str], str]]()
    size, y = rng.choice([7, 8, 9, 10, 11, 12]), 800.0
    for _ in range(rng.randint(1, 3)):
        for _ in range(rng.randint(0, 4)):
            first, second = number(rng), number(rng)
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
        top, count = y, rng.randint(2, 6)

        edge, room = left + label_width, step - gap
        place = {"right": 1.0, "left": 0.0, "middle": 0.5}[align]
        for c, head in enumerate(heads):
            sheet.text(edge + c * step + place * (room - width(head, size)), y, head, size)
        table = {}
        for r in range(count):
            y -= lead
            label = f"{rng.choice(WORDS[0])} {rng.choice(WORDS[1])} {chr(97 + r)}"
            sheet.text(left, y, label, size)
            for c, head in enumerate(heads):
                text = number(rng)
                numbers.append(text)
                sheet.text(edge + c * step + place * (room - width(text, size)), y, text, size)
                table[label, "" if c == 0 else head] = text
        right = left + label_width + columns * step - gap / 2
        if rule == "book":
            for at in (top + size * 1.1, top - size * 0.3, y - size * 0.4):
                sheet.rule(left, at, right, at)
        if rule == "grid":
            high, low = top + lead * 0.7, top + lead * 0.7 - lead * (count + 1)
            for k in range(count + 2):
                sheet.rule(left - 4, high - lead * k, right, high - lead * k)
            for x in (left - 4, *(left + label_width - gap / 2 + k * step for k in range(columns + 1))):
                sheet.rule(x, high, x, low)
        tables.append(table)
        y -= size * 3
        if y < 250:
            break
    return MadePdf(pdf([sheet]), numbers, tables)
