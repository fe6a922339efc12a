"""Lines of a log or of a crash report: nothing secret in them, and nothing that fakes another."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable

from ollama_tui.core.text import clean_lines

_LOGIN = r"(//)[^/?#\s\"']*@"
_WORD = r"[^\s\"'<>]+"
_BEARER = r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{4,}"
_HEADER = (
    r"(?i)((?:proxy-)?authorization|cookie|set-cookie|x-api-key)(['\"]?[:,]\s*(?:b?['\"])?)"
    r"[^'\"\n]+"
)


def without_secrets_in(text: str, secrets: Iterable[str] = ()) -> str:
    """A text without what logs people in.

    Args:
        text: lines of any kind.
        secrets: keys and tokens that are known.
    """
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "SECRET")
    text = re.sub(_WORD, _without_query, re.sub(_LOGIN, r"\1", text))
    return re.sub(_HEADER, r"\1\2SECRET", re.sub(_BEARER, r"\1 SECRET", text))


def _without_query(word: re.Match[str]) -> str:
    # Not in one pattern, which takes minutes for a long word of somebody who knows it.
    before, found, address = word[0].partition("://")
    bare = re.split("[?#]", address, maxsplit=1)[0]
    return word[0] if bare == address else f"{before}{found}{bare}?…"


class LogLines(logging.Formatter):
    """Lines without secrets and control characters; what goes on below one is set in."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """Leave these out, and what looks like a login.

        Args:
            secrets: keys and tokens.
        """
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._secrets = tuple(secrets)

    def format(self, record: logging.LogRecord) -> str:
        """The line as it may be written down."""
        text = clean_lines(without_secrets_in(super().format(record), self._secrets))
        # A line that begins at the margin would be taken for one of ours.
        return "\n    ".join(text.splitlines())
