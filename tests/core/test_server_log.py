"""Where a server's log is found, and what is read of it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from ollama_tui.core.programs import Said
from ollama_tui.core.server_log import LogPlaces, log_in_file, read_server_log
from tests.core.test_listeners import hold, made
from tests.core.test_server_start import CONFIG, CPU

URL = "http://127.0.0.1:11434"
HERE = CONFIG.replace("11524", "11434")
GIN = '[GIN] 2026/11/24 - 15:38:45 | 200 | 19µs | 127.0.0.1 | GET "/api/ps"'
RUN = "0123456789abcdef0123456789abcdef"


class Programs:
    """Programs that give answers, and what they were asked."""

    def __init__(self, answers: Mapping[str, Said]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def __call__(self, command: Sequence[str]) -> Said:
        words = " ".join(command)
        self.asked.append(words)
        known = (said for begin, said in self.answers.items() if words.startswith(begin))
        return next(known, Said(failure=f"there is no {command[0]} here"))


def places(tmp_path: Path, answers: Mapping[str, Said] | None = None) -> LogPlaces:
    """Places where nothing is unless a test puts it there."""
    programs = Programs(answers or {})
    return LogPlaces(
        tmp_path / "home", tmp_path / "proc", (tmp_path / "service",), programs, programs
    )


def write(path: Path, *lines: str) -> Path:
    """A log with these lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


class TestAFile:
    def test_it_has_the_newest_lines_and_those_of_the_last_start(self, tmp_path: Path) -> None:
        path = write(tmp_path / "log", CONFIG, GIN, HERE, CPU, GIN)

        found = log_in_file(path)

        assert found.source == str(path)
        assert found.newest[-1] == GIN
        assert found.start == (HERE, CPU, GIN)

    def test_a_start_before_megabytes_is_found(self, tmp_path: Path) -> None:
        path = write(tmp_path / "log", HERE, CPU, *[GIN] * 120_000)

        found = log_in_file(path)

        assert found.start[:2] == (HERE, CPU)
        assert HERE not in found.newest
        assert len(found.newest) < 60_000

    def test_control_characters_are_gone(self, tmp_path: Path) -> None:
        assert log_in_file(write(tmp_path / "log", "\x1b[31mred\x07")).newest == ("[31mred",)

    def test_one_that_is_not_there_says_so(self, tmp_path: Path) -> None:
        assert "no such file" in log_in_file(tmp_path / "log").why


