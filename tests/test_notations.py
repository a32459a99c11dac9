"""Every notation of print: signs, spaces, ranges, sizes, limits, and people's phrases in five languages."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aibaro.errors import InputError, PublishedNumberError
from aibaro.rounding import UNBOUNDED, Interval, Reading, admitted, codes, language, read_printed


def shown(reading: Reading, rule: str = "half_up") -> str:
    """Write an interval as a person would: [17, 23)."""
    band = reading.interval(rule)
    assert band is not None
    left, right = "[" if band.lower_closed else "(", "]" if band.upper_closed else ")"
    return f"{left}{float(band.lower):g}, {float(band.upper):g}{right}"


@pytest.mark.parametrize(
    ("text", "decimal", "value", "decimals"),
    [
        ("1 234,5", ",", "1234.5", 1),
        ("1\u00a0234,5", ",", "1234.5", 1),
        ("1\u202f234,5", ",", "1234.5", 1),
        ("1\u2009234\u2009567", ",", "1234567", 0),
        ("1'234.5", ".", "1234.5", 1),
        ("1’234", ".", "1234", 0),
        ("1,234.5", ".", "1234.5", 1),
        ("12 %", ",", "12", 0),
        ("12\u00a0%", ",", "12", 0),
        ("12\u202f%", ",", "12", 0),
        ("12 per cent", ".", "12", 0),
        ("12 Prozent", ",", "12", 0),
        ("12,5 pour cent", ",", "12.5", 1),
        ("12 por ciento", ",", "12", 0),
        (".45", ".", "0.45", 2),
        ("-3", ",", "-3", 0),
        ("−3,2", ",", "-3.2", 1),
        ("+3", ",", "3", 0),
        ("2,5 miljoen", ",", "2500000", -5),
        ("3 million", ".", "3000000", -6),
    ],
)
def test_numbers_with_every_mark(text: str, decimal: str, value: str, decimals: int) -> None:
    reading = read_printed(text, decimal=decimal)
    assert (reading.value, reading.decimals, reading.text) == (Fraction(value), decimals, text)
    unit = Fraction(10) ** -decimals
    band = reading.interval()
    assert band is not None
    assert band.upper - band.lower == unit


@pytest.mark.parametrize(
    ("text", "values", "soft"),
    [
        ("<1%", "[0, 1)", False),
        ("< 1 %", "[0, 1)", False),
        ("<0,5%", "[0, 0.5)", False),
        ("≤ 5%", "[0, 5]", False),
        (">50%", "(50, 100]", False),
        ("≥ 5%", "[5, 100]", False),
        (">= 5%", "[5, 100]", False),
        ("60%+", "[60, 100]", False),
        ("10-15%", "[10, 15]", False),
        ("10–15%", "[10, 15]", False),
        ("10% - 15%", "[10, 15]", False),
        ("10 to 15%", "[10, 15]", False),
        ("between 10 and 15 per cent", "[10, 15]", False),
        ("almost 23%", "[17, 23)", True),
        ("nearly 3%", "[0, 3)", True),
        ("over 60%", "(60, 100]", False),
        ("more than 60%", "(60, 100]", False),
        ("at least 60%", "[60, 100]", False),
        ("no more than 60%", "[0, 60]", False),
        ("60% or more", "[60, 100]", False),
        ("just over 60%", "(60, 66]", True),
        ("about 60%", "[57.5, 62.5]", True),
        ("~60%", "[57.5, 62.5]", True),
        ("a majority", "(50, 100]", True),
        ("only 12%", "[11.5, 12.5)", False),
        ("as many as 60%", "[59.5, 60.5)", False),
        ("½", "[45, 55]", True),
        ("¾", "[72.5, 77.5]", True),
        ("100%", "[99.5, 100]", False),
        ("0%", "[0, 0.5)", False),
    ],
)
def test_signs_leave_their_ends_open_or_closed(text: str, values: str, soft: bool) -> None:
    reading = read_printed(text, language="en")
    assert (shown(reading), reading.soft) == (values, soft)
    assert not reading.interval().empty  # type: ignore[union-attr]


@pytest.mark.parametrize("text", ["110%", "100,5%", "-3%"])
def test_what_is_impossible_is_read_and_admits_nothing(text: str) -> None:
    band = read_printed(text, "percentage").interval()
    assert band is not None
    assert band.empty


@pytest.mark.parametrize(
    ("text", "kind", "values"),
    [
        ("+12 points", "points", "[11.5, 12.5)"),
        ("12 procentpunten", "points", "[11.5, 12.5)"),
        ("-3", "points", "[-3.5, -2.5)"),
        ("+3%", "change", "[2.5, 3.5)"),
        ("±3 points", "margin_of_error", "[2.5, 3.5)"),
        ("+-3%", "margin_of_error", "[2.5, 3.5)"),
        ("+/- 3,1", "margin_of_error", "[3.05, 3.15)"),
        ("n = 1,002", "count", "[1002, 1002]"),
        ("(n=1.002)", "count", "[1002, 1002]"),
        ("N = 1002", "count", "[1002, 1002]"),
        ("32%", "percentage", "[31.5, 32.5)"),
        ("one in eight", "verbal", "[11.25, 14.5833]"),
        ("1 in 8", "verbal", "[11.25, 14.5833]"),
        ("32", "", "[31.5, 32.5)"),
    ],
)
def test_the_kind_that_a_text_shows_by_itself(text: str, kind: str, values: str) -> None:
    reading = read_printed(text, language="nl en")
    assert (reading.kind, shown(reading)) == (kind, values)


def test_a_size_and_limits_and_a_margin_beside_a_number() -> None:
    assert read_printed("32% (n = 1.002)").n == read_printed("32% [n=1,002]").n == 1002
    for text in ("23% (20-26)", "23% (20–26%)", "23% (95% CI 20 to 26)", "23% [20; 26]", "23% (95% CI: 20, 26)"):
        reading = read_printed(text)
        assert (reading.value, reading.confidence) == (23, (20, 26)), text
    assert read_printed("-3 (-5 to -1)").confidence == (-5, -1)
    assert read_printed("23% ± 3").margin == 3
    assert shown(read_printed("23% (±3,1 points)")) == "[22.5, 23.5)"


def test_a_margin_of_error_has_the_units_of_a_number() -> None:
    assert read_printed("± 2 miljoen", language="nl").value == 2_000_000
    assert read_printed("23 miljoen ± 2 miljoen", language="nl").margin == 2_000_000
    for text, kind, percent in (("± 30%", "percentage", True), ("± 30", "count", False), ("± 3 points", "", False)):
        assert read_printed(text, kind).percent == percent
    assert shown(read_printed("± 30%", "percentage")) == "[27.5, 32.5]"
    assert shown(read_printed("± 30", "count")) == "[28.5, 31.5]"
    with pytest.raises(PublishedNumberError):
        read_printed("± 3 apples")


VULGAR = {
    "½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅕": "1/5", "⅖": "2/5", "⅗": "3/5", "⅘": "4/5",
    "⅙": "1/6", "⅚": "5/6", "⅐": "1/7", "⅛": "1/8", "⅜": "3/8", "⅝": "5/8", "⅞": "7/8", "⅑": "1/9", "⅒": "1/10",
}  # fmt: skip


@pytest.mark.parametrize(("sign", "share"), VULGAR.items())
def test_a_sign_of_a_fraction_is_that_fraction(sign: str, share: str) -> None:
    reading = read_printed(sign)
    assert reading.value == 100 * Fraction(share)
    assert reading.interval() == admitted(Fraction(share))


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [
        ("percentage", 0, 100),
        ("points", -100, 100),
        ("change", -100, UNBOUNDED),
        ("count", 0, UNBOUNDED),
        ("standard_error", 0, UNBOUNDED),
        ("margin_of_error", 0, UNBOUNDED),
        ("mean", -UNBOUNDED, UNBOUNDED),
        ("", 0, UNBOUNDED),  # a number without a sign, of which nothing else is known
    ],
)
def test_an_open_side_reaches_to_the_natural_end_of_its_kind(kind: str, low: Fraction, high: Fraction) -> None:
    five = Fraction(5)
    for text, expected in (
        ("less than 5", Interval(low, five, True, False)),
        ("at most 5", Interval(low, five)),
        ("more than 5", Interval(five, high, False, True)),
        ("at least 5", Interval(five, high)),
    ):
        assert read_printed(text, kind, language="en").interval() == expected, text


def test_an_open_side_of_a_number_with_a_sign() -> None:
    assert shown(read_printed("less than -5", language="en")) == "[-100, -5)"
    assert shown(read_printed("less than +5", language="en")) == "[-100, 5)"
    assert shown(read_printed("less than -5", "mean", language="en")) == "[-1e+30, -5)"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("about 200", "[190, 210]"),
        ("almost 200", "[188, 200)"),
        ("just over 200", "(200, 212]"),
        ("about -200", "[-210, -190]"),
        ("almost -200", "[-212, -200)"),
    ],
)
def test_of_other_quantities_words_admit_a_part_of_them(text: str, values: str) -> None:
    # 2.5 of 50 is a twentieth, 6 points of a hundred are 6%
    assert shown(read_printed(text, "mean", language="en")) == values


@pytest.mark.parametrize(
    ("text", "kind", "middle"),
    [
        ("10-15", "", "12.5"),
        ("10-15%", "percentage", "12.5"),
        ("10-15 points", "points", "12.5"),
        ("-4 to -1", "", "-2.5"),
        ("between -4 and -1 points", "points", "-2.5"),
        ("-4 to +1", "", "-1.5"),
    ],
)
def test_a_range_stands_for_its_middle(text: str, kind: str, middle: str) -> None:
    reading = read_printed(text, language="en")
    assert (reading.kind, reading.value, reading.qualifier) == (kind, Fraction(middle), "range")


@pytest.mark.parametrize(
    ("code", "word"), [("nl", "duizend"), ("en", "thousand"), ("de", "tausend"), ("fr", "mille"), ("es", "mil")]
)
def test_a_thousand_needs_no_number_before_it(code: str, word: str) -> None:
    assert read_printed(word, language=code).value == 1000


@pytest.mark.parametrize(
    ("code", "text"), [("nl", "vijf procentpunten"), ("en", "five points"), ("de", "fünf Prozentpunkte")]
)
def test_points_in_words(code: str, text: str) -> None:
    reading = read_printed(text, language=code)
    assert (reading.kind, reading.value, reading.percent) == ("points", 5, False)


def test_what_the_text_says_goes_before_what_the_table_states() -> None:
    assert shown(read_printed("<5%", "percentage", qualifier="more_than")) == "[0, 5)"
    assert shown(read_printed("5%", "percentage", qualifier="more_than")) == "(5, 100]"
    for stated in ("exact", "vague", "range"):
        assert shown(read_printed("5%", "percentage", qualifier=stated)) == "[4.5, 5.5)"
    assert shown(read_printed("<5%", "percentage", low="1", high="2")) == "[0, 5)"
    assert shown(read_printed("<5%", "percentage", qualifier="vague", low="1", high="2")) == "[1, 2]"
    assert read_printed("the same share", "verbal", low="1", high="2").qualifier == "exact"
    # one end alone says nothing
    assert shown(read_printed("5%", "percentage", low="1")) == "[4.5, 5.5)"


def test_counts_are_exact_unless_they_are_weighted() -> None:
    assert shown(read_printed("204", "count")) == "[204, 204]"
    assert shown(read_printed("204", "count", weighted="yes")) == "[203.5, 204.5)"
    assert shown(read_printed("204", "count", weighted="unknown")) == "[203.5, 204.5)"
    assert shown(read_printed("2,5 miljoen", "count", language="nl")) == "[2.45e+06, 2.55e+06)"
    assert shown(read_printed("over 6.000", "count", language="en")) == "(6000, 1e+30]"


def test_open_ends_without_a_natural_one_are_beyond_print() -> None:
    band = read_printed("above 7.2", "mean", decimal=".", language="en").interval()
    assert band is not None
    assert (band.lower, band.upper) == (Fraction(36, 5), UNBOUNDED)
    with pytest.raises(PublishedNumberError, match="too many digits"):
        read_printed("1" * 29)
    assert read_printed("1" * 28).value == int("1" * 28)


@pytest.mark.parametrize(
    ("mark", "meaning", "values"),
    [("*", "<0.5", "[0, 0.5)"), ("-", "0", "[0, 0.5)"), ("—", "0%", "[0, 0.5)"), ("..", "10-15%", "[10, 15]")],
)
def test_marks_stand_for_what_the_survey_says(mark: str, meaning: str, values: str) -> None:
    reading = read_printed(mark, "percentage", decimal=".", marks={mark: meaning})
    assert (shown(reading), reading.text) == (values, mark)


def test_marks_without_a_number_and_without_a_meaning() -> None:
    reading = read_printed("n/a", marks={"n/a": ""})
    assert (reading.value, reading.interval(), reading.qualifier) == (None, None, "none")
    for mark in ("*", "-", "–", "n/a", ".."):
        with pytest.raises(PublishedNumberError, match="is not explained"):
            read_printed(mark)


# phrases as people print them; the fraction that they name and how
PHRASES: dict[str, list[tuple[str, str, str]]] = {
    "nl": [
        ("een op de vijf", "1/5", "exact"),
        ("een op vijf", "1/5", "exact"),
        ("één op de tien", "1/10", "exact"),
        ("1 op de 8", "1/8", "exact"),
        ("vier op de tien", "2/5", "exact"),
        ("bijna de helft", "1/2", "almost"),
        ("ruim een derde", "1/3", "just_over"),
        ("ruim de helft", "1/2", "just_over"),
        ("iets meer dan de helft", "1/2", "just_over"),
        ("net geen kwart", "1/4", "almost"),
        ("een kleine helft", "1/2", "almost"),
        ("driekwart", "3/4", "exact"),
        ("twee derde", "2/3", "exact"),
        ("tweederde", "2/3", "exact"),
        ("zo'n twee vijfde", "2/5", "about"),
        ("ongeveer een kwart", "1/4", "about"),
        ("meer dan de helft", "1/2", "more_than"),
        ("minder dan een derde", "1/3", "less_than"),
        ("minstens de helft", "1/2", "at_least"),
        ("hooguit een tiende", "1/10", "at_most"),
        ("de helft", "1/2", "exact"),
        ("De meerderheid", "1/2", "more_than"),
        ("een minderheid", "1/2", "less_than"),
    ],
    "en": [
        ("one in eight", "1/8", "exact"),
        ("1 in 8", "1/8", "exact"),
        ("nine out of ten", "9/10", "exact"),
        ("one in every five", "1/5", "exact"),
        ("a third", "1/3", "exact"),
        ("two-thirds", "2/3", "exact"),
        ("three quarters", "3/4", "exact"),
        ("nearly half", "1/2", "almost"),
        ("just under a quarter", "1/4", "almost"),
        ("just over half", "1/2", "just_over"),
        ("slightly more than a third", "1/3", "just_over"),
        ("roughly four in ten", "2/5", "about"),
        ("well over half", "1/2", "more_than"),
        ("fewer than one in ten", "1/10", "less_than"),
        ("at least two in three", "2/3", "at_least"),
        ("up to a fifth", "1/5", "at_most"),
        ("every second", "1/2", "exact"),
        ("most", "1/2", "more_than"),
        ("a minority", "1/2", "less_than"),
    ],
    "de": [
        ("ein Drittel", "1/3", "exact"),
        ("zwei Drittel", "2/3", "exact"),
        ("fast jedes zweite", "1/2", "almost"),
        ("jeder Fünfte", "1/5", "exact"),
        ("jede dritte", "1/3", "exact"),
        ("knapp die Hälfte", "1/2", "almost"),
        ("knapp die Haelfte", "1/2", "almost"),
        ("gut ein Viertel", "1/4", "just_over"),
        ("etwas mehr als die Hälfte", "1/2", "just_over"),
        ("rund drei Viertel", "3/4", "about"),
        ("vier von zehn", "2/5", "exact"),
        ("mehr als die Hälfte", "1/2", "more_than"),
        ("weniger als ein Zehntel", "1/10", "less_than"),
        ("mindestens die Hälfte", "1/2", "at_least"),
        ("höchstens ein Fünftel", "1/5", "at_most"),
        ("die Mehrheit", "1/2", "more_than"),
        ("eine Minderheit", "1/2", "less_than"),
    ],
    "fr": [
        ("un tiers", "1/3", "exact"),
        ("deux tiers", "2/3", "exact"),
        ("les trois quarts", "3/4", "exact"),
        ("près de la moitié", "1/2", "almost"),
        ("pres de la moitie", "1/2", "almost"),
        ("près d’un tiers", "1/3", "almost"),
        ("presque la moitié", "1/2", "almost"),
        ("un sur cinq", "1/5", "exact"),
        ("une entreprise sur dix", "1/10", "exact"),
        ("quatre Français sur dix", "2/5", "exact"),
        ("environ un quart", "1/4", "about"),
        ("un peu plus de la moitié", "1/2", "just_over"),
        ("plus de la moitié", "1/2", "more_than"),
        ("plus d'un quart", "1/4", "more_than"),
        ("moins d'un quart", "1/4", "less_than"),
        ("au moins la moitié", "1/2", "at_least"),
        ("tout au plus un dixième", "1/10", "at_most"),
        ("la majorité", "1/2", "more_than"),
        ("une minorité", "1/2", "less_than"),
    ],
    "es": [
        ("un tercio", "1/3", "exact"),
        ("dos tercios", "2/3", "exact"),
        ("una quinta parte", "1/5", "exact"),
        ("tres cuartas partes", "3/4", "exact"),
        ("casi la mitad", "1/2", "almost"),
        ("uno de cada cinco", "1/5", "exact"),
        ("1 de cada 8", "1/8", "exact"),
        ("cuatro personas de cada diez", "2/5", "exact"),
        ("alrededor de un cuarto", "1/4", "about"),
        ("poco más de la mitad", "1/2", "just_over"),
        ("más de la mitad", "1/2", "more_than"),
        ("mas de la mitad", "1/2", "more_than"),
        ("menos de un tercio", "1/3", "less_than"),
        ("al menos la mitad", "1/2", "at_least"),
        ("como máximo un décimo", "1/10", "at_most"),
        ("la mayoría", "1/2", "more_than"),
        ("una minoría", "1/2", "less_than"),
    ],
}
# the same, more of them: language, qualifier, fraction, phrases
MORE = """
en exact 1/8: one in eight | 1 in 8 | 1 out of 8 | one person in eight | one in every 8
en exact 3/10: three in ten | three out of every ten | 3 in 10 adults | three-in-ten
en exact 2/3: two-thirds | two thirds of | two thirds of all
en exact 1/2: half of all | a half | one half | exactly half
en exact 1/5: one-fifth | every fifth | one in five
en almost 2/3: nearly two-thirds | just short of two thirds | almost two in three
en just_over 1/3: a little over a third | slightly more than one third | just over one in three
en more_than 4/5: more than four in five | over four-fifths
en less_than 1/10: fewer than one in ten | less than a tenth | not even one in ten
nl exact 1/5: één op de vijf | 1 op 5 | elke vijfde | eenvijfde
nl exact 2/5: vier op de tien | tweevijfde | twee vijfde | vier van de tien
nl exact 3/4: drie kwart | driekwart | drie van de vier
nl almost 2/3: bijna twee derde | krap twee op de drie | net geen tweederde
nl just_over 1/3: ruim één op de drie | ruim eenderde | iets meer dan een derde
nl less_than 1/2: nog geen helft | minder dan de helft van de
nl more_than 1/4: meer dan een kwart | meer dan een op de vier
de exact 1/5: jeder Fünfte | jede Fünfte | jede/r Fünfte | jeder 5. | jede 5. Person | einer von fünf
de exact 1/10: jeder Zehnte | jeder 10. | einer von zehn | jede zehnte Person
de exact 4/5: vier von fünf | acht von zehn Befragten | vier Fünftel
de exact 1/20: jeder Zwanzigste | jeder 20. | einer von zwanzig
de exact 2/3: zwei Drittel der | zwei von drei | Zweidrittel
de almost 1/4: knapp jeder Vierte | fast ein Viertel | nicht ganz ein Viertel
de just_over 1/3: gut jeder Dritte | gut ein Drittel | etwas mehr als ein Drittel
de less_than 1/2: nicht einmal die Hälfte | weniger als die Haelfte
fr exact 1/5: un sur cinq | une personne sur cinq | 1 sur 5 | un cinquième
fr exact 4/5: quatre cinquièmes | huit sur dix | huit personnes sur dix
fr exact 3/4: trois quarts | les trois quarts des | trois sur quatre
fr almost 2/3: près des deux tiers | presque deux sur trois | un peu moins des deux tiers
fr more_than 3/4: plus des trois quarts | plus de trois sur quatre
fr just_over 1/2: un peu plus de la moitié | légèrement plus de la moitié
fr less_than 1/3: moins d'un tiers | moins d'un sur trois
es exact 1/3: uno de cada tres | un tercio | una tercera parte | uno de cada tres españoles
es exact 7/10: siete de cada diez | siete de cada diez personas | 7 de cada 10
es exact 3/4: tres cuartos | las tres cuartas partes | tres de cada cuatro
es almost 1/4: casi un cuarto | casi una cuarta parte
es about 1/4: cerca de un cuarto | alrededor de un cuarto
es more_than 2/3: más de dos tercios | más de las dos terceras partes
es just_over 1/2: algo más de la mitad | poco más de la mitad
es less_than 1/2: menos de la mitad | menos de la mitad de los
nl exact 1/2: de helft van de bedrijven
nl exact 2/3: tweederde van de mensen
nl about 1/4: bij benadering een kwart
nl just_over 1/3: goed een derde
en exact 1/2: half of firms | half of the young firms
en exact 2/3: two-thirds of people
en exact 3/4: three of four
en just_over 1/3: a good third
de exact 1/2: die Hälfte der Betriebe
de exact 1/5: ein Fünftel der Menschen
de exact 2/3: zwei Drittel der Menschen
fr exact 1/2: la moitié des entreprises
fr exact 2/3: les deux tiers des gens
fr just_over 1/3: un bon tiers
es exact 1/2: la mitad de las empresas
es exact 1/5: una quinta parte de la gente
es less_than 1/5: no llega a una quinta parte
es just_over 1/3: un buen tercio
en almost 1/2: a little under half | a bit less than half | approaching half
en just_over 1/2: a bit more than half
nl about 2/3: ruwweg twee derde
nl almost 1/4: een klein kwart
de about 1/3: grob ein Drittel
fr less_than 1/2: moins de la moitié
fr almost 1/2: un peu moins de la moitié
es exact 7/10: siete décimas partes
"""
CASES = [(code, *case) for code, cases in PHRASES.items() for case in cases] + [
    (*(head := line.partition(": ")[0].split())[:1], text.strip(), head[2], head[1])
    for line in MORE.strip().splitlines()
    for text in line.partition(": ")[2].split("|")
]


def test_every_language_has_phrases() -> None:
    assert set(PHRASES) == set(codes())


@pytest.mark.parametrize(("code", "text", "share", "qualifier"), CASES, ids=[f"{c[0]}: {c[1]}" for c in CASES])
def test_phrases(code: str, text: str, share: str, qualifier: str) -> None:
    reading = read_printed(text, language=code)
    assert (reading.kind, reading.soft, reading.qualifier) == ("verbal", True, qualifier)
    f = 100 * Fraction(share)
    band = reading.interval()
    assert band is not None
    inside = {"exact", "about", "at_least", "at_most"}
    assert (f in band) == (qualifier in inside)
    ends = {
        "almost": (f - 6, f),
        "just_over": (f, f + 6),
        "more_than": (f, Fraction(100)),
        "at_least": (f, Fraction(100)),
        "less_than": (Fraction(0), f),
        "at_most": (Fraction(0), f),
    }
    if qualifier in ends:
        assert (band.lower, band.upper) == ends[qualifier]
    else:
        assert band.lower < f < band.upper


@pytest.mark.parametrize(
    ("code", "text", "value"),
    [
        ("nl", "zestien procent", 16),
        ("nl", "tweeëntwintig procent", 22),
        ("nl", "zesduizend", 6000),
        ("en", "twenty-two percent", 22),
        ("en", "sixteen per cent", 16),
        ("de", "zweiundzwanzig Prozent", 22),
        ("de", "dreißig Prozent", 30),
        ("de", "dreissig Prozent", 30),
        ("fr", "vingt-deux pour cent", 22),
        ("fr", "quatre-vingt-dix pour cent", 90),
        ("es", "treinta y dos por ciento", 32),
        ("es", "veintidós por ciento", 22),
    ],
)
def test_numbers_in_words(code: str, text: str, value: int) -> None:
    reading = read_printed(text, language=code)
    assert (reading.value, reading.soft) == (value, False)
    assert reading.percent == (text != "zesduizend")


@pytest.mark.parametrize(
    ("code", "text", "values"),
    [
        ("es", "el 12%", "[11.5, 12.5)"),
        ("es", "El 12,5%", "[12.45, 12.55)"),
        ("es", "casi el 50%", "[44, 50)"),
        ("es", "más del 60%", "(60, 100]"),
        ("es", "un 23,4%", "[23.35, 23.45)"),
        ("fr", "près de 40 %", "[34, 40)"),
        ("fr", "plus de 60 % ou plus", ""),
        ("fr", "entre 10 et 15 %", "[10, 15]"),
        ("nl", "maar liefst 60 procent", "[59.5, 60.5)"),
        ("nl", "ruim 60%", "(60, 66]"),
        ("nl", "tussen de 10 en de 15 procent", "[10, 15]"),
        ("nl", "minder dan 1%", "[0, 1)"),
        ("nl", "65 procent of meer", "[65, 100]"),
        ("de", "knapp 30 Prozent", "[24, 30)"),
        ("de", "nur 12 Prozent", "[11.5, 12.5)"),
        ("de", "zwischen 10 und 15 Prozent", "[10, 15]"),
        ("de", "10 bis 15 Prozent", "[10, 15]"),
        ("de", "über 60 Prozent", "(60, 100]"),
        ("en", "just under 30%", "[24, 30)"),
        ("en", "no fewer than 60%", "[60, 100]"),
        ("en", "from 10% to 15%", "[10, 15]"),
        ("en", "up to 15%", "[0, 15]"),
        ("en", "up 3 points", "[2.5, 3.5)"),
        ("en", "plus or minus 3 points", "[2.5, 3.5)"),
        ("en", "barely 5%", "[0, 5)"),
        ("en", "one in five hundred", ""),
        ("en", "two in three million", ""),
        ("en", "12½%", "[12.25, 12.75]"),
        ("en", "half a percent", "[0.25, 0.75]"),
        ("en", "12K", "[11500, 12500)"),
        ("nl", "van 10% tot 15%", "[10, 15]"),
        ("nl", "min 3 punten", "[-3.5, -2.5)"),
        ("nl", "een half procent", "[0.25, 0.75]"),
        ("nl", "amper 5%", "[0, 5)"),
        ("nl", "32% (95%-BI: 29-35)", "[31.5, 32.5)"),
        ("de", "von 10 bis 15 Prozent", "[10, 15]"),
        ("de", "minus 3 Punkte", "[-3.5, -2.5)"),
        ("de", "nicht einmal 5 %", "[0, 5)"),
        ("de", "32 % (KI 29–35)", "[31.5, 32.5)"),
        ("de", "–3", "[-3.5, -2.5)"),
        ("de", "12 v. H.", "[11.5, 12.5)"),
        ("fr", "de 10 à 15 %", "[10, 15]"),
        ("fr", "plus de 3 points", "(3, 100]"),
        ("fr", "32 % (IC à 95 % : 29 à 35)", "[31.5, 32.5)"),
        ("fr", "un demi pour cent", "[0.25, 0.75]"),
        ("es", "del 10 al 15%", "[10, 15]"),
        ("es", "entre un 10% y un 15%", "[10, 15]"),
        ("es", "más de un 80%", "(80, 100]"),
        ("es", "hasta un 15%", "[0, 15]"),
        ("es", "12 por 100", "[11.5, 12.5)"),
    ],
)
def test_words_around_digits(code: str, text: str, values: str) -> None:
    if not values:
        with pytest.raises(PublishedNumberError):
            read_printed(text, language=code)
        return
    assert shown(read_printed(text, language=code)) == values


@pytest.mark.parametrize("code", codes())
def test_every_number_up_to_a_hundred_has_its_words(code: str) -> None:
    table = language(code)
    assert set(table.numbers.values()) >= set(range(101))
    assert {table.number(word) for word in table.numbers} == set(range(101))


@pytest.mark.parametrize(
    "text",
    ["", "abc", "12,%", "5 6", "1 23", "1,2,3", "٣", "３%", "²", "5‰", "12 apples", "15-10%", "the same share",
     "half a year", "\x00", "12%%", "--3", "<", "<<1%", "10-15-20%", "n =", "n = 1,5", "1e5", "0x10", "1_000",
     "x" * 300],
)  # fmt: skip
def test_what_is_not_read_is_refused_and_never_guessed(text: str) -> None:
    with pytest.raises(PublishedNumberError):
        read_printed(text)


def test_words_that_languages_read_apart_ask_for_the_language() -> None:
    # "half" is the same share in Dutch and in English; "elf" is eleven in Dutch and in German alike
    assert read_printed("half").value == 50
    assert read_printed("elf procent").value == 11
    assert read_printed("bijna de helft").value == 50
    with pytest.raises(InputError, match="unknown language"):
        read_printed("half", language="xx")
    with pytest.raises(PublishedNumberError):
        read_printed("bijna de helft", language="fr")


def test_a_range_that_the_table_states_is_taken_where_no_table_of_words_knows_them() -> None:
    reading = read_printed("the same percentage", "verbal", qualifier="exact", low="13.5", high="14.5")
    assert (shown(reading), reading.soft, reading.value) == ("[13.5, 14.5]", True, 14)
    assert shown(read_printed("a small minority", "verbal", qualifier="vague", low="0", high="50")) == "[0, 50]"
    assert shown(read_printed("100", "number", qualifier="more_than")) == "(100, 1e+30]"


@given(
    st.integers(0, 10**9),
    st.integers(0, 4),
    st.sampled_from([",", "."]),
    st.sampled_from(["", " ", "\u00a0", "\u202f", "'", "group"]),
    st.sampled_from(["", "%", " %", "\u202f%"]),
)
def test_whatever_is_printed_is_read_back(whole: int, decimals: int, decimal: str, group: str, unit: str) -> None:
    mark = {"group": "." if decimal == "," else ","}.get(group, group)
    value = Fraction(whole, 10**decimals)
    digits = f"{whole // 10**decimals:,}".replace(",", mark)
    tail = f"{decimal}{whole % 10**decimals:0{decimals}d}" if decimals else ""
    reading = read_printed(digits + tail + unit, decimal=decimal)
    assert (reading.value, reading.decimals, reading.percent) == (value, decimals, unit != "")


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_in_our_own_words(text: str) -> None:
    try:
        reading = read_printed(text)
    except PublishedNumberError:
        return
    band = reading.interval()
    assert (band is None) == (reading.value is None)
