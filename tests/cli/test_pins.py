"""Pins in line mode: what is kept for ever is watched, and its end is told."""

from __future__ import annotations

import json

from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.names import parse_name
from tests.cli.conftest import Run


def let_go(server: Emulator, name: str) -> None:
    """Unload a model behind the program's back."""
    model = server.store.find(parse_name(name))
    assert model is not None
    server.runners.unload(model)


class TestPs:
    def test_a_lost_pin_is_told_with_the_way_back(self, server: Emulator, run: Run) -> None:
        run("load", "gemma3", "--keep-alive", "forever")
        let_go(server, "gemma3")

        done = run("ps")

        assert done.code == 0
        assert "gemma3:latest: pin lost before" in done.err
        assert "`ollama-tui load gemma3:latest --keep-alive forever` brings it back." in done.err

    def test_json_lists_them(self, server: Emulator, run: Run) -> None:
        run("load", "gemma3", "--keep-alive", "forever")
        let_go(server, "gemma3")

        [lost] = json.loads(run("ps", "--json").out)["lost_pins"]

        assert (lost["name"], lost["loaded"], lost["how"]) == ("gemma3:latest", False, "unloaded")

    def test_one_that_is_pinned_again_is_not_told_any_more(
        self, server: Emulator, run: Run
    ) -> None:
        run("load", "gemma3", "--keep-alive", "forever")
        let_go(server, "gemma3")
        run("ps")
        run("load", "gemma3", "--keep-alive", "forever")

        assert json.loads(run("ps", "--json").out)["lost_pins"] == []

    def test_what_was_unloaded_on_purpose_is_no_loss(self, server: Emulator, run: Run) -> None:
        run("load", "gemma3", "--keep-alive", "forever")
        run("unload", "gemma3")

        assert run("ps", "--json").out.endswith('"lost_pins": []}\n')
