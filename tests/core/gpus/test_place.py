"""Whether a server is on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from ollama_tui.core.gpus.place import ELSEWHERE, why_elsewhere
from tests.core.gpus.machines import holds, listening, program

LOCAL = "http://127.0.0.1:11434"


def test_another_host_is_elsewhere(tmp_path: Path) -> None:
    assert why_elsewhere("http://gpu-box:11434", tmp_path, lambda url: False) == ELSEWHERE


def test_one_of_this_machines_own_addresses_is_here(tmp_path: Path) -> None:
    assert why_elsewhere("http://gpu-box:11434", tmp_path, lambda url: True) == ""


@pytest.mark.parametrize("words", [("/usr/bin/ollama", "serve"), ("/usr/bin/docker-proxy",)])
@pytest.mark.parametrize("table", ["tcp", "tcp6"])
def test_ollama_and_a_containers_port_are_here(
    tmp_path: Path, words: tuple[str, ...], table: str
) -> None:
    listening(tmp_path, 11434, 777, table=table)
    holds(program(tmp_path, 50, *words), 3, 777)

    assert why_elsewhere(LOCAL, tmp_path) == ""


@pytest.mark.parametrize("words", [("ssh", "-L", "11434:localhost:11434", "box"), ("sshd",)])
def test_a_port_that_ssh_holds_is_a_tunnel(tmp_path: Path, words: tuple[str, ...]) -> None:
    listening(tmp_path, 11434, 777)
    holds(program(tmp_path, 50, *words), 3, 777)

    assert f"a tunnel of {words[0]}" in why_elsewhere(LOCAL, tmp_path)


def test_another_program_that_forwards_is_one_too(tmp_path: Path) -> None:
    listening(tmp_path, 11434, 777)
    holds(program(tmp_path, 50, "kubectl", "port-forward"), 3, 777)

    assert "a tunnel of kubectl" in why_elsewhere(LOCAL, tmp_path)


def test_a_port_of_whom_is_hidden_is_taken_for_this_machines(tmp_path: Path) -> None:
    listening(tmp_path, 11434, 777)
    program(tmp_path, 50, "ssh")

    assert why_elsewhere(LOCAL, tmp_path) == ""


def test_where_the_kernel_tells_nothing_it_is_taken_for_this_machines(tmp_path: Path) -> None:
    assert why_elsewhere(LOCAL, tmp_path) == ""
