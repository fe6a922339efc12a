"""Whether a server is on this machine."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from ollama_tui.core.gpus.place import ELSEWHERE, is_this_machine, listener_of, why_elsewhere
from tests.core.gpus.machines import holds, listening, program

LOCAL = "http://127.0.0.1:11434"


def test_another_host_is_elsewhere(tmp_path: Path) -> None:
    assert why_elsewhere("http://gpu-box:11434", tmp_path, lambda host: False) == ELSEWHERE


def test_one_of_this_machines_own_addresses_is_here(tmp_path: Path) -> None:
    assert why_elsewhere("http://gpu-box:11434", tmp_path, lambda host: True) == ""


@pytest.mark.parametrize("words", [("/usr/bin/ollama", "serve"), ("/usr/bin/docker-proxy",)])
@pytest.mark.parametrize("table", ["tcp", "tcp6"])
def test_ollama_and_a_containers_port_are_here(
    tmp_path: Path, words: tuple[str, ...], table: str
) -> None:
    listening(tmp_path, 11434, 777, table=table)
    holds(program(tmp_path, 50, *words), 3, 777)

    assert why_elsewhere(LOCAL, tmp_path) == ""
    assert listener_of(11434, tmp_path) == words[0].rpartition("/")[2]


@pytest.mark.parametrize("words", [("ssh", "-L", "11434:localhost:11434", "box"), ("sshd: me",)])
def test_a_port_that_ssh_holds_is_a_tunnel(tmp_path: Path, words: tuple[str, ...]) -> None:
    listening(tmp_path, 11434, 777)
    holds(program(tmp_path, 50, *words), 3, 777)

    assert "a tunnel of ssh" in why_elsewhere(LOCAL, tmp_path)


def test_a_port_of_whom_is_hidden_is_taken_for_this_machines(tmp_path: Path) -> None:
    listening(tmp_path, 11434, 777)
    program(tmp_path, 50, "ssh")

    assert why_elsewhere(LOCAL, tmp_path) == ""


def test_where_the_kernel_tells_nothing_it_is_taken_for_this_machines(tmp_path: Path) -> None:
    assert why_elsewhere(LOCAL, tmp_path) == ""


def test_a_listener_of_this_very_process_is_found() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert listener_of(server.getsockname()[1]).startswith("py")


def test_the_systems_own_addresses_are_known() -> None:
    assert is_this_machine("127.0.0.1")
    assert not is_this_machine("no such host.invalid")
