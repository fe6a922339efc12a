"""`docs/reliability.md` and the tests: each row has its test, each test of the matrix its row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.faults import test_answers, test_own_files, test_pulls, test_server, test_steps
from tests.faults.rows import Told

ROOT = Path(__file__).parent.parent.parent
MATRIX: dict[str, Sequence[Told]] = {
    "tests/faults/test_server.py": test_server.ROWS,
    "tests/faults/test_answers.py": test_answers.ROWS,
    "tests/faults/test_pulls.py": (*test_pulls.MENDING, *test_pulls.FAILING),
    "tests/faults/test_steps.py": test_steps.ROWS,
    "tests/faults/test_own_files.py": (*test_own_files.ROWS, *test_own_files.PLACES),
}
SECTIONS = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8").split("\n## ")[1:]


def cells(section: str) -> list[list[str]]:
    """The rows of the tables of a section, without their headings."""
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return [row for row in rows if row[0] not in ("case", "what happens")]


def section_of(module: str) -> str:
    """The section that tells of a module's rows."""
    return next(section for section in SECTIONS if f"Cases of `{module}`" in section)


@pytest.mark.parametrize("module", MATRIX)
def test_each_row_of_the_matrix_is_told_with_the_words_that_are_seen(module: str) -> None:
    told = {row[0]: row[2].casefold() for row in cells(section_of(module))}

    assert list(told) == [row.row for row in MATRIX[module]]
    for row in MATRIX[module]:
        assert [words for words in row.words if words.casefold() not in told[row.row]] == []


def test_each_test_that_is_named_is_there() -> None:
    named = [row[2].strip("`").split("::") for row in cells(SECTIONS[-1])]

    assert len(named) > 20
    for module, test in named:
        code = (ROOT / module).read_text(encoding="utf-8")
        assert re.search(rf"^ *(async )?def {test}\(", code, re.MULTILINE), (module, test)


def test_there_are_more_than_forty_rows() -> None:
    assert sum(map(len, MATRIX.values())) > 40
