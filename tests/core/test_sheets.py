"""CSV that stays text in a spreadsheet, however it begins."""

import csv
import io

import pytest

from core.sheets import ROWS, cell, lines

#: the same signs as wide letters, and one as a small one
WIDE = ["\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20SUM(A1)", "\ufe661"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", *WIDE])
def test_what_could_be_a_formula_gets_an_apostrophe(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Dora", "O'Neill", "1 = 1", "مرحبا", "'quoted'"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert cell(text) == text


@pytest.mark.parametrize("number", [0, 1, ROWS, ROWS + 1, 2 * ROWS])
def test_every_row_comes_once_whatever_the_pieces(number: int) -> None:
    text = "".join(lines(["name", "count"], ((f'a "{at}",\n', at) for at in range(number))))
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert read == [["name", "count"], *([f'a "{at}",\n', str(at)] for at in range(number))]


def test_nor_does_one_begin_behind_a_semicolon() -> None:
    """Where commas are for decimals, spreadsheets part cells at semicolons, in quotes or not."""
    assert cell("Dora;=1+1") == "Dora;'=1+1"
    assert cell('Dora; "@SUM(A1)') == "Dora; \"'@SUM(A1)"
    assert cell("Dora; Dreamer - twice") == "Dora; Dreamer - twice"
