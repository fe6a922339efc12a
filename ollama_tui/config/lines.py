"""On which line of a TOML document each key is; Python's own reader does not tell."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'"
    r"|\#[^\n]*"
    r"|[A-Za-z0-9_-]+"
    r"|[^ \t\r]",
    re.DOTALL,
)
_OPENS, _CLOSES = ("[", "{"), ("]", "}")


def key_lines(text: str) -> dict[str, int]:
    """The first line of each key and each table, by its parts joined with dots.

    What stands within an inline table is not listed: its table is.

    Args:
        text: a document that `tomllib` reads.
    """
    lines: dict[str, int] = {}
    table: tuple[str, ...] = ()
    for start, tokens in _statements(text):
        if tokens[0] == "[":
            table = path = _parts(tokens)
        else:
            path = table + _parts(tokens[: tokens.index("=")])
        for end in range(1, len(path) + 1):
            lines.setdefault(".".join(path[:end]), text.count("\n", 0, start) + 1)
    return lines


def _statements(text: str) -> Iterator[tuple[int, list[str]]]:
    """Where each table's heading and each key with its value starts, and the pieces of it."""
    start, depth, tokens = 0, 0, list[str]()
    for found in _TOKEN.finditer(text):
        token = found.group()
        if token == "\n" and not depth:
            if tokens:
                yield start, tokens
            tokens = []
        elif token != "\n" and not token.startswith("#"):
            start = start if tokens else found.start()
            depth += (token in _OPENS) - (token in _CLOSES)
            tokens.append(token)
    if tokens:
        yield start, tokens


def _parts(tokens: Sequence[str]) -> tuple[str, ...]:
    return tuple(_unquoted(token) for token in tokens if token not in (*_OPENS, *_CLOSES, "."))


def _unquoted(token: str) -> str:
    return str(tomllib.loads(f"key = {token}")["key"]) if token[0] in "\"'" else token
