"""The current model: chosen, kept, shared and damaged."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ollama_tui.core.current import CurrentModel
from ollama_tui.core.errors import NoSuchModel, StateUnwritable
from ollama_tui.core.library import Library
from ollama_tui.core.models import Model

LIBRARY = Library((Model("gemma3:latest"), Model("Qwen3:8b")))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "current.json"


@pytest.fixture
def current(path: Path) -> CurrentModel:
    return CurrentModel(path, "here")


class TestChoosing:
    def test_before_a_choice_there_is_none(self, current: CurrentModel) -> None:
        assert current.read() is None

    @pytest.mark.parametrize(
        ("name", "whole"), [("gemma3", "gemma3:latest"), ("GEMMA3:Latest", "gemma3:latest")]
    )
    def test_the_whole_name_is_kept_as_the_server_spells_it(
        self, current: CurrentModel, name: str, whole: str
    ) -> None:
        assert current.choose(name, LIBRARY) == whole
        assert current.read() == whole

    def test_the_next_program_reads_it(self, current: CurrentModel, path: Path) -> None:
        current.choose("qwen3:8b", LIBRARY)

        assert CurrentModel(path, "here").read() == "Qwen3:8b"

    @pytest.mark.parametrize("name", ["absent", "qwen3", "", "a b", "[/b]", "x\x1b[2J"])
    def test_a_model_that_is_not_installed_changes_nothing(
        self, current: CurrentModel, path: Path, name: str
    ) -> None:
        current.choose("gemma3", LIBRARY)
        before = path.read_bytes()

        with pytest.raises(NoSuchModel) as refusal:
            current.choose(name, LIBRARY)

        assert "installed" in str(refusal.value)
        assert str(refusal.value).isprintable()
        assert path.read_bytes() == before
        assert current.read() == "gemma3:latest"

    def test_only_its_owner_can_read_the_file(self, current: CurrentModel, path: Path) -> None:
        current.choose("gemma3", LIBRARY)

        assert path.stat().st_mode & 0o777 == 0o600

    def test_a_choice_stays_when_the_model_is_deleted(self, current: CurrentModel) -> None:
        current.choose("gemma3", LIBRARY)

        assert current.read() == "gemma3:latest"
        assert LIBRARY.without(["gemma3:latest"]).get("gemma3:latest") is None


class TestSharing:
    def test_each_server_has_its_own_choice(self, current: CurrentModel, path: Path) -> None:
        other = CurrentModel(path, "there")

        current.choose("gemma3", LIBRARY)
        other.choose("qwen3:8b", LIBRARY)

        assert current.read() == "gemma3:latest"
        assert other.read() == "Qwen3:8b"

    def test_a_change_by_another_is_seen_at_the_next_read(
        self, current: CurrentModel, path: Path
    ) -> None:
        current.choose("gemma3", LIBRARY)
        assert current.read() == "gemma3:latest"

        CurrentModel(path, "here").choose("qwen3:8b", LIBRARY)

        assert current.read() == "Qwen3:8b"

    def test_a_change_by_another_process_is_seen_too(
        self, current: CurrentModel, path: Path
    ) -> None:
        current.choose("gemma3", LIBRARY)
        program = (
            "import sys, pathlib;"
            "from ollama_tui.core.current import CurrentModel;"
            "from ollama_tui.core.library import Library;"
            "from ollama_tui.core.models import Model;"
            "CurrentModel(pathlib.Path(sys.argv[1]), 'here')"
            ".choose('other', Library((Model('other:latest'),)))"
        )

        subprocess.run([sys.executable, "-c", program, str(path)], check=True)

        assert current.read() == "other:latest"

    def test_a_file_that_is_gone_is_no_choice(self, current: CurrentModel, path: Path) -> None:
        current.choose("gemma3", LIBRARY)
        path.unlink()

        assert current.read() is None

    def test_writers_for_many_servers_lose_no_entry(self, path: Path) -> None:
        servers = [f"server-{number}" for number in range(12)]
        writers = [
            threading.Thread(target=CurrentModel(path, server).choose, args=("gemma3", LIBRARY))
            for server in servers
        ]

        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()

        assert sorted(json.loads(path.read_text())["servers"]) == sorted(servers)

    def test_what_a_link_in_its_place_leads_to_is_left_alone(
        self, current: CurrentModel, path: Path, tmp_path: Path
    ) -> None:
        path.parent.mkdir()
        path.symlink_to(tmp_path / "elsewhere.json")

        current.choose("gemma3", LIBRARY)

        assert not (tmp_path / "elsewhere.json").exists()
        assert current.read() == "gemma3:latest"


class TestADamagedFile:
    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"{",
            b"\xff\xfe\x00",
            b"[]",
            b'{"servers": []}',
            pytest.param(b"[" * 100_000, id="deep"),
        ],
        ids=["empty", "cut", "binary", "list", "wrong", "nested"],
    )
    def test_it_is_set_aside_with_a_warning(self, path: Path, content: bytes) -> None:
        warnings: list[str] = []
        path.parent.mkdir()
        path.write_bytes(content)

        assert CurrentModel(path, "here", warnings.append).read() is None

        assert [file.read_bytes() for file in path.parent.glob("*.damaged-*")] == [content]
        assert len(warnings) == 1
        assert "is damaged and was set aside as current.json.damaged-" in warnings[0]

    def test_the_next_choice_is_kept(self, path: Path) -> None:
        path.parent.mkdir()
        path.write_text("{")
        current = CurrentModel(path, "here", lambda _: None)

        current.choose("gemma3", LIBRARY)

        assert current.read() == "gemma3:latest"

    @pytest.mark.parametrize(
        "content",
        [
            "{}",
            '{"version": 9}',
            '{"servers": {}}',
            '{"servers": {"here": null}}',
            '{"servers": {"here": "gemma3"}}',
            '{"servers": {"here": {}}}',
            '{"servers": {"here": {"model": 7}}}',
            '{"servers": {"here": {"model": ""}}}',
        ],
    )
    def test_one_of_another_shape_is_no_choice(
        self, current: CurrentModel, path: Path, content: str
    ) -> None:
        path.parent.mkdir()
        path.write_text(content)

        assert current.read() is None
        assert path.read_text() == content

    def test_a_hostile_name_in_it_is_made_safe(self, current: CurrentModel, path: Path) -> None:
        path.parent.mkdir()
        path.write_text(json.dumps({"servers": {"here": {"model": "a\x1b]52;c;x\x07\u202eb"}}}))

        assert current.read() == "a]52;c;xb"

    def test_entries_of_others_stay_as_they_are(self, current: CurrentModel, path: Path) -> None:
        path.parent.mkdir()
        path.write_text('{"servers": {"there": {"model": "x", "more": [1]}, "odd": 7}}')

        current.choose("gemma3", LIBRARY)

        servers = json.loads(path.read_text())["servers"]
        assert servers["there"] == {"model": "x", "more": [1]}
        assert servers["odd"] == 7


class TestAFolderThatCannotBeWritten:
    def test_a_choice_is_refused_in_words(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        current = CurrentModel(tmp_path / "file" / "current.json", "here")

        with pytest.raises(StateUnwritable, match=r"current\.json could not be written"):
            current.choose("gemma3", LIBRARY)

        assert current.read() is None


class TestAFileThatCannotBeRead:
    def test_it_is_told_and_never_overwritten(self, path: Path) -> None:
        warnings: list[str] = []
        path.mkdir(parents=True)
        current = CurrentModel(path, "here", warnings.append)

        assert current.read() is None
        with pytest.raises(StateUnwritable, match="cannot be read"):
            current.choose("gemma3", LIBRARY)

        assert "cannot be read" in warnings[0]
        assert path.is_dir()
