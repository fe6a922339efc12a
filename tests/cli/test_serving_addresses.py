"""Where `serve` listens, and whom it lets in there."""

from __future__ import annotations

import socket

import pytest

from ollama_tui.cli.serving import _listening
from tests.cli.served import TOKEN, serving
from tests.cli.test_process import forked


class TestOtherAddresses:
    @pytest.mark.parametrize("bind", ["0.0.0.0", "192.0.2.1", "::"])
    def test_without_a_token_nobody_else_is_let_in(self, bind: str) -> None:
        refused = forked("--demo", "serve", "--port", "0", "--bind", bind)

        assert (refused.returncode, refused.stdout) == (2, "")
        assert "OLLAMA_TUI_TOKEN" in refused.stderr
        assert bind in refused.stderr

    @pytest.mark.parametrize("token", ["", "  ", "tökén"])
    def test_a_token_that_cannot_be_one_is_none(
        self, monkeypatch: pytest.MonkeyPatch, token: str
    ) -> None:
        monkeypatch.setenv("OLLAMA_TUI_TOKEN", token)

        refused = forked("--demo", "serve", "--port", "0", "--bind", "0.0.0.0")

        assert (refused.returncode, refused.stdout) == (2, "")
        assert "OLLAMA_TUI_TOKEN" in refused.stderr

    def test_with_one_it_is_asked_of_everybody(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OLLAMA_TUI_TOKEN", TOKEN)
        headers = {"Authorization": f"Bearer {TOKEN}", "Host": "gpu-box-3"}

        with serving("--demo", "serve", "--bind", "0.0.0.0") as served:
            refused = served.client.get("/api/models/alive")
            passed = served.client.get("/api/models/alive", headers=headers)

        assert str(served.said["url"]).startswith("http://0.0.0.0:")
        assert (refused.status_code, passed.status_code) == (401, 200)

    def test_localhost_is_this_machine(self) -> None:
        with serving("--demo", "serve", "--bind", "localhost") as served:
            answer = served.client.get("/api/models/alive")
            rebound = served.client.get("/api/models/alive", headers={"Host": "evil.example"})

        assert (answer.status_code, rebound.status_code) == (200, 403)

    @pytest.mark.parametrize("bind", ["", "a..b", "x" * 300])
    def test_what_is_no_address_is_wrong_usage(self, bind: str) -> None:
        refused = forked("--demo", "serve", "--bind", bind)

        assert (refused.returncode, refused.stdout) == (2, "")
        assert "--bind" in refused.stderr
        assert len(refused.stderr.splitlines()) == 1

    def test_one_of_another_machine_is_said(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OLLAMA_TUI_TOKEN", TOKEN)

        failed = forked("--demo", "serve", "--port", "0", "--bind", "192.0.2.1")

        assert (failed.returncode, failed.stdout) == (1, "")
        assert "Cannot listen on port 0 of 192.0.2.1: " in failed.stderr
        assert "--bind" in failed.stderr

    @pytest.mark.parametrize("hosts", [["192.0.2.1", "127.0.0.1"], ["127.0.0.1", "192.0.2.1"]])
    def test_of_a_name_the_addresses_that_are_there_are_enough(self, hosts: list[str]) -> None:
        (listener,) = _listening(hosts, 0)

        with listener:
            assert listener.getsockname()[0] == "127.0.0.1"


class TestThePort:
    def test_one_that_is_taken_is_said(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            failed = forked("--demo", "serve", "--port", str(port))

        assert (failed.returncode, failed.stdout) == (1, "")
        assert f"port {port} of 127.0.0.1: address already in use" in failed.stderr
        assert "--port" in failed.stderr

    @pytest.mark.parametrize("port", ["65536", "-1", "http", ""])
    def test_what_is_none_is_wrong_usage(self, port: str) -> None:
        refused = forked("--demo", "serve", f"--port={port}")

        assert (refused.returncode, refused.stdout) == (2, "")
        assert "port" in refused.stderr
        assert "Traceback" not in refused.stderr


class TestTheSocket:
    @pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
    def test_an_answer_does_not_wait_until_the_client_has_the_one_before(self, host: str) -> None:
        (listener,) = _listening([host], 0)

        with listener, socket.create_connection(("127.0.0.1", listener.getsockname()[1])):
            accepted, _ = listener.accept()

        with accepted:
            # asyncio sets it only for sockets that name their protocol.
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) or (
                accepted.proto == socket.IPPROTO_TCP
            )
