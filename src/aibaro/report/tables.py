"""How does a table leave the report?  As HTML cells, as CSV, as LaTeX."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

import pandas as pd

from aibaro.files import csv_text
from aibaro.messages import latex_text
from aibaro.report.words import Text

# characters that an address of data cannot carry as they are
_CARRIED = {ord(sign): quote(sign) for sign in '%#"\n\r\t'}


@dataclass(frozen=True, slots=True)
class Table:
    """A table for readers: words in two languages, numbers written out.

    Parameters
    ----------
    key : str
        Name of the table, unique in the report.
    caption : Text
        What the table holds.
    columns : tuple of Text
        Column heads.
    rows : tuple of tuple of Text
        Cells; the first one of a row heads it.
    numeric : tuple of int
        Places of the columns that hold numbers.
    data : pandas.DataFrame
        The same content at full precision, for CSV, LaTeX and the workbook.
    """

    key: str
    caption: Text
    columns: tuple[Text, ...]
    rows: tuple[tuple[Text, ...], ...]
    numeric: tuple[int, ...]
    data: pd.DataFrame

    def csv(self) -> str:
        """Write the data as CSV.

        Returns
        -------
        str
            UTF-8 text with a header, comma and LF.
        """
        return csv_text(self.data, float_format="%.12g")

    def csv_link(self) -> str:
        """Write the data as an address that a link can carry.

        Returns
        -------
        str
            A ``data:`` address.
        """
        return "data:text/csv;charset=utf-8," + self.csv().translate(_CARRIED)

    def latex(self, lang: str = "en") -> str:
        """Write the table for LaTeX (booktabs), texts escaped.

        Parameters
        ----------
        lang : {"en", "nl"}
            Language.

        Returns
        -------
        str
            A ``table`` environment.
        """
        frame = pd.DataFrame(
            [[latex_text(cell[lang]) for cell in row] for row in self.rows],
            columns=[latex_text(c[lang]) for c in self.columns],
        )
        align = "".join("r" if place in self.numeric else "l" for place in range(len(self.columns)))
        lines = [" & ".join(map(str, frame.columns)), *(" & ".join(row) for row in frame.to_numpy(dtype=str).tolist())]
        body = " \\\\\n".join(lines[1:])
        return (
            f"\\begin{{table}}\n\\caption{{{latex_text(self.caption[lang])}}}\n\\begin{{tabular}}{{{align}}}\n"
            f"\\toprule\n{lines[0]} \\\\\n\\midrule\n{body} \\\\\n\\bottomrule\n\\end{{tabular}}\n"
            "\\end{table}\n"
        )
