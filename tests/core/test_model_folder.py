"""The folder in which a server on this machine keeps its models."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from ollama_tui.core.model_folder import ModelFolders, Room, Told, usual_folders
from ollama_tui.core.partials import Begun
from ollama_tui.core.shortage import Disk

_DIGEST, _OTHER = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
_WRITTEN = 1_790_000_000.123456
_MODELS = {"qwen3:8b": _WRITTEN, "hf.co/acme/m:q4": _WRITTEN + 60}
_FILES = {
    "registry.ollama.ai/library/qwen3/8b": _WRITTEN,
    "hf.co/acme/m/Q4": _WRITTEN + 60,
}
_FREE = 7_000


def folder_of_models(folder: Path, files: Mapping[str, float], *digests: str) -> Path:
    """A model folder with manifests that were written at those moments, and with layers."""
    (folder / "blobs").mkdir(parents=True)
    (folder / "manifests").mkdir()
    for name, moment in files.items():
        manifest = folder / "manifests" / name
        manifest.parent.mkdir(parents=True, exist_ok=True)
        manifest.write_text("{}")
        os.utime(manifest, (moment, moment))
    for digest in digests:
        (folder / "blobs" / digest.replace(":", "-")).touch()
    return folder


def free(*folders: Path, told: Told) -> int | None:
    """What is said to be free for a server that says this."""
    return ModelFolders(lambda: folders, lambda _: _FREE).room(told, {}).free


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return folder_of_models(tmp_path / "models", _FILES, _DIGEST)


@pytest.fixture
def closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that this user may not look into, even if the user is root."""
    closed = tmp_path / "closed"
    found = Path.stat

    def stat(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if closed in path.parents:
            raise PermissionError(13, "Permission denied")
        return found(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", stat)
    return closed


class TestTheFolderOfAServer:
    def test_it_has_the_models_that_the_server_lists_from_the_same_moments(
        self, folder: Path
    ) -> None:
        assert free(folder, told=Told(_MODELS, {_DIGEST: True, _OTHER: False})) == _FREE

    def test_it_is_found_among_others(self, folder: Path, tmp_path: Path) -> None:
        old = folder_of_models(tmp_path / "old", {"registry.ollama.ai/library/llama2/7b": 1e9})
        empty = folder_of_models(tmp_path / "empty", {})

        assert free(tmp_path / "absent", old, empty, folder, told=Told(_MODELS, {})) == _FREE

    def test_it_may_have_several_names(self, folder: Path, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to(folder)

        assert free(tmp_path / "link", folder, told=Told(_MODELS, {})) == _FREE

    def test_the_server_may_remember_the_time_of_an_earlier_file(self, folder: Path) -> None:
        assert free(folder, told=Told({**_MODELS, "qwen3:8b": 1e9}, {})) == _FREE

    @pytest.mark.parametrize(
        "name",
        [
            "registry.ollama.ai/library/qwen3/.DS_Store",
            ".DS_Store",
            "registry.ollama.ai/library/qwen3/old/8b",
        ],
    )
    def test_what_is_no_manifest_does_not_matter(self, folder: Path, name: str) -> None:
        stray = folder / "manifests" / name
        stray.parent.mkdir(exist_ok=True)
        stray.write_text("x")

        assert free(folder, told=Told(_MODELS, {})) == _FREE

    def test_nor_does_a_manifest_that_a_full_disk_left_empty(self, folder: Path) -> None:
        (folder / "manifests" / "hf.co" / "acme" / "m" / "Q8").touch()

        assert free(folder, told=Told(_MODELS, {})) == _FREE

    @pytest.mark.parametrize(
        "text", ['{"layers": [', f'{{"config": {{"digest": "{_OTHER}"}}}}'], ids=["cut", "bare"]
    )
    def test_nor_does_one_that_is_damaged_so_that_the_server_does_not_list_it(
        self, folder: Path, text: str
    ) -> None:
        (folder / "manifests" / "hf.co" / "acme" / "m" / "Q8").write_text(text)

        assert free(folder, told=Told(_MODELS, {})) == _FREE


class TestTheFolderThatAServerWasToldToUse:
    """As its process or its log says, where no usual folder is its own."""

    def test_it_is_the_servers_if_it_agrees(self, folder: Path, tmp_path: Path) -> None:
        usual = folder_of_models(tmp_path / "usual", {})
        folders = ModelFolders(lambda: [usual], named=lambda: folder)

        assert folders.of(Told(_MODELS, {})) == folder
        assert folders.of(Told({"llama2:7b": 1e9}, {})) is None

    def test_it_tells_empty_folders_apart(self, tmp_path: Path) -> None:
        usual, own = (folder_of_models(tmp_path / name, {}) for name in ("usual", "own"))

        assert ModelFolders(lambda: [usual, own], named=lambda: own).of(Told({}, {})) == own
        assert ModelFolders(lambda: [usual], named=lambda: own).of(Told({}, {})) == own

    def test_it_is_asked_for_once_in_a_while_and_only_where_that_is_needed(
        self, folder: Path, tmp_path: Path
    ) -> None:
        asked: list[str] = []
        folders = ModelFolders(lambda: [folder], named=lambda: asked.append("again"))

        assert folders.of(Told(_MODELS, {})) == folder
        assert asked == []
        assert folders.of(Told({"llama2:7b": 1e9}, {})) is None
        assert folders.of(Told({"llama2:7b": 1e9}, {})) is None
        assert asked == ["again"]


class TestAFolderThatContradictsTheServer:
    """As that of this machine does when a tunnel makes a server elsewhere look near."""

    @pytest.mark.parametrize(
        "models",
        [
            {name: moment + 0.01 for name, moment in _MODELS.items()},
            dict.fromkeys(_MODELS),
            {**_MODELS, "gemma3:4b": _WRITTEN},
            {"qwen3:8b": _WRITTEN},
            {},
            None,
        ],
        ids=["other times", "no times", "more", "fewer", "none", "not said"],
    )
    def test_it_has_other_models(
        self, folder: Path, models: Mapping[str, float | None] | None
    ) -> None:
        assert free(folder, told=Told(models, {})) is None

    @pytest.mark.parametrize("layers", [{_DIGEST: False}, {_OTHER: True}], ids=["more", "fewer"])
    def test_it_has_other_layers(self, folder: Path, layers: Mapping[str, bool]) -> None:
        assert free(folder, told=Told(_MODELS, layers)) is None

    def test_two_that_agree_are_one_too_many(self, folder: Path, tmp_path: Path) -> None:
        copy = folder_of_models(tmp_path / "copy", _FILES)

        assert free(folder, copy, told=Told(_MODELS, {})) is None

    def test_nothing_is_told_of_what_it_holds(self, folder: Path) -> None:
        partial = folder / "blobs" / f"sha256-{'b' * 64}-partial"
        partial.write_bytes(b"x")
        partial.with_name(f"{partial.name}-0").write_text('{"Size":9,"Completed":7}')

        found = ModelFolders(lambda: [folder]).room(Told({}, {}), {_OTHER: 9})

        assert found == Room(Begun(0, 0), None)


class TestAServerWithoutModels:
    def test_the_only_folder_is_its_own_if_it_is_empty(self, tmp_path: Path) -> None:
        empty = folder_of_models(tmp_path / "empty", {}, _DIGEST)

        assert free(tmp_path / "absent", empty, told=Told({}, {_DIGEST: True})) == _FREE

    def test_of_two_folders_either_may_be_its_own(self, folder: Path, tmp_path: Path) -> None:
        empty = folder_of_models(tmp_path / "empty", {})

        assert free(empty, folder, told=Told({}, {})) is None

    def test_one_that_is_closed_may_be_its_own(self, closed: Path, tmp_path: Path) -> None:
        empty = folder_of_models(tmp_path / "empty", {})

        assert free(empty, closed, told=Told({}, {})) is None


class TestAClosedFolder:
    def test_it_tells_nothing(self, closed: Path) -> None:
        assert free(closed, told=Told(_MODELS, {})) is None

    def test_another_may_be_found_all_the_same(self, closed: Path, folder: Path) -> None:
        assert free(closed, folder, told=Told(_MODELS, {})) == _FREE


class TestTheRoom:
    def test_it_has_what_has_arrived_of_the_layers_that_are_wanted(self, folder: Path) -> None:
        partial = folder / "blobs" / f"sha256-{'b' * 64}-partial"
        partial.write_bytes(b"x" * 90)
        part = {"N": 0, "Offset": 0, "Size": 90, "Completed": 70}
        partial.with_name(f"{partial.name}-0").write_text(json.dumps(part))

        found = ModelFolders(lambda: [folder]).room(Told(_MODELS, {_OTHER: False}), {_OTHER: 90})

        assert found.begun.arrived == 70

    def test_it_is_that_of_the_disk_of_the_layers(self, folder: Path) -> None:
        left = {folder / "blobs": 5}
        folders = ModelFolders(lambda: [folder], left.__getitem__)

        assert folders.room(Told(_MODELS, {}), {}).free == 5

    def test_the_disk_itself_is_asked_unless_another_is_named(self, folder: Path) -> None:
        found = ModelFolders(lambda: [folder]).room(Told(_MODELS, {}), {})

        assert found.free is not None
        assert found.free > 0

    def test_a_disk_that_cannot_be_asked_is_unknown(self, folder: Path) -> None:
        def broken(_: Path) -> int:
            raise OSError(5, "Input/output error")

        assert ModelFolders(lambda: [folder], broken).room(Told(_MODELS, {}), {}).free is None

    @pytest.mark.parametrize("name", ["odd\0name", "a" * 5000])
    def test_a_folder_that_cannot_be_is_none(self, folder: Path, name: str) -> None:
        assert free(Path("/", name), folder, told=Told(_MODELS, {})) == _FREE


class TestTheUsualFolders:
    @pytest.fixture
    def units(self, tmp_path: Path) -> Path:
        (tmp_path / "ollama.service.d").mkdir()
        return tmp_path

    def test_what_the_environment_names_comes_first(self, units: Path) -> None:
        found = usual_folders({"OLLAMA_MODELS": ' "/data/models" '}, Path("/home/ann"), units)

        assert found == (
            Path("/data/models"),
            Path("/home/ann/.ollama/models"),
            Path("/usr/share/ollama/.ollama/models"),
            Path("/var/lib/ollama/.ollama/models"),
            Path("/var/lib/ollama/models"),
            Path("/var/lib/ollama"),
        )

    @pytest.mark.parametrize("named", ["", "models", "~/models", "''"])
    def test_what_is_no_whole_path_is_left_out(self, units: Path, named: str) -> None:
        found = usual_folders({"OLLAMA_MODELS": named}, Path("/home/ann"), units)

        assert found[0] == Path("/home/ann/.ollama/models")

    def test_what_is_named_twice_comes_once(self, units: Path) -> None:
        found = usual_folders({"OLLAMA_MODELS": "/var/lib/ollama"}, Path("/home/ann"), units)

        assert found.count(Path("/var/lib/ollama")) == 1

    @pytest.mark.parametrize("file", ["ollama.service", "ollama.service.d/override.conf"])
    @pytest.mark.parametrize(
        ("line", "folder"),
        [
            ('Environment="OLLAMA_MODELS=/data/my models"', "/data/my models"),
            ("Environment=OLLAMA_MODELS=/data/models OLLAMA_DEBUG=1", "/data/models"),
            ('Environment = "A=1" "OLLAMA_MODELS=/data/models"', "/data/models"),
        ],
    )
    def test_a_unit_of_systemd_names_one(
        self, units: Path, file: str, line: str, folder: str
    ) -> None:
        (units / file).write_text(f"[Service]\nExecStart=/bin/ollama serve\n{line}\n")

        assert usual_folders({}, Path("/home/ann"), units)[0] == Path(folder)

    @pytest.mark.parametrize(
        "text",
        [
            b'Environment="OLLAMA_MODELS=/data',
            b"#Environment=OLLAMA_MODELS=/data/models",
            b"Environment=MY_OLLAMA_MODELS=/data/models",
            b"Environment=OLLAMA_MODELS=/data/\xff",
        ],
        ids=["cut", "comment", "other", "binary"],
    )
    def test_a_unit_that_names_none_or_cannot_be_read_does_no_harm(
        self, units: Path, text: bytes
    ) -> None:
        (units / "ollama.service").write_bytes(text)

        assert usual_folders({}, Path("/home/ann"), units)[0] == Path("/home/ann/.ollama/models")


class TestTheDisk:
    def test_it_is_that_of_the_servers_folder(self, folder: Path) -> None:
        folders = ModelFolders(lambda: [folder], lambda _: _FREE, lambda _: 9_000)

        assert folders.disk(Told(_MODELS, {})) == Disk(_FREE, 9_000)

    def test_nobody_knows_that_of_another_server(self, folder: Path) -> None:
        folders = ModelFolders(lambda: [folder], lambda _: _FREE, lambda _: 9_000)

        assert folders.disk(Told({"other:latest": _WRITTEN}, {})) is None

    def test_nor_that_of_a_disk_that_cannot_be_asked(self, folder: Path) -> None:
        def fail(_: Path) -> int:
            raise OSError(5, "Input/output error")

        assert ModelFolders(lambda: [folder], fail).disk(Told(_MODELS, {})) is None
