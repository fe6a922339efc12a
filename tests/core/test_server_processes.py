"""Which processes are the server: never one behind a tunnel, nor a neighbour."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ollama_tui.core.server_processes import server_processes
from tests.core.processes import MadeProcesses

_URL = "http://127.0.0.1:11434"
_SERVE = ("/usr/local/bin/ollama", "serve")
_NEAR, _EVERY = "0100007F", "00000000"


@pytest.fixture
def made(tmp_path: Path) -> MadeProcesses:
    return MadeProcesses(tmp_path / "proc")


def test_the_process_that_listens_there_is_the_server(made: MadeProcesses) -> None:
    made.listen(11434, inode=900)
    made.add(5, *_SERVE, holds=900)
    made.add(6, *_SERVE, holds=901)

    assert server_processes(_URL, made.folder) == {5}


@pytest.mark.parametrize("program", ["ssh", "docker-proxy", "python3"])
def test_one_that_forwards_is_not(made: MadeProcesses, program: str) -> None:
    made.listen(11434, inode=900)
    made.add(4, program, holds=900)
    made.add(5, *_SERVE, holds=901)

    assert server_processes(_URL, made.folder) == frozenset()


def test_where_the_holder_is_hidden_its_owner_tells(made: MadeProcesses) -> None:
    made.listen(11434, inode=900, uid=os.getuid() or 65534)
    made.add(5, *_SERVE)

    expected = {5} if os.getuid() else set()
    assert server_processes(_URL, made.folder) == expected


def test_a_hidden_holder_of_root_may_be_a_tunnel(made: MadeProcesses) -> None:
    made.listen(11434, inode=900, uid=0)
    made.add(5, *_SERVE)

    assert server_processes(_URL, made.folder) == frozenset()


def test_a_published_port_leads_into_a_container(made: MadeProcesses) -> None:
    made.listen(11434, inode=900, uid=0)
    made.add(4, "/usr/bin/docker-proxy", "-proto", "tcp", "-host-port", "11434")
    (made.add(5, *_SERVE) / "cgroup").write_text("0::/system.slice/docker-0a1b.scope\n")
    (made.add(6, *_SERVE) / "cgroup").write_text("0::/system.slice/ollama.service\n")

    assert server_processes(_URL, made.folder) == {5}


def test_of_two_that_listen_the_one_at_that_address_counts(made: MadeProcesses) -> None:
    made.listen(11434, inode=900, address=_EVERY)
    made.listen(11434, inode=901, address=_NEAR)
    made.add(5, *_SERVE, holds=900)
    made.add(6, "ssh", holds=901)

    assert server_processes(_URL, made.folder) == frozenset()


@pytest.mark.parametrize(
    "url", ["http://gpu-box:11434", "http://192.168.1.7:11434", "http://127.0.0.1:11500"]
)
def test_a_server_elsewhere_or_on_no_port_has_none(made: MadeProcesses, url: str) -> None:
    made.listen(11434, inode=900)
    made.add(5, *_SERVE, holds=900)

    assert server_processes(url, made.folder) == frozenset()


def test_a_system_that_does_not_tell_has_none(tmp_path: Path) -> None:
    assert server_processes(_URL, tmp_path) == frozenset()
