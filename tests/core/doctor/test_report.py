"""The report to be pasted into an issue: all of it, and nothing that is nobody's business."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ollama_tui.core.doctor.evidence import Address, Answer, Evidence, Own, Step, Store
from ollama_tui.core.doctor.report import Private, redacted, report
from ollama_tui.core.server_log import ServerLog
from ollama_tui.core.server_start import ServerStart
from tests.core.doctor.evidences import CARD, FOLDER, MACHINE, SETTINGS, UNIT, WELL

PRIVATE = Private(
    secrets=("tok-1234", "weird \\ [secret]"),
    home="/home/ann",
    users=("ann",),
    machines=("gpu-box-3", "gpu-box-3.corp.example"),
)
FACTS = (("ollama-tui", "0.1.0"), ("Ollama", "0.32.15"))


class TestWhatItHas:
    def test_facts_findings_settings_and_devices(self) -> None:
        start = ServerStart({**SETTINGS, "OLLAMA_KEEP_ALIVE": "30m0s"}, (CARD,))
        evidence = replace(WELL, machine=replace(MACHINE, start=start))

        lines = report(evidence, FACTS, PRIVATE).splitlines()

        assert "Ollama: 0.32.15" in lines
        assert "[ok] server.version: It is Ollama 0.32.15." in lines
        assert "    OLLAMA_KEEP_ALIVE=30m0s" in lines
        assert "    cuda NVIDIA RTX 4090 driver 13.0" in lines

    def test_a_next_step(self) -> None:
        down = Answer(failure="Connection refused.", remedy="Start it.", is_reached=False)

        lines = report(Evidence(WELL.address, down), FACTS, PRIVATE).splitlines()

        assert lines[5:7] == ["[fault] server.answers: Connection refused.", "    next: Start it."]

    def test_where_all_is_well_the_words_stay_as_they_are(self) -> None:
        told = report(replace(WELL, own=None), FACTS, PRIVATE)

        assert not [word for word in ("SECRET", "USER", "HOST ", "ADDRESS") if word in told]
        assert "http://127.0.0.1:11434" in told
        assert "/usr/share/ollama/.ollama/models" in told


class TestWhatItLeavesOut:
    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("key tok-1234 sent", "key SECRET sent"),
            ("weird \\ [secret] here", "SECRET here"),
            ("http://me:pa@ss@proxy.corp:3128/x", "http://SECRET@HOST:3128/x"),
            ("HTTPS_PROXY=http://:pw@10.0.0.7:1", "HTTPS_PROXY=http://SECRET@HOST:1"),
            ("me:pw@proxy", "SECRET@proxy"),
            ("https://ollama.com/x?sig=ab&y=1", "https://ollama.com/x?SECRET"),
            ("OPENAI_API_KEY=abc MY_TOKEN=def", "OPENAI_API_KEY=SECRET MY_TOKEN=SECRET"),
            ('{"password": "hunter2"}', '{"password": SECRET'),
            ("Authorization: Bearer eyJhbGciOi", "Authorization: SECRET"),
            ("ssh-ed25519 AAAAC3NzaC1 ann@x", "SECRET USER@x"),
            ("sk-proj-abcdefgh1234", "SECRET"),
            ("/home/ann/models", "~/models"),
            ("/home/ann", "~"),
            ("/home/anna/models", "/home/USER/models"),
            ("/home/bob/.ollama", "/home/USER/.ollama"),
            ("/Users/carl/.ollama", "/home/USER/.ollama"),
            ("C:\\Users\\carl\\x", "/home/USER\\x"),
            ("runs as ann.", "runs as USER."),
            ("ANN's", "USER's"),
            ("annual cannot", "annual cannot"),
            ("at gpu-box-3.corp.example:1", "at HOST:1"),
            ("gpu-box-3", "HOST"),
            ("http://other.corp.example:11434", "http://HOST:11434"),
            (
                "http://localhost:11434 https://ollama.com",
                "http://localhost:11434 https://ollama.com",
            ),
            ("http://127.0.0.1:1 0.0.0.0 ::1 [::]:1", "http://127.0.0.1:1 0.0.0.0 ::1 [::]:1"),
            ("192.168.1.5 and 2001:db8::17", "ADDRESS and ADDRESS"),
            ("http://[2001:db8::17]:1", "http://HOST:1"),
            ("ann.b@corp.example", "MAIL"),
            ("Ollama 0.32.15 at 12:30:01", "Ollama 0.32.15 at 12:30:01"),
        ],
    )
    def test_it_is_replaced(self, text: str, told: str) -> None:
        assert redacted(text, PRIVATE) == told

    def test_names_that_tell_nothing_stay(self) -> None:
        private = Private(users=("root", "ollama", ""), machines=("localhost",))

        assert redacted("root runs ollama on localhost", private) == "root runs ollama on localhost"

    def test_hostile_evidence_gives_nothing_away(self) -> None:
        start = ServerStart(
            {
                **SETTINGS,
                "HTTPS_PROXY": "http://carl:pw0@proxy.corp:3128",
                "OLLAMA_LLM_LIBRARY": "/home/carl/lib tok-1234",
                "OLLAMA_REMOTES": "[secret.corp.example http://10.1.2.3]",
            },
            None,
        )
        machine = replace(
            MACHINE,
            start=start,
            log=ServerLog("/home/carl/ollama.log"),
            unit=replace(UNIT, user="dora", environment={"OLLAMA_KEY": "k3y"}),
            users={1000: "carl"},
            folder=replace(
                FOLDER,
                path="/data/erik/models",
                user="carl",
                steps=(Step("/data/erik/models", 0o700, 5, 5, "erik"),),
                others=(Store("/srv/frida", "frida", 2),),
            ),
        )
        evidence = Evidence(
            Address("http://gpu-box-3:11434", "option", "http://me:pw1@gpu-box-3"),
            Answer(failure="No connection to http://ann:pw2@gpu-box-3:11434."),
            machine,
            own=Own("/home/ann/c.toml", state="/home/ann/state", current="ann/mine"),
        )

        told = report(evidence, (("server", "http://ann:pw3@gpu-box-3"),), PRIVATE)

        for word in ("carl", "dora", "erik", "frida", "ann", "gpu-box", "tok-", "pw", "10.1.2.3"):
            assert word not in told.replace("cannot", "")


def test_a_long_word_is_left_out_before_it_is_searched_for_minutes() -> None:
    assert redacted("x " + "sk-" * 6000, PRIVATE) == "x LONG"
