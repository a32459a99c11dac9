"""The second reading: no number of a source is overlooked, and none is invented."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.environment import require
from tests.published.small_survey import whole, write

from aibaro.files import sha256_bytes
from aibaro.published import PublishedSurvey, left_over, load, read, second_reading
from aibaro.published._second_reading import tokens
from aibaro.published.bundled import bundled_names

SOURCE = """De helft niet, maar een derde (33,2%) wel; in 2022 was dat 21.7 %. Van 33 bedrijven is 31,5% klein, 40,0%
groot, 5% van plan, 12 procent beide. 7 / 7"""


@pytest.fixture
def survey(tmp_path: Path) -> PublishedSurvey:
    ignored = "token,times,location,reason\n7,2,Page numbers,page\nhelft,1,Opening,homonym\n2022,1,Opening,reference\n"
    folder = whole(tmp_path / "s")
    return read(write(folder, {"ignored.csv": ignored}, {"aibaro": {"wave": "2023"}, "resources": []}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12%15%11%11%", ["12%", "15%", "11%", "11%"]),
        ("77-82;95.1 en 3.044/9.140", ["77", "82", "95.1", "3.044", "9.140"]),
        ("63 % en 85\nprocent", ["63%", "85 procent"]),
        ("https://example.org/2023/a-1.pdf 20%20", ["https://example.org", "20%", "20"]),
        ("Drie\nop de tien, vier op tien, één of vijf", ["3/10", "2/5", "vijf"]),
        ("de helft, een kwart, driekwart, tweederde, twee derde", ["1/2", "1/4", "3/4", "2/3", "2/3"]),
        ("Ongeveer een derde; ten derde; de derde meting", ["1/3", "derde", "derde"]),
        ("zestien procent van zesduizend, dertig procent", ["zestien procent", "zesduizend", "dertig procent"]),
        ("een bedrijf, één van de zeven, eenvoudig, achtergrond, drieluik", ["zeven"]),
        ("effect op de werkgelegenheid; 65-plussers; n=841.", ["65", "841"]),
        ("geen getal", []),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


@given(st.lists(st.integers(0, 10**6)), st.sampled_from([" ", "\n", " en ", "; "]))
def test_every_number_of_any_text_is_a_token(numbers: list[int], between: str) -> None:
    assert tokens(between.join(map(str, numbers))) == [str(number) for number in numbers]


@given(st.text(alphabet="0123456789,.% procentvierhlfkwat\n", max_size=60))
def test_no_digit_is_ever_overlooked(text: str) -> None:
    assert sum(map(str.isdigit, text)) == sum(
        sum(map(str.isdigit, token)) for token in tokens(text) if "/" not in token
    )


def test_a_complete_transcription_leaves_nothing_over(survey: PublishedSurvey) -> None:
    reading = second_reading(SOURCE, survey).set_index("token")
    assert left_over(reading).empty
    assert reading.loc["7", ["in_source", "in_printed", "in_ignored"]].tolist() == [2, 0, 2]
    assert reading.loc["1/3", ["in_source", "in_printed", "in_ignored"]].tolist() == [1, 1, 0]
    assert reading.index[reading["percent"]].tolist() == ["12 procent", "21.7%", "31,5%", "33,2%", "40,0%", "5%"]


@pytest.mark.parametrize(
    ("change", "token", "over"),
    [
        ((" 7 / 7", " 7"), "7", -1),
        (("33,2%", "33,3%"), "33,3%", 1),
        (("33,2%", "33,3%"), "33,2%", -1),
        (("De helft niet", "De helft niet, een kwart wel"), "1/4", 1),
        (("een derde", "een derde, een derde"), "1/3", 1),
        (("een derde", "veel"), "1/3", -1),
        (("Van 33 bedrijven", "Van 33 bedrijven in drie sectoren"), "drie", 1),
    ],
)
def test_what_does_not_come_out_even_is_shown_on_either_side(
    survey: PublishedSurvey, change: tuple[str, str], token: str, over: int
) -> None:
    assert SOURCE.count(change[0]) == 1
    rest = left_over(second_reading(SOURCE.replace(*change), survey)).set_index("token")["left_over"]
    assert rest[token] == over


def test_one_share_in_words_may_speak_of_several_items(tmp_path: Path) -> None:
    head = "id,item,base,domain,level,printed,location\n"
    rows = "a,use,all,,,bijna de helft,P1\nb,plan,all,,,bijna de helft,P1\nc,use,all,,,de helft,P2\n"
    files = {"strata.csv": "size,population,respondents\ns,9,3\n", "printed.csv": head + rows}
    survey = read(write(tmp_path / "s", files))
    # two rows of one place and equal words stand for one or two tokens, the third for one of its own
    over = {n: second_reading("de helft " * n, survey)["left_over"].tolist() for n in range(1, 5)}
    assert over == {1: [-1], 2: [0], 3: [0], 4: [1]}


def sources() -> dict[str, Path]:
    """The sources that are on this machine, by the checksum of their text."""
    folder = Path(os.environ.get("AIBARO_SOURCES") or Path(__file__).resolve().parents[3] / "shared" / "sources")
    return {sha256_bytes(path.read_bytes()): path for path in sorted(folder.glob("*.txt"))} if folder.is_dir() else {}


@pytest.mark.parametrize("name", bundled_names())
def test_nothing_is_left_over_of_the_real_source(name: str) -> None:
    survey = load(name)
    known = sources()
    require(known, "the folder of sources (AIBARO_SOURCES)")
    (checksum,) = [source["sha256"] for source in survey.metadata["sources"]]
    assert checksum in known, "the transcribed text is not among the sources"
    reading = second_reading(known[checksum].read_text(encoding="utf-8"), survey)
    assert reading["in_source"].sum() > 20
    assert left_over(reading).empty, left_over(reading).to_string()


def test_digits_of_other_languages_are_tokens_and_their_words_are_none() -> None:
    from aibaro.published._second_reading import tokens

    text = "Effectif 1 204 et 1\u00a0187 ; 12,5 pour cent, 40 % et elf personnes"
    assert tokens(text, "fr") == ["1204", "1187", "12,5%", "40%"]
    assert tokens("1’234 Befragte, 45 Prozent, acht", "de") == ["1234", "45%"]
    # in Dutch a space parts two columns, and words are numbers
    assert tokens("45 120 en acht", "nl") == ["45", "120", "acht"]
