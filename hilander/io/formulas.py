"""Texts that a spreadsheet would run as a formula: an apostrophe before them in a CSV, and away again on reading.

    =1+1  ->  '=1+1        -1, +2.5  ->  as they are

Knows nothing about files. `shown(harmless(text)) == text` for every text.
"""

from __future__ import annotations

import re

# What Excel, LibreOffice and Google Sheets take for the start of a formula, full-width signs too; a number is none.
FORMULA = re.compile(r"'*(?![+-]?\d+(?:\.\d+)?\Z)[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]", re.ASCII)


def harmless(text: str) -> str:
    """The text as a cell that no spreadsheet runs."""
    return f"'{text}" if FORMULA.match(text) else text


def shown(cell: str) -> str:
    """The text that `harmless` was given."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell, 1) else cell
