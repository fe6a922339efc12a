"""What fills the disk, read from a server's folder of models."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ollama_tui.core.disk_count import usage_seen, usage_told
from ollama_tui.core.disk_usage import Damaged, DiskUsage, ModelUsage, Seen
from ollama_tui.core.library import Library
from ollama_tui.core.model_store import Count, read_store
from ollama_tui.core.models import Model
from tests.core.stores import GB, KB, StoreFolder, digest_of


def usage(folder: StoreFolder, **models_of: str) -> DiskUsage:
    """What fills that folder; the models of parts are given by their layers' names."""
    store = read_store(folder.path, Count())
    known = {digest_of(name).replace(":", "-"): model for name, model in models_of.items()}
    return usage_seen(store, Seen(store, "models"), known)


@pytest.fixture
def folder(tmp_path: Path) -> StoreFolder:
    return StoreFolder(tmp_path / "models")


class TestModels:
    def test_each_has_its_bytes_and_those_that_only_it_has(self, folder: StoreFolder) -> None:
        weights, template = folder.blob("weights", 5 * GB), folder.blob("template", 3 * KB)
        folder.manifest("library/qwen3/8b", weights, template, folder.blob("config 1", KB))
        folder.manifest("acme/mine/latest", weights, template, folder.blob("config 2", 2 * KB))
        folder.model("library/gemma3/4b", 3 * GB)

        found = usage(folder)

        assert found.models == (
            ModelUsage("gemma3:4b", 3 * GB + KB, 3 * GB + KB),
            ModelUsage("acme/mine:latest", 5 * GB + 5 * KB, 2 * KB, ("qwen3:8b",)),
            ModelUsage("qwen3:8b", 5 * GB + 4 * KB, KB, ("acme/mine:latest",)),
        )
        assert found.models_size == 8 * GB + 7 * KB
        assert found.shared == 5 * GB + 3 * KB

    def test_of_two_names_of_one_model_neither_has_bytes_of_its_own(
        self, folder: StoreFolder
    ) -> None:
        first = folder.model("library/qwen3/8b", 5 * GB)
        folder.text("hf.co/acme/copy/Q4", first.read_text())

        found = usage(folder)

        assert [(model.name, model.own) for model in found.models] == [
            ("hf.co/acme/copy:Q4", 0),
            ("qwen3:8b", 0),
        ]
        assert found.models_size == found.shared == 5 * GB + KB

    def test_a_licence_in_common_makes_no_models_share(self, folder: StoreFolder) -> None:
        licence = folder.blob("licence", 11 * KB)
        folder.manifest("library/a/latest", folder.blob("weights a", GB), licence)
        folder.manifest("library/b/latest", folder.blob("weights b", GB), licence)

        assert [model.shares_with for model in usage(folder).models] == [(), ()]

    def test_a_layer_that_a_manifest_names_twice_counts_once(self, folder: StoreFolder) -> None:
        weights = folder.blob("weights", GB)
        folder.manifest("library/m/latest", weights, weights, weights)

        assert usage(folder).models == (ModelUsage("m:latest", GB, GB),)

    def test_without_any_there_is_nothing(self, folder: StoreFolder) -> None:
        found = usage(folder)

        assert found == DiskUsage((), 0, folder="models")
        assert (found.size, found.shared) == (0, 0)


class TestPartialDownloads:
    def test_they_take_what_was_written_and_not_what_they_are_long(
        self, folder: StoreFolder
    ) -> None:
        folder.partial("weights", 20 * GB, written=300 * KB)

        (partial,) = usage(folder).partials

        assert partial.size == 20 * GB
        assert 300 * KB <= partial.held < 400 * KB
        assert partial.layer == digest_of("weights").replace(":", "-")

    def test_their_age_is_that_of_the_file_that_was_written_last(self, folder: StoreFolder) -> None:
        file = folder.partial("weights", GB)
        for path, moment in ((file, 2000), (file.with_name(f"{file.name}-0"), 3000)):
            os.utime(path, (moment, moment))

        assert usage(folder).partials[0].modified == 3000

    def test_the_model_is_that_of_a_download_which_has_such_a_layer(
        self, folder: StoreFolder
    ) -> None:
        folder.partial("weights", GB)
        folder.partial("others", GB)

        models = {partial.model for partial in usage(folder, weights="qwen3:8b").partials}

        assert models == {"qwen3:8b", ""}

    def test_it_is_known_too_where_a_manifest_waits_for_it(self, folder: StoreFolder) -> None:
        folder.manifest("library/qwen3/8b", digest_of("weights"), folder.blob("config", KB))
        folder.partial("weights", GB)

        assert usage(folder).partials[0].model == "qwen3:8b"

    def test_a_layer_that_is_whole_waits_for_the_others_of_its_model(
        self, folder: StoreFolder
    ) -> None:
        folder.blob("projector", GB)

        found = usage(folder, projector="gemma3:27b")

        assert [(one.model, one.size) for one in found.partials] == [("gemma3:27b", GB)]
        assert found.unused == ()

    def test_those_of_the_other_way_to_fetch_are_known(self, folder: StoreFolder) -> None:
        folder.file(f"sha256-{'a' * 64}.tmp", 10)

        (partial,) = usage(folder).partials

        assert (partial.layer, partial.size) == (f"sha256-{'a' * 64}", None)

    def test_they_are_no_layers_of_a_model(self, folder: StoreFolder) -> None:
        folder.model("library/m/latest", GB)
        folder.partial("weights", GB)

        found = usage(folder)

        assert (found.models_size, found.unused) == (GB + KB, ())
        assert found.size == found.models_size + found.partials_size


