"""PDFs of strangers through ``aibaro init --pdf``: pages drawn at random, whole and broken."""

from __future__ import annotations

import zlib
from functools import cache

from hypothesis import strategies as st
from tests.doors.random_pages import page
from tests.fuzz.harness import explore, ran


@cache
def made(seed: int) -> bytes:
    return page(seed).content


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """A PDF of one page, with pieces of it replaced, doubled, left out, or stuffed with what a PDF may hold."""
    content = made(draw(st.integers(0, 11)))
    piece = st.one_of(
        st.binary(max_size=12),
        st.sampled_from(
            [
                *(b"endobj", b"stream\n", b"endstream", b"<<", b">>", b"[", b"]", b"/Kids [1 0 R]", b"/Type /Page"),
                *(
                    b"/Filter /FlateDecode",
                    b"/Length 99999999999",
                    b"BT",
                    b"ET",
                    b"9e99 0 0 -1 0 0 Tm",
                    b"(\\377\\000) Tj",
                ),
                *(
                    b"/JavaScript (app.alert(1))",
                    b"/URI (http://192.0.2.1/)",
                    b"%%EOF",
                    b"xref",
                    b"/Encrypt 1 0 R",
                    b"q " * 300,
                ),
            ]
        ),
    )
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(content)))
        cut = draw(st.integers(0, 30))
        content = content[:start] + draw(piece) + content[start + cut :]
    if draw(st.integers(0, 9)) == 0:
        content = content[: draw(st.integers(0, len(content)))]
    if draw(st.integers(0, 19)) == 0:
        content = zlib.compress(content)
    return content


def entered(content: bytes) -> str:
    code, _, _, left = ran({"report.pdf": content}, "init", "survey", "--pdf", "report.pdf")
    if code == 2:
        return "refused"
    assert "survey/candidates.csv" in left
    assert all(path.startswith("survey/") for path in left)
    return "entered"


def test_pdfs() -> None:
    explore(files(), entered, examples=100, least={"entered": 0.3, "refused": 0.02})
