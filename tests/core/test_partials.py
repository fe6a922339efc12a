"""Layers that a server has begun to fetch."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ollama_tui.core.partials import Begun, begun

_DIGEST, _OTHER = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
_FILE = f"sha256-{'a' * 64}"
_MIB = 2**20


def sparse(file: Path, length: int, written: int = 0) -> None:
    """A file of that length, of which only the beginning was written."""
    with file.open("wb") as opened:
        opened.write(os.urandom(written))
        opened.truncate(length)
        # Some file systems count what was written only then.
        os.fsync(opened.fileno())


def part(blobs: Path, number: int, size: object, completed: object) -> None:
    found = {"N": number, "Offset": 0, "Size": size, "Completed": completed}
    (blobs / f"{_FILE}-partial-{number}").write_text(json.dumps(found))


@pytest.fixture
def blobs(tmp_path: Path) -> Path:
    """A folder with a layer of 10 MiB of which nothing has arrived."""
    sparse(tmp_path / f"{_FILE}-partial", 10 * _MIB)
    return tmp_path


class TestALayerThatIsBegun:
    def test_what_its_parts_tell_has_arrived(self, blobs: Path) -> None:
        part(blobs, 0, 6 * _MIB, 2 * _MIB)
        part(blobs, 11, 4 * _MIB, 4 * _MIB)

        assert begun(blobs, {_DIGEST: 10 * _MIB}).arrived == 6 * _MIB

    @pytest.mark.parametrize("target", ["/dev/zero", "pipe", "folder"])
    def test_what_is_no_file_tells_nothing(self, blobs: Path, target: str) -> None:
        (blobs / "folder").mkdir()
        os.mkfifo(blobs / "pipe")
        (blobs / f"{_FILE}-partial-0").symlink_to(target)
        os.mkfifo(blobs / f"{_FILE}-partial-1")
        (blobs / f"{_FILE}-partial-2").mkdir()

        assert begun(blobs, {_DIGEST: 10 * _MIB}).arrived == 0

    def test_no_more_has_arrived_than_the_layer_has(self, blobs: Path) -> None:
        part(blobs, 0, 6 * _MIB, 6 * _MIB)

        assert begun(blobs, {_DIGEST: 5 * _MIB}) == Begun(5 * _MIB, 5 * _MIB)

    def test_its_length_tells_nothing(self, blobs: Path) -> None:
        found = begun(blobs, {_DIGEST: 10 * _MIB})

        assert found.arrived == 0
        assert found.held < _MIB

    def test_what_was_written_takes_room_even_if_it_has_to_be_fetched_again(
        self, blobs: Path
    ) -> None:
        sparse(blobs / f"{_FILE}-partial", 10 * _MIB, written=_MIB)
        part(blobs, 0, 10 * _MIB, 1000)

        found = begun(blobs, {_DIGEST: 10 * _MIB})

        assert found.arrived == 1000
        assert _MIB <= found.held < 2 * _MIB

    def test_parts_of_a_file_that_is_gone_tell_nothing(self, blobs: Path) -> None:
        (blobs / f"{_FILE}-partial").unlink()
        part(blobs, 0, 6 * _MIB, 2 * _MIB)

        assert begun(blobs, {_DIGEST: 10 * _MIB}) == Begun(0, 0)

    def test_those_of_other_layers_do_not_count(self, blobs: Path) -> None:
        part(blobs, 0, 6 * _MIB, 2 * _MIB)

        assert begun(blobs, {_OTHER: 10 * _MIB}) == Begun(0, 0)

    def test_all_layers_count_together(self, blobs: Path) -> None:
        part(blobs, 0, 6 * _MIB, 2 * _MIB)

        assert begun(blobs, {_OTHER: 10 * _MIB, _DIGEST: 10 * _MIB}).arrived == 2 * _MIB

    def test_in_a_folder_that_is_gone_there_are_none(self, tmp_path: Path) -> None:
        assert begun(tmp_path / "gone", {_DIGEST: 10 * _MIB}) == Begun(0, 0)


class TestADamagedPart:
    @pytest.mark.parametrize(
        "text",
        [
            "", "{", "[1]", "null", '{"N":0,"Offset":0,"Size":9}', '{"Size":9,"Completed":10}',
            '{"Size":9,"Completed":-1}', '{"Size":9,"Completed":true}',
            '{"Size":9,"Completed":"7"}', '{"Size":9,"Completed":7.5}', "[" * 100_000, "\xff",
            '{"Size":' + "9" * 5000 + ',"Completed":7}',
        ],
        ids=[
            "empty", "cut", "list", "null", "without", "too much", "negative", "truth", "text",
            "fraction", "deep", "binary", "huge",
        ],
    )  # fmt: skip
    def test_it_tells_nothing_and_the_others_count(self, blobs: Path, text: str) -> None:
        (blobs / f"{_FILE}-partial-0").write_text(text, encoding="latin-1")
        part(blobs, 1, 6 * _MIB, 2 * _MIB)

        assert begun(blobs, {_DIGEST: 10 * _MIB}).arrived == 2 * _MIB

    @pytest.mark.parametrize("name", ["-partial-", "-partial-x", "-partial-0.bak"])
    def test_what_is_called_otherwise_is_none(self, blobs: Path, name: str) -> None:
        (blobs / f"{_FILE}{name}").write_text('{"Size":9,"Completed":7}')

        assert begun(blobs, {_DIGEST: 10 * _MIB}).arrived == 0

    def test_a_folder_in_its_place_tells_nothing(self, blobs: Path) -> None:
        (blobs / f"{_FILE}-partial-0").mkdir()

        assert begun(blobs, {_DIGEST: 10 * _MIB}).arrived == 0


class TestALayerOfASafetensorsModel:
    @pytest.mark.parametrize(
        ("length", "arrived"), [(30 * _MIB, 30 * _MIB), (64 * _MIB, 0), (65 * _MIB, 0)]
    )
    def test_a_large_one_goes_on_where_its_file_ends(
        self, tmp_path: Path, length: int, arrived: int
    ) -> None:
        sparse(tmp_path / f"{_FILE}.tmp", length)

        assert begun(tmp_path, {_DIGEST: 64 * _MIB}).arrived == arrived

    def test_a_small_one_begins_again(self, tmp_path: Path) -> None:
        sparse(tmp_path / f"{_FILE}.tmp", 30 * _MIB)

        assert begun(tmp_path, {_DIGEST: 63 * _MIB}).arrived == 0
