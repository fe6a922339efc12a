"""Where the host came from, proxies, and names that are refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ollama_tui.core.doctor import Outcome, host
from ollama_tui.core.doctor.evidence import Address, Answer
from tests.core.doctor.evidences import ADDRESS, ANSWER, found, outcome

FAR = Address("http://gpu.example.org:11434", "option")
REFUSED = Answer(failure="It refuses the host name (403).", is_host_refused=True)


class TestWhereItCameFrom:
    @pytest.mark.parametrize(
        ("origin", "words"),
        [
            ("default", "by default"),
            ("file", "as the config file says"),
            ("environment", "as OLLAMA_HOST says"),
            ("option", "as --host says"),
        ],
    )
    def test_it_is_told(self, origin: str, words: str) -> None:
        told = found(host.check(replace(ADDRESS, origin=origin), None), "host.origin")

        assert told.outcome is Outcome.OK
        assert words in told.sentence

    def test_an_overruled_variable_is_told(self) -> None:
        address = replace(ADDRESS, origin="option", said="box:1")

        assert (
            "not box:1 of OLLAMA_HOST" in found(host.check(address, None), "host.origin").sentence
        )

    @pytest.mark.parametrize("said", ["0.0.0.0", "0.0.0.0:11434", "http://0.0.0.0", "[::]:11434"])
    def test_an_address_to_listen_on_is_a_warning(self, said: str) -> None:
        address = replace(ADDRESS, origin="environment", said=said)

        told = found(host.check(address, None), "host.origin")

        assert told.outcome is Outcome.WARNING
        assert "where to listen" in told.sentence

    def test_the_demo_takes_no_notice_of_it(self) -> None:
        address = replace(ADDRESS, is_demo=True, said="0.0.0.0", origin="environment")

        assert outcome(host.check(address, None), "host.origin") is Outcome.OK


class TestProxies:
    def test_none_is_well(self) -> None:
        assert outcome(host.check(FAR, None), "host.proxy") is Outcome.OK

    def test_one_is_not_asked_for_a_near_server(self) -> None:
        address = replace(ADDRESS, proxies={"HTTP_PROXY": "http://proxy:3128"})

        told = found(host.check(address, None), "host.proxy")

        assert (told.outcome, "not asked" in told.sentence) == (Outcome.OK, True)

    def test_one_before_a_server_far_away_is_a_warning(self) -> None:
        address = replace(FAR, proxies={"http_proxy": "http://proxy:3128"})

        told = found(host.check(address, None), "host.proxy")

        assert told.outcome is Outcome.WARNING
        assert "NO_PROXY" in told.next_step

    def test_that_of_another_scheme_is_not_asked(self) -> None:
        address = replace(FAR, proxies={"HTTPS_PROXY": "http://proxy:3128"})

        assert outcome(host.check(address, None), "host.proxy") is Outcome.OK

    @pytest.mark.parametrize(
        ("no_proxy", "is_left_out"),
        [
            ("a.b, .example.org", True),
            ("example.org", True),
            ("GPU.example.org:11434", True),
            ("*", True),
            ("ple.org", False),
            (".gpu.example.org", False),
            ("", False),
        ],
    )
    def test_the_server_is_left_out_as_httpx_leaves_it_out(
        self, no_proxy: str, is_left_out: bool
    ) -> None:
        proxies = {"HTTP_PROXY": "http://proxy:3128", "no_proxy": no_proxy}
        told = outcome(host.check(replace(FAR, proxies=proxies), None), "host.proxy")

        assert (told is Outcome.OK) is is_left_out


class TestTheName:
    def test_one_that_is_taken_is_well(self) -> None:
        assert outcome(host.check(ADDRESS, ANSWER), "host.name") is Outcome.OK

    def test_one_that_is_refused_is_a_fault(self) -> None:
        told = found(host.check(FAR, REFUSED), "host.name")

        assert told.outcome is Outcome.FAULT
        assert "403 to the name gpu.example.org" in told.sentence

    def test_without_an_answer_it_is_unknown(self) -> None:
        down = Answer(failure="Refused.", is_reached=False)

        assert outcome(host.check(ADDRESS, down), "host.name") is Outcome.UNKNOWN
