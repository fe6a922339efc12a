"""What a logout does to the programs that a user left running."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from ollama_tui.holder import logout as logout_module
from ollama_tui.holder.logout import Logout, User, ask, at_logout, started, this_user

ALICE = User(1000, "alice")
ROOT = User(0, "root")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has logind")


class _Machine:
    """A machine whose tools are scripts in a folder that is all of PATH."""

    def __init__(self, folder: Path) -> None:
        self.tools = folder / "tools"
        self.known = folder / "users"
        self.tools.mkdir()
        self.known.mkdir()
        for user in (ALICE, ROOT):
            (self.known / str(user.uid)).touch()

    def tool(self, tool: str, script: str) -> None:
        """Put a tool there that writes down how it was called, then does what the script says."""
        path = self.tools / tool
        path.write_text(f'#!/bin/sh\necho "{tool} $*" >> {self.tools}/calls\n{script}\n')
        path.chmod(0o755)

    def logind(self, kill: str, only: str = "as 0", exclude: str = 'as 1 "root"') -> None:
        self.tool("busctl", f"printf '%s\\n' '{kill}' '{only}' '{exclude}'")

    def linger(self, answer: str) -> None:
        self.tool("loginctl", f"echo {answer}")

    @property
    def calls(self) -> list[str]:
        path = self.tools / "calls"
        return path.read_text().splitlines() if path.exists() else []

    def logout(self, user: User = ALICE) -> Logout:
        return at_logout(user, known=self.known, platform="linux")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> _Machine:
    machine = _Machine(tmp_path)
    monkeypatch.setenv("PATH", str(machine.tools))
    return machine


class TestAMachineThatLetsProgramsLive:
    def test_a_program_survives(self, machine: _Machine) -> None:
        machine.logind("b false")
        machine.linger("Linger=no")

        assert machine.logout() is Logout.SURVIVES

    def test_lingering_is_not_asked_for(self, machine: _Machine) -> None:
        machine.logind("b false")

        machine.logout()

        assert machine.calls == [
            "busctl get-property org.freedesktop.login1 /org/freedesktop/login1 "
            "org.freedesktop.login1.Manager KillUserProcesses KillOnlyUsers KillExcludeUsers"
        ]

    def test_a_user_whose_programs_alone_are_ended_is_told(self, machine: _Machine) -> None:
        machine.logind("b false", only='as 2 "bob" "alice"')
        machine.linger("Linger=no")

        assert machine.logout() is Logout.ENDS


class TestAMachineThatEndsPrograms:
    def test_a_program_ends(self, machine: _Machine) -> None:
        machine.logind("b true")
        machine.linger("Linger=no")

        assert machine.logout() is Logout.ENDS

    def test_lingering_saves_it_in_a_scope(self, machine: _Machine) -> None:
        machine.logind("b true")
        machine.linger("Linger=yes")

        assert machine.logout() is Logout.NEEDS_SCOPE
        assert machine.calls[1:] == ["loginctl show-user 1000 --property=Linger"]

    def test_an_excluded_user_keeps_them(self, machine: _Machine) -> None:
        machine.logind("b true", exclude='as 2 "root" "alice"')
        machine.linger("Linger=no")

        assert machine.logout() is Logout.SURVIVES

    def test_exclusion_beats_being_named(self, machine: _Machine) -> None:
        machine.logind("b true", only='as 1 "alice"', exclude='as 1 "alice"')
        machine.linger("Linger=no")

        assert machine.logout() is Logout.SURVIVES

    def test_a_user_who_is_not_among_the_named_keeps_them(self, machine: _Machine) -> None:
        machine.logind("b true", only='as 1 "bob"')
        machine.linger("Linger=no")

        assert machine.logout() is Logout.SURVIVES

    @pytest.mark.parametrize("exclude", ["as 0", 'as 1 "root"'])
    def test_root_keeps_them_unless_others_are_excluded_instead(
        self, machine: _Machine, exclude: str
    ) -> None:
        machine.logind("b true", exclude=exclude)
        machine.linger("Linger=no")

        assert machine.logout(ROOT) is Logout.SURVIVES

    def test_root_loses_them_when_others_are_excluded(self, machine: _Machine) -> None:
        machine.logind("b true", exclude='as 1 "bob"')
        machine.linger("Linger=no")

        assert machine.logout(ROOT) is Logout.ENDS


class TestWhatCannotBeFoundOut:
    def test_a_user_without_a_session_is_not_asked_about(self, machine: _Machine) -> None:
        machine.logind("b true")
        (machine.known / "1000").unlink()

        assert machine.logout() is Logout.SURVIVES
        assert machine.calls == []

    def test_a_machine_without_logind_is_not_asked(self, machine: _Machine) -> None:
        machine.logind("b true")

        assert at_logout(ALICE, known=machine.known / "no") is Logout.SURVIVES
        assert machine.calls == []

    @pytest.mark.parametrize("platform", ["darwin", "win32", "freebsd14"])
    def test_another_system_is_not_asked(self, machine: _Machine, platform: str) -> None:
        machine.logind("b true")

        assert at_logout(known=machine.known, platform=platform) is Logout.SURVIVES
        assert machine.calls == []

    def test_no_tool_is_there(self, machine: _Machine) -> None:
        assert machine.logout() is Logout.SURVIVES

    def test_only_the_first_tool_is_there(self, machine: _Machine) -> None:
        machine.logind("b true")

        assert machine.logout() is Logout.SURVIVES

    def test_a_tool_fails_although_it_answers(self, machine: _Machine) -> None:
        machine.tool("busctl", "printf 'b true\\nas 0\\nas 0\\n'; exit 1")
        machine.linger("Linger=no")

        assert machine.logout() is Logout.SURVIVES

    def test_the_second_tool_fails(self, machine: _Machine) -> None:
        machine.logind("b true")
        machine.tool("loginctl", "exit 1")

        assert machine.logout() is Logout.SURVIVES

    def test_a_tool_cannot_be_run(self, machine: _Machine) -> None:
        machine.logind("b true")
        (machine.tools / "busctl").chmod(0o600)

        assert machine.logout() is Logout.SURVIVES

    def test_a_tool_hangs(self, machine: _Machine, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(logout_module, "SECONDS", 0.2)
        machine.tool("busctl", "exec /bin/sleep 20")
        begun = time.monotonic()

        assert machine.logout() is Logout.SURVIVES
        assert time.monotonic() - begun < 10

    @pytest.mark.parametrize(
        ("kill", "only", "exclude"),
        [
            ("b maybe", "as 0", "as 0"),
            ("true", "as 0", "as 0"),
            ("b true", "as", "as 0"),
            ("b true", "as 0", 's "alice"'),
            ("b true", 'as 1 "alice', "as 0"),
            ("b true", "as 0", ""),
            ("b true", "as 0", "as 0\nas 0"),
            ("", "", ""),
        ],
    )
    def test_logind_s_answer_is_nonsense(
        self, machine: _Machine, kill: str, only: str, exclude: str
    ) -> None:
        machine.logind(kill, only, exclude)
        machine.linger("Linger=no")

        assert machine.logout() is Logout.SURVIVES

    def test_it_is_in_no_known_encoding(self, machine: _Machine) -> None:
        machine.tool("busctl", "printf '\\377\\376'")

        assert machine.logout() is Logout.SURVIVES

    @pytest.mark.parametrize("answer", ["", "Linger=", "Linger=maybe", "yes"])
    def test_the_answer_about_lingering_is_nonsense(self, machine: _Machine, answer: str) -> None:
        machine.logind("b true")
        machine.linger(answer)

        assert machine.logout() is Logout.SURVIVES


class TestAsking:
    def test_a_tool_has_nothing_to_read(self, machine: _Machine) -> None:
        machine.tool("reader", "/bin/cat; echo end")

        assert ask(["reader"]) == "end\n"

    def test_arguments_go_past_every_shell(self, machine: _Machine) -> None:
        machine.tool("teller", 'echo "$1"')

        assert ask(["teller", "$HOME; exit"]) == "$HOME; exit\n"

    def test_a_tool_is_told_no_secret(
        self, machine: _Machine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OLLAMA_API_KEY", "s3cret")
        machine.tool("teller", 'echo "$OLLAMA_API_KEY$HOME"')

        said = ask(["teller"])

        assert said is not None
        assert said.strip()
        assert "s3cret" not in said

    def test_this_user_has_a_name(self) -> None:
        assert this_user().name == subprocess.check_output(["id", "-un"], text=True).strip()

    def test_a_user_without_a_name_is_called_by_the_number(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(logout_module, "own_uid", lambda: 3_999_999_999)

        assert this_user() == User(3_999_999_999, "3999999999")


class TestStarting:
    def test_a_scope_is_put_in_front_where_it_is_needed(self) -> None:
        assert started(["python", "-m", "x"], Logout.NEEDS_SCOPE) == [
            *("systemd-run", "--user", "--scope", "--quiet", "--collect", "--"),
            *("python", "-m", "x"),
        ]

    @pytest.mark.parametrize("logout", [Logout.SURVIVES, Logout.ENDS])
    def test_else_the_command_stays_as_it_is(self, logout: Logout) -> None:
        assert started(["python", "-m", "x"], logout) == ["python", "-m", "x"]

    def test_only_an_end_is_told(self) -> None:
        assert Logout.ENDS.words == (
            "This machine ends your programs at logout; `loginctl enable-linger` changes that."
        )
        assert not Logout.SURVIVES.words
        assert not Logout.NEEDS_SCOPE.words