class TestWhatNobodyRefersTo:
    def test_it_is_told_with_its_age(self, folder: StoreFolder) -> None:
        folder.model("library/m/latest", GB)
        file = folder.file(f"sha256-{'a' * 64}", 0, age=5000)

        (unused,) = usage(folder).unused

        assert (unused.file, unused.modified) == (file.name, file.stat().st_mtime)

    @pytest.mark.parametrize("name", ["notes.txt", "sha256-abc", "\x1b]52;c;x\x07", "\udcff"])
    def test_so_is_what_is_no_layer_at_all(self, folder: StoreFolder, name: str) -> None:
        folder.file(name, 10)

        assert [one.file for one in usage(folder).unused] == [name]

    def test_a_folder_is_left_alone_as_the_server_does(self, folder: StoreFolder) -> None:
        (folder.blobs / "kept").mkdir()

        assert usage(folder).unused == ()


class TestDamagedManifests:
    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("", "it is empty"),
            ("{", "it is not the JSON of a manifest"),
            ("[1]", "it is not the JSON of a manifest"),
            ('{"layers": 7}', "it is not the JSON of a manifest"),
            ('{"layers": [7]}', "it is not the JSON of a manifest"),
            ('{"layers": [{"digest": ["x"]}]}', "it is not the JSON of a manifest"),
            ('{"config": "x"}', "it is not the JSON of a manifest"),
            ("[" * 100_000, "it is not the JSON of a manifest"),
            ("\0\0\0\0", "it is not the JSON of a manifest"),
        ],
        ids=["empty", "cut", "list", "number", "numbers", "lists", "text", "deep", "zeros"],
    )
    def test_one_that_cannot_be_read_stops_the_server_from_pruning(
        self, folder: StoreFolder, text: str, why: str
    ) -> None:
        folder.text("library/m/latest", text)

        found = usage(folder)

        assert found.damaged == (Damaged("m:latest", why, 0, stops_pruning=True),)
        assert (found.models, found.is_pruning_stopped) == ((), True)

    def test_what_follows_a_manifest_does_not_matter_to_the_server(
        self, folder: StoreFolder
    ) -> None:
        file = folder.model("library/m/latest", GB)
        file.write_text(f" {file.read_text()} and more")

        assert usage(folder).damaged == ()

    def test_one_without_a_layer_tells_which_and_what_it_still_holds(
        self, folder: StoreFolder
    ) -> None:
        missing = digest_of("weights")
        folder.manifest("library/m/latest", missing, folder.blob("config", KB))

        found = usage(folder)

        (damaged,) = found.damaged
        assert damaged.why == f"its layer {missing[7:19]} is missing"
        assert 0 <= damaged.held < 10 * KB
        assert (damaged.stops_pruning, found.models, found.unused) == (False, (), ())

    def test_a_digest_that_leads_elsewhere_is_no_layer(self, folder: StoreFolder) -> None:
        folder.manifest("library/m/latest", "sha256:../../../etc/passwd", folder.blob("c", KB))

        assert usage(folder).models == (ModelUsage("m:latest", KB, KB),)

    def test_a_place_that_is_no_name_is_told_clean(self, folder: StoreFolder) -> None:
        folder.text("registry.ollama.ai/library/m/\x1b[2J\u202eevil", "{}")

        (damaged,) = usage(folder).damaged

        assert damaged.name == "registry.ollama.ai/library/m/[2Jevil"
        assert damaged.why == "its place is no model's name"

    def test_what_is_not_as_deep_as_a_manifest_does_not_matter(self, folder: StoreFolder) -> None:
        folder.text("a/b/c/d/e", "{}")
        (folder.manifests / "readme").write_text("x")

        assert usage(folder) == DiskUsage((), 0, folder="models")

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
    def test_a_pipe_is_not_waited_for(self, folder: StoreFolder) -> None:
        os.mkfifo(folder.text("library/m/latest", "").with_name("pipe"))

        assert {one.name for one in usage(folder).damaged} == {"m:latest", "m:pipe"}


