"""Where a server of this machine is told to keep its models."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ollama_tui.core.doctor.named import folder_named, served_folders
from ollama_tui.core.doctor.stores import Served
from tests.core.test_listeners import hold, made
from tests.core.test_server_log import HERE, URL, Programs, places, write
from tests.core.test_server_start import CPU


def serve(proc: Path, environment: str, pid: int = 42) -> Path:
    """A server's process in a made /proc, which was started with these variables."""
    process = proc / str(pid)
    process.mkdir(parents=True, exist_ok=True)
    (proc / "stat").write_text("btime 1790000000\n")
    (process / "cmdline").write_text("/usr/bin/ollama\0serve\0")
    (process / "stat").write_text(f"{pid} (ollama) S 1 {'0 ' * 30}")
    (process / "environ").write_text(environment.replace(" ", "\0"))
    return process


class TestTheFolderThatIsNamed:
    @pytest.mark.parametrize(
        ("environment", "folder"),
        [
            ("OLLAMA_MODELS=/data/models HOME=/home/ann", "/data/models"),
            ("OLLAMA_API_KEY=x HOME=/home/ann", "/home/ann/.ollama/models"),
            ("OLLAMA_MODELS='/data/models'", "/data/models"),
        ],
    )
    def test_the_servers_process_names_it_and_no_program_is_asked(
        self, tmp_path: Path, environment: str, folder: str
    ) -> None:
        hold(made(tmp_path / "proc"))
        serve(tmp_path / "proc", environment)
        where = places(tmp_path)

        assert folder_named(URL, where) == Path(folder)
        assert isinstance(where.ask, Programs)
        assert where.ask.asked == []

    def test_its_log_names_it_where_its_process_is_closed(self, tmp_path: Path) -> None:
        made(tmp_path / "proc")
        write(tmp_path / "home" / ".ollama" / "logs" / "server.log", HERE, CPU)

        assert folder_named(URL, places(tmp_path)) == Path("/data/my models")

    def test_that_of_a_container_is_not_this_machines(self, tmp_path: Path) -> None:
        (tmp_path / "models").mkdir()
        hold(made(tmp_path / "proc"))
        process = serve(tmp_path / "proc", f"OLLAMA_MODELS={tmp_path}/models")
        (process / f"root{tmp_path}" / "models").mkdir(parents=True)

        assert folder_named(URL, places(tmp_path)) is None
        assert list(served_folders(tmp_path / "proc")) == []

    @pytest.mark.parametrize("program", ["ssh", "docker-proxy", "nginx"])
    def test_who_only_hands_on_tells_nothing(self, tmp_path: Path, program: str) -> None:
        hold(made(tmp_path / "proc"), program=program)
        write(tmp_path / "home" / ".ollama" / "logs" / "server.log", HERE, CPU)

        assert folder_named(URL, places(tmp_path)) is None

    def test_nor_does_this_machine_for_a_server_elsewhere(self, tmp_path: Path) -> None:
        assert folder_named("http://box:11434", places(tmp_path)) is None


def test_each_server_that_runs_has_its_folder(tmp_path: Path) -> None:
    serve(tmp_path, "OLLAMA_MODELS=/a OLLAMA_HOST=me:secret@127.0.0.1:11500", pid=42)
    serve(tmp_path, "HOME=/home/ann", pid=43)
    os.remove(serve(tmp_path, "", pid=44) / "environ")

    served = sorted(served_folders(tmp_path), key=lambda of: of.path)

    assert served == [
        Served(Path("/a"), "127.0.0.1:11500"),
        Served(Path("/home/ann/.ollama/models"), "127.0.0.1:11434"),
    ]
