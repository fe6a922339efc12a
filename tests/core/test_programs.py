"""Programs that are asked something."""

from __future__ import annotations

import sys
import time

import pytest

from ollama_tui.core.programs import ask, ask_first


def test_what_it_prints_is_said() -> None:
    said = ask((sys.executable, "-c", "print('tea'); print('time')"))

    assert (said.text, said.failure) == ("tea\ntime\n", "")


def test_one_that_is_not_there_says_so() -> None:
    assert ask(("no-such-program",)).failure == "there is no no-such-program here"


def test_one_that_fails_gives_its_last_words() -> None:
    said = ask((sys.executable, "-c", "raise SystemExit('no permission')"))

    assert said.failure == "no permission"


def test_one_that_fails_without_a_word_gives_its_code() -> None:
    said = ask((sys.executable, "-c", "raise SystemExit(3)"))

    assert said.failure.endswith("ended with code 3")


def test_one_that_hangs_is_killed_with_what_it_started() -> None:
    program = "import subprocess; print('a', flush=True); subprocess.run(['sleep', '30'])"
    began = time.monotonic()

    said = ask((sys.executable, "-c", program), seconds=0.7)

    assert said.text == "a\n"
    assert "did not end within 0.7 s" in said.failure
    assert time.monotonic() - began < 10


def test_of_endless_output_the_last_part_is_kept() -> None:
    said = ask((sys.executable, "-c", "print('x' * 300_000 + 'end', end='')"), at_most=100)

    assert said.text == "x" * 97 + "end"


def test_or_the_first_part_without_waiting_for_the_rest() -> None:
    program = "import itertools\nfor n in itertools.count(): print(n)"

    said = ask_first((sys.executable, "-c", program), at_most=100)

    assert said.text.startswith("0\n1\n2\n")
    assert said.failure == ""


def test_it_is_not_told_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_API_KEY", "s3cret")

    said = ask((sys.executable, "-c", "import os; print(dict(os.environ))"))

    assert "s3cret" not in said.text
