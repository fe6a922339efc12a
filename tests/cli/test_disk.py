"""`du`: what fills the disk of the models."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from ollama_tui.core import units
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.manifests import composed
from ollama_tui.demo.names import parse_name
from tests.cli.conftest import Run
from tests.core.stores import GB, KB, StoreFolder, digest_of


@pytest.fixture
def edited(server: Emulator) -> None:
    """A model of the weights of another one."""
    found = server.store.find(parse_name("gemma3"))
    assert found is not None
    made = composed(found.manifest.weights, replace(found.manifest.config, system="Be brief."))
    server.store.install(parse_name("edited"), made, server.clock.now())


@pytest.fixture
def folder(server: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StoreFolder:
    """The folder of the server's models, as it lists them."""
    monkeypatch.setattr("ollama_tui.core.model_disk.homes_of_others", lambda: ())
    monkeypatch.setattr("ollama_tui.core.doctor.named.served_folders", lambda: ())
    folder = StoreFolder(tmp_path / "models")
    for model in server.store.models:
        digests = [digest_of(layer.digest) for layer in model.manifest.layers]
        for layer in model.manifest.layers:
            folder.blob(layer.digest, layer.size)
        name = model.name
        file = folder.manifest(f"{name.host}/{name.namespace}/{name.model}/{name.tag}", *digests)
        moment = model.modified_at.timestamp()
        os.utime(file, (moment, moment))
    monkeypatch.setenv("OLLAMA_MODELS", str(folder.path))
    return folder


def test_each_model_is_printed_with_its_bytes_and_its_own(run: Run, folder: StoreFolder) -> None:
    told = run("du")

    assert told.code == 0
    tables = [table.splitlines() for table in told.out.split("\n\n")]
    assert [table[0].split() for table in tables] == [["DISK", "SIZE"], ["MODELS", "SIZE", "OWN"]]
    names = [line.split()[0] for line in tables[1][1:4]]
    assert names == ["qwen3:8b", "gemma3:latest", "big:480b-cloud"]
    assert tables[1][1].split()[1:] == ["5.2", "GB", "5.2", "GB"]
    assert tables[1][-1].split()[:4] == ["3", "models", "8.5", "GB"]
    assert tables[0][-1].split()[0] == str(folder.path)


