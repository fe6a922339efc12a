"""Lines of logs and crash reports: no secret in them, and no line that is not ours."""

from __future__ import annotations

import logging

import pytest

from ollama_tui.core.log_lines import LogLines, without_secrets_in


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("GET http://me:pw@box:1/api", "GET http://box:1/api"),
        ("GET http://sk-key@box", "GET http://box"),
        ("to https://r2.example/x?X-Amz-Signature=abc 200", "to https://r2.example/x?… 200"),
        ("Authorization: Bearer abcdef", "Authorization: SECRET"),
        ("[(b'authorization', b'Basic bWU6cHc=')]", "[(b'authorization', b'SECRET')]"),
        ("{'set-cookie': 'sid=abc; x'}", "{'set-cookie': 'SECRET'}"),
        ("the key k3y of mine", "the key SECRET of mine"),
        ("a plain line, 10:30 http://box/a", "a plain line, 10:30 http://box/a"),
    ],
)
def test_what_logs_people_in_is_left_out(text: str, left: str) -> None:
    assert without_secrets_in(text, ("k3y", "")) == left


def line(message: str, *args: object) -> str:
    return LogLines(("k3y",)).format(
        logging.LogRecord("a.b", logging.INFO, "", 0, message, args, None)
    )


def test_a_line_has_no_control_characters() -> None:
    assert line("x\x1b[2J%s", "\x9b31m\x07").endswith(" INFO a.b: x[2J31m")


def test_a_line_cannot_fake_another_one() -> None:
    (first, second) = line("model %s", "x\n2026-01-01 00:00:00,000 ERROR a.b: fake").splitlines()

    assert first.endswith("model x")
    assert second.startswith("    2026")


def test_a_known_key_is_left_out_of_tracebacks() -> None:
    try:
        raise ValueError("bad header: k3y")
    except ValueError as error:
        record = logging.LogRecord(
            "a", logging.ERROR, "", 0, "oops", (), (type(error), error, error.__traceback__)
        )

    assert "bad header: SECRET" in LogLines(("k3y",)).format(record)
