"""The lines of keys in a TOML document, whatever else is in it."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_tui.config.lines import key_lines


class TestLines:
    def test_each_key_and_table_has_its_own(self) -> None:
        text = '# host = "no"\nhost = "a"\n\nmouse=true # theme = 1\n[keys]\n\nmodel.use = "x"\n'

        assert key_lines(text) == {
            "host": 2,
            "mouse": 4,
            "keys": 5,
            "keys.model": 7,
            "keys.model.use": 7,
        }

    def test_a_quoted_key_is_the_same_as_a_bare_one(self) -> None:
        lines = key_lines('"host" = 1\n[ "keys" ]\n\'model.use\' = 2\n"a\\u0062" = 3')

        assert (lines["host"], lines["keys"]) == (1, 2)
        assert (lines["keys.model.use"], lines["keys.ab"]) == (3, 4)

    @pytest.mark.parametrize(
        "value",
        [
            '"# ]\\"= b"',
            "'# \\'",
            '"""\n[b]\nb = 1\n"""',
            '"""\\""""""',
            "'''\nb = \"\n'''''",
            '[\n  "b = 1", # ]\n  [2, 3],\n]',
            "{ x = 1, b = [2] }",
            "1979-05-27T07:32:00Z",
            "-1.5e+3",
        ],
    )
    def test_what_is_within_a_value_is_no_key(self, value: str) -> None:
        text = f"a = {value}\nb = 1\n"
        assert set(tomllib.loads(text)) == {"a", "b"}

        assert key_lines(text) == {"a": 1, "b": value.count("\n") + 2}

    def test_the_first_of_several_tables_counts(self) -> None:
        assert key_lines("[[a]]\nx = 1\n[[a]]\nx = 2\n") == {"a": 1, "a.x": 2}

    def test_an_empty_document_has_none(self) -> None:
        assert key_lines("") == key_lines("\n# a = 1\n") == {}

    @given(
        st.lists(
            st.tuples(
                st.from_regex(r"[a-z0-9_-]{1,9}", fullmatch=True),
                st.sampled_from(['"="', "[1,\n2]", "'#'", '"""\n"""', "{a = 1}", "true # ["]),
                st.integers(0, 2),
            ),
            unique_by=lambda row: row[0],
        )
    )
    def test_the_line_of_any_key_begins_with_it(self, rows: list[tuple[str, str, int]]) -> None:
        text = "".join(f"{key} = {value}\n" + "\n" * blank for key, value, blank in rows)

        found = key_lines(text)

        assert set(found) == set(tomllib.loads(text))
        for key, line in found.items():
            assert text.splitlines()[line - 1].startswith(f"{key} = ")
