"""What other programs are handed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from ollama_tui.cli.terminal import run_program
from ollama_tui.core.handed_on import without_keys
from ollama_tui.core.programs import ask
from ollama_tui.core.talk import talk_to

SECRETS = {
    "OLLAMA_API_KEY": "s3cret-key",
    "OLLAMA_TUI_TOKEN": "s3cret-token",
    "OLLAMA_HOST": "http://me:s3cret@box:1",
}
_TELL = "import os, sys; sys.stdout.write(repr(dict(os.environ)))"


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)


def test_neither_keys_nor_the_login_of_the_server() -> None:
    assert without_keys({**SECRETS, "HOME": "/h"}) == {"OLLAMA_HOST": "http://box:1", "HOME": "/h"}


@pytest.mark.parametrize("host", ["http://me:s3/cret@box:x", "box?token=s3cret"])
def test_nor_that_of_an_address_that_is_none(host: str) -> None:
    assert "cret" not in without_keys({"OLLAMA_HOST": host})["OLLAMA_HOST"]


@pytest.mark.usefixtures("secrets")
class TestPrograms:
    def test_that_are_asked(self) -> None:
        said = ask((sys.executable, "-c", _TELL))

        assert "'PATH'" in said.text
        assert "s3cret" not in said.text

    async def test_that_get_the_terminal(self, capfd: pytest.CaptureFixture[str]) -> None:
        await run_program((sys.executable, "-c", _TELL.replace("stdout", "stderr")))

        told = capfd.readouterr()
        assert "'PATH'" in told.out + told.err
        assert "s3cret" not in told.out + told.err

    def test_that_talk_to_a_model(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "ollama").touch(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))

        talk = talk_to("qwen3:8b", SECRETS["OLLAMA_HOST"], os.environ)

        assert talk.environment["OLLAMA_HOST"] == "http://box:1"
        assert "s3cret" not in repr(talk)
