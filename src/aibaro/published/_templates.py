"""Which files does a survey of one's own begin with?  A small one that can be checked as it stands."""

from __future__ import annotations

import json
from pathlib import Path

from aibaro.published._folder import read
from aibaro.published._survey import PublishedSurvey
from aibaro.published.schema import COMPARISON_COLUMNS, COMPARISONS, TABLES

README = """# A published survey of your own

Put your numbers into the files below in the place of the example, then run

    aibaro check {folder}

Only `printed.csv` is needed, and of its columns `item` and `printed`. Each further file allows more checks; delete
those that you do not need. Write numbers exactly as they were printed, one row for each place where a number stands.

| file | one row is |
|---|---|
| `printed.csv` | one printing of a number; `domain` and `level` name the group it is about, empty for all |
| `strata.csv` | a stratum: its variables, `population`, `sample` (where published), `respondents` |
| `items.csv` | an item asked |
| `levels.csv` | a level of a domain |
| `bases.csv` | a set of respondents that figures refer to: `users, all, any(use.a use.b), 12` |
| `relations.csv` | how items hang together: `exhaustive` (parts add up to the whole), `union`, `subset`, ... |
| `claims.csv` | a statement and the rule that decides it; sections of inputs are parted by ` / ` |
| `ignored.csv` | a number of the source that is no statement |
| `comparisons.csv` | a family of comparisons or claims, or a size that print leaves out |
| `datapackage.json` | what the survey is and declares: how answers are weighted, the decimal mark, the language |

The pages "Data dictionary" and "Rules" of the documentation say what each column, key, relation and rule means.

`aibaro check` writes `ledger.csv` (each number with its verdict), `claim_verdicts.csv`, `ledger.json` and
`report.html`. `aibaro explain ID --survey {folder}` prints the argument for one number.
"""

EXAMPLES: dict[str, list[str]] = {
    "printed": [
        "id,item,base,domain,level,printed",
        'my.use,use,all,,,"14,0%"',
        'my.no_use,no_use,all,,,"86,0%"',
        'my.use.small,use,all,size,small,"10,0%"',
        'my.use.large,use,all,size,large,"50,0%"',
    ],
    "strata": ["size,population,sample,respondents", "small,900,90,40", "large,100,50,30"],
    "items": [
        "item,type,label_en,label_nl",
        "use,indicator,uses it,gebruikt het",
        "no_use,indicator,does not use it,gebruikt het niet",
    ],
    "levels": ["domain,level,order,label_en,label_nl", "size,small,1,small,klein", "size,large,2,large,groot"],
    "bases": ["base,parent,definition,respondents", "all,,all,70"],
    "relations": ["kind,parts,whole", "exhaustive,use no_use,@all"],
    "claims": [
        "id,location,claim_en,claim_nl,type,rule,inputs,parameters",
        "my.c1,Summary,most firms do without it,de meeste bedrijven doen het zonder,majority,majority,no_use,",
    ],
    "ignored": ["token,times,location,reason"],
}


def templates(folder: str) -> dict[str, str]:
    """Return the files of a new survey.

    Parameters
    ----------
    folder : str
        Its folder, as the README names it.

    Returns
    -------
    dict of str to str
        Text by file name; a small survey that can be checked as it stands.

    Examples
    --------
    >>> templates("my-survey")["bases.csv"]
    'base,parent,definition,respondents\\nall,,all,70\\n'
    """
    files = {"README.md": README.format(folder=folder)}
    files |= {TABLES[name].file: "\n".join(lines) + "\n" for name, lines in EXAMPLES.items()}
    files[COMPARISONS] = ",".join(COMPARISON_COLUMNS) + "\n"
    descriptor = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "my-survey",
        "title": "A survey of my own",
        "sources": [{"title": "Full citation of the publication"}],
        "contributors": [{"title": "Publisher", "roles": ["publisher"]}],
        "aibaro": {
            "prefix": "my",
            "rounding": "half_up",
            "wave": "",
            "decimal_mark": ",",
            "language": "en",
            "weighting": {"kind": "cells", "location": "where the source says so"},
            "item_nonresponse": "unknown",
            "sampling": "unknown",
        },
        "resources": [{"name": file.removesuffix(".csv"), "path": file} for file in files if file.endswith(".csv")],
    }
    files["datapackage.json"] = json.dumps(descriptor, ensure_ascii=False, indent=2) + "\n"
    return files


def small_survey(folder: str | Path) -> PublishedSurvey:
    """Write the templates into a folder, and read the small made survey that they are: for examples and first tries.

    Parameters
    ----------
    folder : str or pathlib.Path
        A folder that exists.

    Returns
    -------
    PublishedSurvey
        Two strata, two items that add up to 100, and one claim; none of it was ever published.

    Examples
    --------
    >>> import tempfile
    >>> survey = small_survey(tempfile.mkdtemp())
    >>> survey.name, survey.printed["printed"].tolist()
    ('my-survey', ['14,0%', '86,0%', '10,0%', '50,0%'])
    """
    place = Path(folder)
    for name, text in templates(place.name).items():
        (place / name).write_text(text, encoding="utf-8")
    return read(place)
