"""The shapes on disk: small, and lost without harm."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ollama_tui.core.memory.shape import Layer, Shape
from ollama_tui.core.memory.shape_cache import ShapeCache

DIGEST = "c0ffee" * 10
SHAPE = Shape(
    layers=(Layer(1024, 512), Layer(256, 256, slides=True), Layer(state=7)), weights=5,
    host_weights=4, projector=3, vocabulary=2, width=64, heads=8, window=128, trained=None,
    num_ctx=8192, notes=("its vocabulary is not told",),
)  # fmt: skip


def test_a_shape_is_the_same_after_a_restart(tmp_path: Path) -> None:
    ShapeCache(tmp_path / "shapes").save(DIGEST, SHAPE)

    assert ShapeCache(tmp_path / "shapes").load(DIGEST) == SHAPE


def test_a_large_model_takes_a_few_kilobytes(tmp_path: Path) -> None:
    ShapeCache(tmp_path).save(DIGEST, Shape(layers=(Layer(1024, 1024),) * 126))

    assert (tmp_path / f"{DIGEST}.json").stat().st_size < 4096


@pytest.mark.parametrize("digest", ["", "../../x", "C0FFEE" * 10, "a/b" * 10])
def test_what_is_no_digest_touches_no_file(tmp_path: Path, digest: str) -> None:
    ShapeCache(tmp_path).save(digest, SHAPE)

    assert ShapeCache(tmp_path).load(digest) is None
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("format", 0), ("format", None), ("weights", -1), ("weights", True), ("heads", None),
        ("heads", 1e300), ("layers", [[1, 2]]), ("layers", [[1, 2, False, None, 3]]),
        ("layers", 3), ("notes", ["\x1b[2J"]), ("notes", [4]), ("notes", "no"),
    ],
)  # fmt: skip
def test_a_damaged_file_is_asked_for_anew(tmp_path: Path, name: str, value: object) -> None:
    cache = ShapeCache(tmp_path)
    cache.save(DIGEST, SHAPE)
    path = tmp_path / f"{DIGEST}.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {name: value}))

    assert cache.load(DIGEST) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60))
def test_whatever_is_in_the_file_breaks_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / f"{DIGEST}.json").write_bytes(content)

    assert ShapeCache(tmp_path).load(DIGEST) is None


def test_the_oldest_go_when_there_are_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ollama_tui.core.memory.shape_cache._AT_MOST", 4)
    cache = ShapeCache(tmp_path)
    for at in range(6):
        cache.save(f"{at:064x}", SHAPE)

    assert len(list(tmp_path.iterdir())) <= 4
    assert cache.load(f"{5:064x}") == SHAPE


def test_a_folder_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    ShapeCache(tmp_path / "file").save(DIGEST, SHAPE)