class TestWhereItIs:
    def test_the_file_that_the_process_writes_to_comes_first(self, tmp_path: Path) -> None:
        proc = made(tmp_path / "proc")
        hold(proc)
        path = write(tmp_path / "nohup.out", HERE, CPU)
        os.symlink(path, proc / "42" / "fd" / "2")

        assert read_server_log(URL, places(tmp_path)).source == str(path)

    def test_the_journal_has_that_of_the_service(self, tmp_path: Path) -> None:
        answers = {"journalctl -u ollama.service": Said(f"{HERE}\n{CPU}\n")}

        found = read_server_log(URL, places(tmp_path, answers))

        assert (found.source, found.start) == ("journalctl -u ollama", (HERE, CPU))

    def test_a_start_long_ago_is_asked_of_the_journal_by_itself(self, tmp_path: Path) -> None:
        answers = {
            "journalctl -u ollama.service": Said(f"{GIN}\n"),
            "systemctl show ollama.service -p InvocationID": Said(f"{RUN}\n"),
            f"journalctl _SYSTEMD_INVOCATION_ID={RUN}": Said(f"Started.\n{HERE}\n{CPU}\n"),
        }

        found = read_server_log(URL, places(tmp_path, answers))

        assert (found.newest, found.start) == ((GIN,), (HERE, CPU))

    def test_a_service_of_another_name_is_found_by_its_group(self, tmp_path: Path) -> None:
        hold(made(tmp_path / "proc"), group="0::/system.slice/ollama-gpu1.service")
        answers = {"journalctl -u ollama-gpu1.service": Said(HERE)}

        found = read_server_log(URL, places(tmp_path, answers))

        assert found.source == "journalctl -u ollama-gpu1"

    def test_a_group_that_would_be_an_option_is_no_service(self, tmp_path: Path) -> None:
        group = "0::/user.slice/user-7.slice/user@7.service/-Hevil.ollama.service"
        hold(made(tmp_path / "proc"), group=group)
        asked: list[str] = []

        def ask(command: Sequence[str]) -> Said:
            asked.append(" ".join(command))
            return Said(failure="no")

        read_server_log(URL, replace(places(tmp_path), ask=ask))

        assert asked
        assert not [command for command in asked if "-Hevil" in command]

    def test_a_path_with_control_characters_is_told_without_them(self, tmp_path: Path) -> None:
        path = write(tmp_path / "\x1b]52;c;eA==\x07log", HERE)

        assert log_in_file(path).source.isprintable()

    def test_so_is_that_of_a_users_own_systemd(self, tmp_path: Path) -> None:
        group = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/ollama.service"
        hold(made(tmp_path / "proc"), group=group)
        answers = {
            "journalctl --user-unit ollama.service": Said(GIN),
            "systemctl --user show ollama.service -p InvocationID": Said(RUN),
            f"journalctl _SYSTEMD_INVOCATION_ID={RUN}": Said(HERE),
        }

        found = read_server_log(URL, places(tmp_path, answers))

        assert (found.source, found.start) == ("journalctl --user-unit ollama", (HERE,))

    def test_the_journal_is_not_asked_for_a_server_started_by_hand(self, tmp_path: Path) -> None:
        hold(made(tmp_path / "proc"), group="0::/user.slice/user-1000.slice/session-3.scope")
        answers = {"journalctl": Said(HERE)}

        assert read_server_log(URL, places(tmp_path, answers)).source == ""

    @pytest.mark.parametrize("home", ["home", "service"])
    def test_the_file_in_a_home_is_read(self, tmp_path: Path, home: str) -> None:
        path = write(tmp_path / home / ".ollama" / "logs" / "server.log", HERE)

        assert read_server_log(URL, places(tmp_path)).source == str(path)

    def test_docker_has_that_of_a_container_with_the_port(self, tmp_path: Path) -> None:
        rows = "aa\tother\t\nbb\tllm\t0.0.0.0:11434->11434/tcp, [::]:11434->11434/tcp\n"
        answers = {"docker ps": Said(rows), "docker logs --tail 20000 -- llm": Said(CONFIG)}

        found = read_server_log(URL, places(tmp_path, answers))

        assert (found.source, found.start) == ("docker logs llm", (CONFIG,))

    def test_a_start_long_ago_is_asked_of_docker_by_itself(self, tmp_path: Path) -> None:
        answers = {
            "docker ps": Said("bb\tllm\t127.0.0.1:11434->11434/tcp\n"),
            "docker logs --tail 20000 -- llm": Said(GIN),
            "docker inspect": Said("2026-11-26T14:20:27.333Z\n"),
            "docker logs --since 2026-11-26T14:20:27.333Z -- llm": Said(f"{CONFIG}\n{CPU}"),
        }

        assert read_server_log(URL, places(tmp_path, answers)).start == (CONFIG, CPU)

    def test_a_log_of_a_server_on_another_port_is_passed_over(self, tmp_path: Path) -> None:
        write(tmp_path / "home" / ".ollama" / "logs" / "server.log", CONFIG)
        path = write(tmp_path / "service" / ".ollama" / "logs" / "server.log", HERE)

        assert read_server_log(URL, places(tmp_path)).source == str(path)


class TestNoLog:
    def test_that_of_another_machine_is_there(self, tmp_path: Path) -> None:
        assert "another machine" in read_server_log("http://box:11434", places(tmp_path)).why

    def test_behind_a_tunnel_too(self, tmp_path: Path) -> None:
        hold(made(tmp_path / "proc"), program="ssh")

        assert "ssh holds port 11434" in read_server_log(URL, places(tmp_path)).why

    def test_each_reason_is_told(self, tmp_path: Path) -> None:
        answers = {"journalctl": Said("", "No journal files were opened: no permission")}

        found = read_server_log(URL, places(tmp_path, answers))

        assert (found.source, found.newest, found.start) == ("", (), ())
        assert "no permission" in found.why
        assert "no docker" in found.why