class TestLinks:
    def test_one_that_leads_out_of_the_folder_is_not_followed(
        self, folder: StoreFolder, tmp_path: Path
    ) -> None:
        elsewhere = StoreFolder(tmp_path / "elsewhere")
        elsewhere.model("library/m/latest", GB)
        (folder.manifests / "hf.co").symlink_to(elsewhere.manifests / "registry.ollama.ai")

        assert usage(folder).damaged == (
            Damaged("hf.co", "it is a link that leads elsewhere", 0, stops_pruning=True),
        )

    def test_one_within_it_is(self, folder: StoreFolder) -> None:
        folder.model("library/m/latest", GB)
        (folder.manifests / "mirror").symlink_to(folder.manifests / "registry.ollama.ai")

        assert [model.name for model in usage(folder).models] == [
            "m:latest",
            "mirror/library/m:latest",
        ]

    def test_one_that_leads_to_itself_ends(self, folder: StoreFolder) -> None:
        (folder.manifests / "host").symlink_to(folder.manifests / "host")
        (folder.manifests / "root").symlink_to(folder.manifests)

        assert {one.name for one in usage(folder).damaged} <= {"host", "root"}

    def test_a_layer_that_is_one_is_there_and_takes_nothing(
        self, folder: StoreFolder, tmp_path: Path
    ) -> None:
        digest = digest_of("weights")
        (tmp_path / "far").write_bytes(b"x" * 1000)
        (folder.blobs / digest.replace(":", "-")).symlink_to(tmp_path / "far")
        folder.manifest("library/m/latest", digest, folder.blob("config", KB))

        found = usage(folder)

        assert (found.models, found.links) == ((ModelUsage("m:latest", KB, KB),), 1)


class TestWhatTheServerTells:
    LIBRARY = Library(
        (
            Model("a:1b", 100, "aa"),
            Model("b:1b", 300, "bb"),
            Model("c:1b", 300, "bb"),
            Model("d:cloud", None, "dd", remote_host="https://ollama.com"),
            Model("e:1b", None, "ee"),
        )
    )

    def test_it_has_no_bytes_of_ones_own_and_says_why(self) -> None:
        found = usage_told(self.LIBRARY, "It is far away.")

        assert found.models == (
            ModelUsage("b:1b", 300, None),
            ModelUsage("c:1b", 300, None),
            ModelUsage("a:1b", 100, None),
            ModelUsage("e:1b", None, None),
        )
        assert (found.unknown, found.own, found.shared) == ("It is far away.", None, None)

    def test_two_names_of_one_digest_count_once(self) -> None:
        assert usage_told(self.LIBRARY, "It is far away.").models_size == 400


def test_a_folder_that_is_not_there_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="blobs"):
        read_store(tmp_path / "absent", Count())


def test_one_without_manifests_has_no_models(folder: StoreFolder) -> None:
    folder.manifests.rmdir()

    assert usage(folder) == DiskUsage((), 0, folder="models")


@pytest.mark.parametrize("closed", ["blobs", "manifests"])
def test_one_that_is_closed_to_this_user_cannot_be_read(
    folder: StoreFolder, monkeypatch: pytest.MonkeyPatch, closed: str
) -> None:
    scan = os.scandir

    def scandir(path: str | Path) -> object:
        if Path(path).name == closed:
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", scandir)

    with pytest.raises(PermissionError):
        read_store(folder.path, Count())


def test_a_folder_of_manifests_that_is_closed_is_a_damage(
    folder: StoreFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.model("library/m/latest", GB)
    scan = os.scandir

    def scandir(path: str | Path) -> object:
        if Path(path).name == "library":
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", scandir)

    (damaged,) = usage(folder).damaged

    assert damaged.name == "registry.ollama.ai/library"
    assert damaged.why == "it cannot be read: permission denied"


def test_all_files_are_counted_while_they_are_read(folder: StoreFolder) -> None:
    for number in range(20):
        folder.model(f"library/m/{number}b", KB)
    count = Count()

    read_store(folder.path, count)

    assert count.files >= 60


def test_a_manifest_of_many_layers_is_read(folder: StoreFolder) -> None:
    layers = [{"digest": digest_of(f"tensor {number}"), "size": 1} for number in range(2000)]
    folder.text("library/m/latest", json.dumps({"layers": layers, "config": {}}))

    assert len(read_store(folder.path, Count()).manifests[0].layers) == 2000
