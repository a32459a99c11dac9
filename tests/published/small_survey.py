"""A survey of four strata that tests write to disk, whole or with planted faults."""

from __future__ import annotations

import json
from pathlib import Path

from aibaro.published import checksums

FILES = {
    "strata.csv": """size,sector,population,sample,respondents
small,trade,100,40,10
small,care,50,20,5
large,trade,20,20,8
large,care,10,10,10
""",
    "printed.csv": """\
id,fact,kind,item,base,base_n,weighted,domain,level,wave,group,printed,decimals,low,high,qualifier,unit,location
my.t1.use.small,use|size=small,percentage,use,all,,,size,small,,,"31,5%",1,,,,percent,"Table 1, row Small, column Use"
my.t1.use.large,use|size=large,percentage,use,all,,,size,large,,,"40,0%",1,,,,percent,"Table 1, row Large, column Use"
my.t1.plan.small,plan|size=small,percentage,plan,all,,yes,size,small,,,5%,0,,,,percent,"Table 1, row Small, column Plan"
my.text.use,use,percentage,use,all,33,yes,,,2023,,"33,2%",1,,,,percent,"Results, paragraph 1"
my.text.use.words,use,verbal,use,all,,yes,,,,,een derde,,31.66,36.67,exact,percent,"Results, paragraph 1"
my.text.use.before,use|wave=2022,percentage,use,all,,unknown,,,2022,,"21.7%",1,,,,percent,"Results, paragraph 1"
my.text.n,respondents,count,respondents,all,,no,,,,,33,0,,,,respondents,"Method"
my.text.cross,,percentage,use,users,,yes,size×sector,small×care,,,12 procent,0,,,,percent,"Results, paragraph 2"
""",
    "items.csv": """item,type,label_en,label_nl
use,indicator,uses it,gebruikt het
plan,indicator,plans it,plant het
respondents,count,respondents,respondenten
rate,rate,response rate,responsgraad
""",
    "levels.csv": """domain,level,order,label_en,label_nl
size,small,1,small,klein
size,large,2,large,groot
sector,trade,1,trade,handel
sector,care,2,care,zorg
""",
    "bases.csv": """base,parent,definition,respondents
all,,everyone,33
users,all,any(use),
""",
    "relations.csv": """kind,parts,whole
exhaustive,use plan,@all
count,us*,plan=1
subset,use@users|size=small,use
""",
    "claims.csv": """id,location,claim,type,rule,inputs,parameters
my.claim.1,"Results, paragraph 1",a third uses it,quantity,about,my.text.use,share=1/3
""",
    "ignored.csv": """token,times,location,reason
7,2,Page numbers,page
""",
    "verdicts.csv": """id,verdict,reason
my.text.use,consistent,
my.claim.1,supported,
""",
}
DESCRIPTOR = {
    "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
    "name": "my-survey",
    "title": "A survey of our own",
    "sources": [{"title": "Own (2023). A report."}],
    "contributors": [{"title": "Own", "roles": ["publisher"]}],
    "aibaro": {"prefix": "my", "rounding": "half_up", "wave": "2023", "decimal_mark": ",", "decimals": 1},
    "resources": [],
}
MINIMAL = {
    "strata.csv": "size,population,respondents\nsmall,100,10\nlarge,20,8\n",
    "printed.csv": 'id,item,base,domain,level,printed\na,use,all,size,small,"31,5%"\nb,use,all,,,een derde\n'
    "c,respondents,all,,,18\n",
}


def write(folder: Path, files: dict[str, str], descriptor: dict[str, object] | None = None) -> Path:
    """Write files, and a descriptor with fresh checksums where one is given."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    if descriptor is not None:
        (folder / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
        checksums.update(folder)
    return folder


def whole(folder: Path, **changes: tuple[str, str]) -> Path:
    """Write the whole survey; a change replaces one text of a file (named without its ending) by another."""
    files = dict(FILES)
    for name, (old, new) in changes.items():
        assert files[f"{name}.csv"].count(old) == 1, f"{old!r} has to stand once in {name}.csv"
        files[f"{name}.csv"] = files[f"{name}.csv"].replace(old, new)
    return write(folder, files, DESCRIPTOR)
