"""What people get wrong on the command line: one clear message in its own words, and exit code 2."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from tests.published import small_survey

from aibaro.cli import main

ROWS = """id,w,size,sector,uses_ai,q1,age
1,1.5,small,a,yes,1,30
2,1.2,small,b,no,0,41
3,0.8,large,a,yes,1,52
4,0.9,large,b,no,1,28
"""
MARGINS = "domain,level,target\nsize,small,60\nsize,large,40\n"

# what is typed | what the answer holds
MISTAKES = """
chek | did you mean 'aibaro check'?
lst | did you mean 'aibaro list'?
completion tcsh | bash, zsh, fish
check | parameter: PATH
check nowhere | there is no such folder
check rows.csv | there is no such folder
check folder | printed.csv
check flanders-2023 | 'aibaro replicate flanders-2023'
check survey --lang fr | expected: en, nl
check folder --lang nl | printed.csv
check survey --no-figure | did you mean --no-figures?
check survey -o rows.csv | rows.csv is a file
check survey -o | a value is missing
explain | parameter: ID
explain fl23.summary.process_automaton | did you mean fl23.summary.process_automation
explain fl23.summary.process_automation --survey flander-2023 | did you mean flanders-2023?
explain xx --survey folder | printed.csv
explain xx --draws -1 | whole number from 1
explain xx --draws many | whole number from 1
explain xx --measure anwers | did you mean answers?
find | parameter: WORD
find ai --most 0 | parameter: --most
find ai --survey nowhere | inspark-2025
find ai --format yaml | table, csv, markdown, json
find ai --survey | a value is missing
find ai --langage nl | did you mean --language?
replicate flander-2023 | did you mean flanders-2023?
replicate -o rows.csv | rows.csv is a file
replicate --update --only x | parameter: --update
init | parameter: PATH
init rows.csv | which is a file
init folder/new --table nowhere.xlsx | parameter: --table
init folder/new --table folder | Is a directory
init folder/new --table empty.csv | there is no table
init survey/new | a place outside
init folder/new --pdf nowhere | parameter: --pdf
init folder/new --pdf words.txt | the PDF cannot be read
init folder/new --table a.csv --pdf b.pdf | exclude each other
init folder/new --upgrade | there is no such folder
accept | parameter: DIR
accept nowhere | there is no such folder
accept survey 9 | not the number of a proposal
accept survey --reject | which proposals to remove
compare | got: neither
compare flanders-203 | did you mean flanders-2023?
compare io-2023 --adoption | got: both
compare io-2023 --conf-level 95 | write 0.95 for 95%
compare io-2023 --conf-level -1 | parameter: --conf-level
compare io-2023 --deff -2 | a number from 1e-09 to 1e+09
compare io-2023 --deff 1e308 | a number from 1e-09 to 1e+09
compare --adoption --deff 2 | without --adoption
compare io-2023 --method walt | did you mean wald?
bounds flander-2023 | did you mean flanders-2023?
bounds io-2023 | parameter: SURVEY
bounds flanders-2023 --item at_least_on | did you mean at_least_one?
bounds flanders-2023 --interval walt | did you mean wald?
bounds flanders-2023 --processes 0 | whole number from 1
bounds flanders-2023 --reveal small | together with --strata
bounds flanders-2023 --scope tabels | did you mean tables?
synthesize flanders-2023 | parameter: --seed
synthesize flanders-2023 --seed x | got: x
synthesize flanders-2023 --seed 1 --replicates 0 | whole number from 1
synthesize flanders-2023 --seed 1 -o x.csv | parameter: --output
synthesize flanders-2023 --seed 1 -o folder | is a folder
synthesize flanders-2023 --seed 1 --end lower | together with --bound
synthesize flanders-2023 --seed 1 --bound at_least_one --population | without --population
synthesize flanders-2023 --seed 1 --bound at_least_on | did you mean at_least_one
synthesize flanders-2023 --seed 1 --bound technology.* | parameter: --bound
synthesize flanders-2023 --seed 1 --bound fl23.t5.n | that 'aibaro bounds' lists
grim | there is nothing to check
grim 42% | the size of the base is missing
grim 42% --n -36 | not the size of a base
grim 42% --n 36 --mean --percentage | exclude each other
grim abc --n 36 | "abc" is not a number
grim 3.4 --n 18 --mean --sd 1.2 1.3 | parameter: --sd
grim --file nowhere.csv | No such file
grim --file empty.csv | the file is empty
grim --file rows.csv | unknown column
grim --text folder | Is a directory
grim 42% --n 36 --rounding half_upp | did you mean half_up?
grim 3.4 --n 18 --mean --scale 1 | parameter: --scale
grim 42% --n 99999999999999999999999999999999 | a whole number
grim 42% --n 9999999999999 | 1 to 1,000,000,000,000
grim 3.44 --n 99999999 --mean --sd 2.4 | 1 to 1,000,000
grim 42% 43% --total 99999999 | 1 to 1,000,000
grim 3.4 --n 36 --mean --items 9999999999999999999 | 1 to 1,000,000
grim 3.4 --n 18 --mean --sd 1.2 --scale ²,5 | two whole numbers
grim 3.4 --n 18 --mean --sd 1.2 --scale=--1,5 | two whole numbers
explain fl23.summary.process_automation --by size_class | with --typical
reread flanders-2023 | parameter: SOURCE
reread flanders-2023 nowhere.txt | No such file
reread flanders-2023 binary.csv | a PDF or UTF-8
weights rows.csv | -o/--output
weights rows.csv -o x.csv | no step asked for
weights rows.csv -o x.csv --rake nowhere.csv | parameter: --rake
weights rows.csv -o x.csv --rake misspelt.csv | expected: smal, large
weights rows.csv -o x.csv --rake rows.csv | a column target
weights rows.csv -o rows.csv --rake margins.csv | the output would
weights rows.csv -o x.doc --rake margins.csv | got: .doc
weights rows.csv -o x.csv --rake margins.csv --weight size | parameter: --weight size
weights rows.csv -o x.csv --rake margins.csv --total -5 | parameter: --total
weights rows.csv -o x.csv --calibrate margins.csv --bounds 3 | parameter: --bounds
weights rows.csv -o x.csv --rake flander-2023 | did you mean flanders-2023?
estimate nowhere.csv --mean q1 | no such file
estimate folder --mean q1 | got: a folder
estimate empty.csv --mean q1 | the file is empty
estimate binary.csv --mean q1 | NUL characters
estimate words.txt --mean b | no rows
estimate rows.csv --weight w | --mean, --total
estimate rows.csv --mean | a value is missing
estimate rows.csv --weight w --mean "" | a value is empty
estimate rows.csv --weight w --mean q1 --separator é | one character of ASCII
estimate rows.csv --mean q1 | weights are not determined
estimate rows.csv --mean q9 --weight w | parameter: --mean
estimate rows.csv --mean uses_ai --weight w | not a column of numbers
estimate rows.csv --mean q1 --weight ww | did you mean w?
estimate rows.csv --mean q1 --weight size | parameter: --weight size
estimate rows.csv --mean q1 --weight w --by secter | parameter: --by secter
estimate rows.csv --mean q1 --weight w --domain size=smal | did you mean small?
estimate rows.csv --mean q1 --weight w --domain size | COL=LEVEL
estimate rows.csv --mean q1 --total q1 | exclude each other
estimate rows.csv --mean q1 --weight w --conf-level 95 | parameter: --conf-level
estimate rows.csv --mean q1 --conf-level x | a number, with a point
estimate rows.csv --mean q1 --weight w --stratum id | parameter: --single
estimate rows.csv --quantile age --q 1.5 --weight w | parameter: --q
estimate rows.csv --ratio q1 --weight w | NUM/DEN
estimate rows.csv --test q1 --weight w | X,Y
estimate rows.csv --mean q1 --weight w --history nowhere.json | parameter: --history
estimate rows.csv --mean q1 --encoding klingon | parameter: --encoding
table rows.csv --weight w | parameter: --rows
table rows.csv --weight w --rows uses_ai --columns secter | did you mean sector?
table rows.csv --weight w --rows uses_ai -o x.doc | got: .doc
table rows.csv --weight w --rows uses_ai --set x | parameter: --set
table rows.csv --weight w --rows uses_ai --measures mode | parameter: --measures
table rows.csv --weight w --rows uses_ai --small-base -4 | parameter: --small-base
model rows.csv --weight w | parameter: --formula
model rows.csv --weight w --formula "age ~ siz" | size
model rows.csv --weight w --formula "age ~ size" --family gausian | did you mean gaussian?
plan flanders-2023 | parameter: --n, --margin
plan flanders-2023 --n -5 | -5
plan flanders-2023 --n 100 --margin 3 | exclude each other
plan flanders-2023 --margin 3 --response 27 | --response
plan flanders-2023 --n 3000 --by secter | did you mean sector?
list --jsn | did you mean --json?
show flander-2023 | did you mean flanders-2023?
show flanders-2023 --table 99 | parameter: --table
show folder | printed.csv
plot flanders-2023 adopton -o x.svg | did you mean adoption?
plot flanders-2023 adoption -o x.doc | .doc
plot flanders-2023 adoption --by secter -o x.svg | sector
open nowhere | there is no report
lesson 99 | lesson
lesson x | got: x
lesson 1 -o survey/deep/er | a place outside
lesson 1 --solutions --student | exclude each other
"""
# names of classes, functions and arguments of the library, and of what Python says by itself
_PYTHON = re.compile(
    r"\b[A-Za-z]+(Error|Exception)\b|Traceback|Errno|from_frame|aibaro\.[a-z]+\(|aibaro\.(load|read)"
    r"|\b(weight|population|single|strata|conf_level|replicates|units)='?|\bNone\b"
)


@pytest.mark.parametrize("line", MISTAKES.strip().splitlines())
def test_a_mistake_is_answered_in_the_words_of_the_command_line(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed, told = (part.strip() for part in line.split(" | "))
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    Path("rows.csv").write_text(ROWS, encoding="utf-8")
    Path("margins.csv").write_text(MARGINS, encoding="utf-8")
    Path("misspelt.csv").write_text(MARGINS.replace("small", "smal"), encoding="utf-8")
    Path("empty.csv").touch()
    Path("binary.csv").write_bytes(b"a,b\n\xff\xfe\x00x,1\n")
    Path("words.txt").write_text("hello\n", encoding="utf-8")
    small_survey.write(tmp_path / "survey", small_survey.MINIMAL)
    before = sorted(path.name for path in tmp_path.rglob("*"))
    assert main(shlex.split(typed)) == 2
    shown = capsys.readouterr()
    message = shown.err[shown.err.index("error: ") :]
    assert told in message
    assert not _PYTHON.search(message)
    assert "where: " in message
    assert shown.out == ""
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


def test_keys_and_columns_of_a_file_are_no_options(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The key "name" of a descriptor was called PATH, after an argument of a function, and more faults followed."""
    (tmp_path / "printed.csv").write_text("id,item,printed\n1,use,30%\n", encoding="utf-8")
    (tmp_path / "datapackage.json").write_text('{"name": 3, "aibaro": {"prefix": 5}}', encoding="utf-8")
    assert main(["check", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert "parameter: name\n" in told
    assert "parameter: aibaro.prefix\n" in told
    assert "an id does not carry" not in told
    (tmp_path / "datapackage.json").write_text("null", encoding="utf-8")
    assert main(["check", str(tmp_path)]) == 2
    assert "got: null" in capsys.readouterr().err


@pytest.mark.parametrize(
    "line",
    [
        "list",
        "show flanders-2023",
        "show flanders-2023 --table 3",
        "find privacy",
        "explain fl23.summary.process_automation --lang nl",
        "estimate rows.csv --weight w --proportion uses_ai --by sector",
        "estimate rows.csv --weight w --proportion uses_ai --by sector --deff",
        "model rows.csv --weight w --formula 'age ~ size'",
        "table rows.csv --weight w --rows uses_ai,sector --columns size,sector",
        "bounds flanders-2023 --item plans",
        "compare io-2023",
    ],
)
def test_what_is_printed_fits_a_terminal_of_eighty_columns(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    Path("rows.csv").write_text(ROWS, encoding="utf-8")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert main(shlex.split(line)) == 0
    shown = capsys.readouterr().out
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert max(map(len, plain.splitlines())) <= 80