def test_a_folder_that_only_the_server_was_told_of_is_found(
    run: Run, folder: StoreFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OLLAMA_MODELS")
    assert str(folder.path) not in run("du").out
    monkeypatch.setattr(
        "ollama_tui.core.doctor.named.folder_named", lambda url, places: folder.path
    )

    assert str(folder.path) in run("du").out


def own_bytes(run: Run, name: str) -> int:
    """The bytes that a model alone has, as `du` tells them."""
    models = json.loads(run("du", "--json").out)["models"]
    own = next(one["own_bytes"] for one in models if one["name"] == name)
    assert isinstance(own, int)
    return own


def test_rm_tells_the_bytes_that_du_says_are_the_models_own(
    run: Run, edited: None, folder: StoreFolder
) -> None:
    own = own_bytes(run, "edited:latest")

    done = run("rm", "edited", "--yes")

    free = f"{units.disk(own)} are free"
    assert done.err == (
        f"Deleted edited:latest: {free}; its weights stay, since gemma3:latest has them too.\n"
    )


def test_rm_tells_them_as_json_too(run: Run, folder: StoreFolder) -> None:
    own = own_bytes(run, "qwen3:8b")

    done = json.loads(run("rm", "qwen3:8b", "--yes", "--json").out)

    assert done["freed_bytes"] == own > 5 * GB


def test_what_is_left_over_has_a_table_of_its_own_and_a_word_on_stderr(
    run: Run, folder: StoreFolder
) -> None:
    folder.partial("weights", 20 * GB, written=300 * KB)
    folder.file(f"sha256-{'a' * 64}", 0, age=3 * 86400)

    told = run("du")

    assert "PARTIAL DOWNLOADS" in told.out
    assert f"unknown model      {digest_of('weights')[7:19]}" in told.out
    assert "aaaaaaaaaaaa" in told.out
    assert "A restart of the server" not in told.out
    assert told.err.count("A restart of the server") == 1


def test_a_damaged_manifest_is_named_and_does_not_hide_the_folder(
    run: Run, folder: StoreFolder
) -> None:
    folder.text("library/cut/latest", '{"layers": [')

    told = run("du")

    assert "cut:latest" in told.out
    assert "not while a manifest is damaged" not in told.out + told.err
    assert "pull that model again" in told.err


def test_json_tells_all_of_it_in_bytes(run: Run, folder: StoreFolder) -> None:
    folder.partial("weights", 20 * GB)
    folder.file("odd\x1b[2J", 0)
    folder.text("library/cut/latest", "")

    told = json.loads(run("du", "--json").out)

    assert told.keys() == {
        "version", "server", "source", "reason", "folder", "free_bytes", "total_bytes", "models",
        "models_bytes", "shared_bytes", "partials", "unreferenced", "damaged", "other_folders",
    }  # fmt: skip
    assert (told["source"], told["folder"]) == ("folder", str(folder.path))
    assert 0 < told["free_bytes"] < told["total_bytes"]
    assert told["models"][0]["size_bytes"] - told["models"][0]["own_bytes"] < 10 * KB
    (partial,) = told["partials"]
    assert (partial["digest"], partial["size_bytes"]) == (digest_of("weights"), 20 * GB)
    assert (partial["model"], partial["modified"][-1]) == (None, "Z")
    assert partial["disk_bytes"] < GB
    assert [one["file"] for one in told["unreferenced"]] == ["odd[2J"]
    assert told["damaged"] == [
        {"name": "cut:latest", "reason": "it is empty", "disk_bytes": 0, "stops_pruning": True}
    ]
    assert told["other_folders"] == []


def test_without_the_folder_it_says_that_the_server_told(server: Emulator, run: Run) -> None:
    told = run("du")

    assert told.code == 0
    assert "qwen3:8b" in told.out
    assert "—" in told.out
    assert "these are the sizes that the server tells" in told.err


@pytest.mark.usefixtures("server")
def test_so_does_json(run: Run) -> None:
    told = json.loads(run("du", "--json").out)

    assert (told["source"], told["folder"], told["shared_bytes"]) == ("server", None, None)
    assert {model["own_bytes"] for model in told["models"]} == {None}
    assert "OLLAMA_MODELS" in told["reason"]


@pytest.mark.usefixtures("no_server")
def test_a_server_that_is_down_gives_3(run: Run) -> None:
    assert run("du").code == 3


class TestTheDemo:
    def test_it_has_partial_downloads_and_an_orphan(self, run: Run) -> None:
        told = json.loads(run("--demo", "du", "--json").out)

        assert [one["disk_bytes"] for one in told["partials"]] == [11_870_000_000, 731_000_000]
        assert [one["disk_bytes"] for one in told["unreferenced"]] == [21_474_836_480]
        assert all(one["disk_bytes"] < one["size_bytes"] for one in told["partials"])

    def test_what_its_models_have_adds_up(self, run: Run) -> None:
        told = json.loads(run("--demo", "du", "--json").out)

        own = sum(model["own_bytes"] for model in told["models"])
        assert own + told["shared_bytes"] == told["models_bytes"]
        left = (*told["partials"], *told["unreferenced"])
        taken = told["models_bytes"] + sum(one["disk_bytes"] for one in left)
        assert told["free_bytes"] + taken == told["total_bytes"]

    def test_its_alias_shares_all_but_nothing_of_its_own(self, run: Run) -> None:
        models = json.loads(run("--demo", "du", "--json").out)["models"]

        shared = {model["name"] for model in models if not model["own_bytes"]}
        assert shared == {"assistant:latest", "qwen2.5:14b"}
