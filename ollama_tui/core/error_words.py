"""The words of a server's error, in whichever form it sends them."""

from __future__ import annotations

import json
import re

from ollama_tui.core.text import clean, first_line

_LONGEST = 2**16


def error_in(body: bytes) -> object:
    """What a server says of an error: the `error` of its JSON, else all of it as text.

    Raises:
        AttributeError: when it is JSON, but no object.
    """
    text = body[:_LONGEST].decode("utf-8", "replace")
    try:
        return json.loads(text).get("error", text)
    except ValueError:
        return text


def error_words(text: object) -> str:
    """The words of a server's error on one short line; none of those of a page."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    if isinstance(text, str) and (text := text[:_LONGEST]).lstrip().startswith("{"):
        try:
            found = json.loads(text)
            text = found.get("error", text) if isinstance(found, dict) else text
        except ValueError:
            pass
    if isinstance(text, dict):
        text = text.get("message", "")
    if looks_like_html(text):
        return ""
    return re.sub(r"(https?://[^\s?\"]+)\?[^\s\"]+", r"\1?…", _one_line(text))


def _one_line(text: object) -> str:
    joined = " ".join(str(text).split()) if isinstance(text, str) else ""
    return first_line(clean(joined, 400), 240)


def looks_like_html(text: object) -> bool:
    """Whether an answer is a page, as a proxy or a web server gives it."""
    return isinstance(text, str) and text.lstrip()[:1] == "<"
