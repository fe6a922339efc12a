"""Who is let in, and who is not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from ollama_tui.api import create_app
from ollama_tui.core.connection import Connection
from ollama_tui.core.log_lines import LogLines
from ollama_tui.demo.emulator import Emulator
from tests.api.serving import Api, parts, serving

TOKEN = "s3cr3t-of-this-box"
ROUTES = [
    ("GET", "/api/models/all"),
    ("GET", "/api/models/current"),
    ("GET", "/api/models/alive"),
    ("POST", "/api/models/change"),
    ("POST", "/api/models/download/tiny"),
    ("GET", "/docs"),
    ("GET", "/redoc"),
    ("GET", "/openapi.json"),
    ("GET", "/nothere"),
]


def port_of(api: Api) -> int:
    port = api.client.base_url.port
    assert port is not None
    return port


async def alive(api: Api, **headers: str | bytes) -> httpx.Response:
    """Ask with these headers."""
    encoded = {
        name.encode(): value.encode() if isinstance(value, str) else value
        for name, value in headers.items()
    }
    return await api.client.get("/api/models/alive", headers=encoded)


@pytest.fixture
async def guarded(url: str, folder: Path) -> AsyncIterator[Api]:
    """The API as it is for others in the network: with a token, by any name."""
    async with serving(Connection(url), folder, token=TOKEN, only_local=False) as api:
        yield api


class TestWebPages:
    @pytest.mark.parametrize("site", ["cross-site", "same-site"])
    async def test_one_of_another_site_is_refused_even_without_an_origin(
        self, api: Api, emulator: Emulator, site: str
    ) -> None:
        answer = await alive(api, **{"sec-fetch-site": site})

        assert answer.status_code == 403
        assert not emulator.requests

    @pytest.mark.parametrize("site", ["none", "same-origin"])
    async def test_the_users_own_navigation_and_the_page_itself_are_answered(
        self, api: Api, site: str
    ) -> None:
        assert (await alive(api, **{"sec-fetch-site": site})).status_code == 200

    async def test_an_origin_of_another_scheme_is_another_origin(self, api: Api) -> None:
        answer = await alive(api, origin=f"evil://127.0.0.1:{port_of(api)}")

        assert answer.status_code == 403

    async def test_no_other_page_may_frame_it_or_call_it_a_script(self, api: Api) -> None:
        page = await api.client.get("/docs")

        assert page.headers["x-frame-options"] == "DENY"
        assert page.headers["x-content-type-options"] == "nosniff"

    async def test_a_refusal_leaves_a_trace_in_the_log_without_the_headers(
        self, guarded: Api, caplog: pytest.LogCaptureFixture
    ) -> None:
        await alive(guarded, authorization="Bearer wr0ng")

        (record,) = [one for one in caplog.records if one.levelname == "WARNING"]
        assert "refused with status 401" in record.getMessage()
        assert "wr0ng" not in caplog.text


class TestWhatIsSent:
    async def test_a_long_body_is_refused_before_it_is_read(self, api: Api) -> None:
        answer = await api.client.post("/api/models/change", content=b"x" * 100_000)

        assert answer.status_code == 413

    async def test_one_of_no_told_length_too(self, api: Api) -> None:
        async def endless() -> AsyncIterator[bytes]:
            yield b"{"

        answer = await api.client.post("/api/models/change", content=endless())

        assert answer.status_code == 411

    async def test_what_is_asked_for_cannot_fake_a_line_of_the_log(
        self, api: Api, caplog: pytest.LogCaptureFixture
    ) -> None:
        await api.client.get("/%0A2026-11-26%20INFO%20fake%1B[2J", headers={"Host": "evil"})

        (record,) = [one for one in caplog.records if one.levelname == "WARNING"]
        first, second = LogLines().format(record).splitlines()
        assert second == "    2026-11-26 INFO fake[2J from 127.0.0.1"
        assert "refused with status 403" in first


def test_an_application_for_others_needs_a_token(url: str, folder: Path) -> None:
    with pytest.raises(ValueError, match="token"):
        create_app(*parts(Connection(url), folder), only_local=False)


class TestTheHost:
    @pytest.mark.parametrize(
        "host",
        [
            "127.0.0.1", "127.0.0.1:{port}", "127.1.2.3:80", "localhost", "localhost:{port}",
            "LocalHost:{port}", "[::1]:{port}", "[::1]", "ollama.localhost:{port}",
        ],
    )  # fmt: skip
    async def test_a_name_of_this_machine_is_answered(self, api: Api, host: str) -> None:
        answer = await alive(api, host=host.format(port=port_of(api)))

        assert (answer.status_code, answer.text) == (200, "true")

    @pytest.mark.parametrize(
        "host",
        [
            "evil.example", "evil.example:{port}", "localhost.evil.example", "evil-localhost", "",
            "localhost@evil.example", "127.0.0.1.evil.example:{port}", "192.168.1.7", "0.0.0.0",
            "[2001:db8::1]", "[::1", "2130706433", "ollama.local", ":80", "evil@localhost",
            "localhost/evil.example", "localhost?evil", "evil.example .localhost", ".localhost",
            "127.0.0.1:abc",
        ],
    )  # fmt: skip
    async def test_any_other_is_refused_before_ollama_is_asked(
        self, api: Api, emulator: Emulator, host: str
    ) -> None:
        answer = await alive(api, host=host.format(port=port_of(api)))

        assert answer.status_code == 403
        assert "this machine's own names" in answer.json()["detail"]
        assert not emulator.requests

    @pytest.mark.parametrize(("method", "path"), ROUTES)
    async def test_it_is_asked_of_each_route(self, api: Api, method: str, path: str) -> None:
        headers = {"Host": "evil.example"}

        answer = await api.client.request(method, path, headers=headers)

        assert answer.status_code == 403

    async def test_with_a_token_any_name_will_do(self, guarded: Api) -> None:
        answer = await alive(guarded, host="gpu-box-3", authorization=f"Bearer {TOKEN}")

        assert (answer.status_code, answer.text) == (200, "true")


class TestTheOrigin:
    @pytest.mark.parametrize(
        "origin",
        [
            "http://evil.example",
            "null",
            "",
            "http://127.0.0.1",
            "http://localhost:{port}",
            "file://",
        ],
    )
    async def test_another_page_is_refused(self, api: Api, emulator: Emulator, origin: str) -> None:
        answer = await alive(api, origin=origin.format(port=port_of(api)))

        assert answer.status_code == 403
        assert "other web pages" in answer.json()["detail"]
        assert not emulator.requests

    async def test_a_page_of_this_server_is_answered(self, api: Api) -> None:
        answer = await alive(api, origin=f"http://127.0.0.1:{port_of(api)}")

        assert answer.status_code == 200

    async def test_it_is_checked_with_a_token_too(self, guarded: Api) -> None:
        answer = await alive(guarded, origin="http://evil.example", authorization=f"Bearer {TOKEN}")

        assert answer.status_code == 403

    @pytest.mark.parametrize("origin", [None, "http://evil.example", "same"])
    async def test_no_page_is_told_that_it_may_read(self, api: Api, origin: str | None) -> None:
        own = f"http://127.0.0.1:{port_of(api)}"
        headers = {} if origin is None else {"origin": own if origin == "same" else origin}

        answers = [
            await alive(api, **headers),
            await api.client.options(
                "/api/models/change",
                headers={**headers, "Access-Control-Request-Method": "POST"},
            ),
        ]

        for answer in answers:
            assert not [name for name in answer.headers if name.startswith("access-control")]
        assert answers[1].status_code in (403, 405)


class TestTheToken:
    @pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
    async def test_the_right_one_is_let_in(self, guarded: Api, scheme: str) -> None:
        answer = await alive(guarded, authorization=f"{scheme} {TOKEN}")

        assert (answer.status_code, answer.text) == (200, "true")

    @pytest.mark.parametrize(
        "authorization",
        [
            None, "", "Bearer", "Bearer wrong", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}",
            f"Bearer {TOKEN.upper()}", f"Basic {TOKEN}", TOKEN, f"{TOKEN} {TOKEN}",
            f"Bearer {TOKEN} {TOKEN}", "Bearer tökén".encode("latin-1"), "Bearer ключ".encode(),
        ],
    )  # fmt: skip
    async def test_any_other_is_asked_for_it(
        self, guarded: Api, emulator: Emulator, authorization: str | bytes | None
    ) -> None:
        headers = {} if authorization is None else {"authorization": authorization}

        answer = await alive(guarded, **headers)

        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert "Authorization: Bearer" in answer.json()["detail"]
        assert TOKEN not in answer.text
        assert not emulator.requests

    @pytest.mark.parametrize(("method", "path"), ROUTES)
    async def test_it_is_asked_of_each_route(self, guarded: Api, method: str, path: str) -> None:
        refused = await guarded.client.request(method, path)
        passed = await guarded.client.request(
            method, path, headers={"Authorization": f"Bearer {TOKEN}"}
        )

        assert refused.status_code == 401
        assert passed.status_code not in (401, 403)

    async def test_it_may_be_asked_for_on_loopback_too(self, url: str, folder: Path) -> None:
        async with serving(Connection(url), folder, token=TOKEN) as api:
            without = await alive(api)
            foreign = await alive(api, host="evil.example", authorization=f"Bearer {TOKEN}")
            passed = await alive(api, authorization=f"Bearer {TOKEN}")

        assert [a.status_code for a in (without, foreign, passed)] == [401, 403, 200]
