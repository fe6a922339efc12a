"""The last known library of each server."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ollama_tui.core.cache import KnownLibrary, LibraryCache
from ollama_tui.core.library import Library
from ollama_tui.core.models import Model

KNOWN = KnownLibrary(
    Library(
        (
            Model("a:1b", 5, "d1", 1.5, "llama", "1B", "Q4_0", 2048, ("completion", "tools")),
            Model("千问\u00a0\u3000:latest", family="[/b]"),
            Model("c:cloud", None, "d3", 2.0, remote_host="https://ollama.com:443"),
        )
    ),
    1_800_000_000.5,
    "0.32.15",
)


@pytest.fixture
def cache(tmp_path: Path) -> LibraryCache:
    return LibraryCache(tmp_path / "cache", "here")


@pytest.fixture
def file(cache: LibraryCache, tmp_path: Path) -> Path:
    """The file of a cache that has been written once."""
    cache.save(KNOWN)
    return next((tmp_path / "cache").iterdir())


class TestKeeping:
    def test_what_was_kept_comes_back_the_same(self, cache: LibraryCache) -> None:
        cache.save(KNOWN)

        assert cache.load() == KNOWN

    def test_at_first_there_is_nothing(self, cache: LibraryCache) -> None:
        assert cache.load() is None

    def test_a_newer_library_leaves_the_rest_as_it_was(self, cache: LibraryCache) -> None:
        cache.save(KNOWN)
        fewer = KNOWN.library.without(("a:1b",))

        cache.renew(fewer, 5.0)

        assert cache.load() == replace(KNOWN, library=fewer, as_of=5.0)

    def test_the_same_library_is_no_news(self, cache: LibraryCache) -> None:
        cache.save(KNOWN)

        cache.renew(KNOWN.library, 5.0)

        assert cache.load() == KNOWN

    def test_an_empty_library_is_kept_too(self, cache: LibraryCache) -> None:
        cache.save(KnownLibrary(Library(), 1.0))

        assert cache.load() == KnownLibrary(Library(), 1.0)

    def test_each_server_has_its_own(self, cache: LibraryCache, tmp_path: Path) -> None:
        cache.save(KNOWN)

        assert LibraryCache(tmp_path / "cache", "there").load() is None

    @pytest.mark.usefixtures("file")
    def test_a_folder_that_cannot_be_written_is_no_failure(self, tmp_path: Path) -> None:
        (tmp_path / "blocked").write_text("")
        cache = LibraryCache(tmp_path / "blocked" / "cache", "here")

        cache.save(KNOWN)

        assert cache.load() is None


def without_fields(content: dict[str, Any]) -> None:
    del content["fields"]


def with_models(rows: object) -> Callable[[dict[str, Any]], None]:
    return lambda content: content.update(models=rows)


def with_value(index: int, value: object) -> Callable[[dict[str, Any]], None]:
    return lambda content: content["models"][0].__setitem__(index, value)


class TestAFileThatCannotBeUsed:
    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"{",
            b"[]",
            b"{}",
            b"\xff",
            pytest.param(b"[" * 100_000, id="deep"),
            b'{"format": 1}',
        ],
        ids=["empty", "cut", "list", "nothing", "binary", "nested", "short"],
    )
    def test_a_damaged_one_is_ignored(
        self, cache: LibraryCache, file: Path, content: bytes
    ) -> None:
        file.write_bytes(content)

        assert cache.load() is None

    @pytest.mark.parametrize(
        "change",
        [
            lambda content: content.update(format=99),
            lambda content: content.update(server="there"),
            lambda content: content.update(fields=["name"]),
            without_fields,
            lambda content: content.update(as_of=None),
            lambda content: content.update(as_of=float("nan")),
            lambda content: content.update(as_of=float("inf")),
            lambda content: content.update(as_of=10**400),
            lambda content: content.update(as_of=True),
            with_models(None),
            with_models({}),
            with_models([None]),
            with_models([7]),
            with_models(["a text that is long enough"]),
            with_models([{}]),
            with_models([[]]),
            with_models([["a"]]),
            with_models([["a", 1, "d", 1.0, "f", "1B", "Q", 1, [], "", "one too many"]]),
            with_value(0, None),
            with_value(0, "a\x1b[2J"),
            with_value(0, "a\u202eb"),
            with_value(1, "5"),
            with_value(1, float("nan")),
            with_value(1, float("inf")),
            with_value(1, 10**400),
            with_value(3, float("nan")),
            with_value(3, True),
            with_value(7, []),
            with_value(8, "completion"),
            with_value(8, None),
            with_value(8, [7]),
            with_value(8, ["a\x1bb"]),
        ],
    )
    def test_a_foreign_one_is_ignored(
        self, cache: LibraryCache, file: Path, change: Callable[[dict[str, Any]], None]
    ) -> None:
        content = json.loads(file.read_text())
        change(content)
        file.write_text(json.dumps(content))

        assert cache.load() is None

    def test_the_next_save_mends_it(self, cache: LibraryCache, file: Path) -> None:
        file.write_text("{")

        cache.save(KNOWN)

        assert cache.load() == KNOWN
