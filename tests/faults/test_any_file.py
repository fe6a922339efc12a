"""Whatever is found in a file of ours, it is read, and the next thing that is written is whole."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.faults.killing import kinds

_WORDS = ["version", "servers", "http://box:11434", "model", "alias", "pins", "unfinished",
          "name", "history", "format", "fields", "models", "layers", "notes", "sort", "folded",
          "ours"]  # fmt: skip
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(_WORDS) | st.text(max_size=5), inner, max_size=5)
    ),
    max_leaves=12,
)
_SERVERS = st.builds(lambda entry: {"version": 1, "servers": {"http://box:11434": entry}}, _VALUES)
_CONTENTS = st.binary(max_size=60) | (_VALUES | _SERVERS).map(lambda of: json.dumps(of).encode())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(_CONTENTS)
def test_whatever_is_in_it_nothing_is_raised_and_the_next_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)
    for kind in kinds(tmp_path, lambda words: None).values():
        kind.write(False)
    for path in tmp_path.rglob("*.json"):
        if not path.name.startswith("."):
            path.write_bytes(content)

    for kind in kinds(tmp_path, lambda words: None).values():
        kind.read()
        kind.write(True)
        assert kind.read() == kind.either[1]
    for path in tmp_path.glob("*.damaged-*"):
        path.unlink()
