"""The errors of a pull stream in plain words (server/images.go and server/download.go)."""

from __future__ import annotations

import re

from ollama_tui.core.error_words import error_words
from ollama_tui.core.errors import (
    Interrupted,
    InvalidInput,
    NeedsNewerOllama,
    NoSpace,
    NoSuchModel,
    OllamaTuiError,
    PullFailed,
    Refused,
    RegistryBusy,
)
from ollama_tui.core.names import DEFAULT_HOST, parse_name

_PULL_FAILURES: tuple[tuple[str, type[OllamaTuiError], str, str], ...] = (
    (
        r"file does not exist|manifest.*: 404",
        NoSuchModel,
        "the registry has no such model or tag",
        "",
    ),
    (
        r": 412:|newer version of Ollama",
        NeedsNewerOllama,
        "this model needs a newer Ollama than the server runs",
        "Update the server, then pull again.",
    ),
    (
        r"realm host .* does not match",
        PullFailed,
        "the registry sends to another host to sign in, which the server refuses",
        "Write huggingface.co/… in place of hf.co/….",
    ),
    (
        r"Invalid username or password|unauthorized|access denied|: 40[13]:",
        Refused,
        "the registry refuses access",
        "A private model needs the server's public key (id_ed25519.pub) in your account there.",
    ),
    (
        r": 429:|rate limit",
        RegistryBusy,
        "the registry asks to wait",
        "Pull again in some minutes.",
    ),
    (
        r"no space left on device",
        NoSpace,
        "the server's disk is full",
        "Free some space and pull again; what arrived is kept.",
    ),
    (
        r"digest mismatch",
        PullFailed,
        "what arrived was damaged and the server threw it away",
        "Pull again; if it happens again, look for a proxy in between, or bad memory.",
    ),
    (
        r"max retries exceeded|context deadline exceeded",
        Interrupted,
        "the registry broke off again and again",
        "Pull again; what arrived is kept.",
    ),
    (
        r"permission denied",
        PullFailed,
        "the server may not write to its model folder",
        "Make the folder of OLLAMA_MODELS writable for the user that runs the server.",
    ),
    (
        r"http: server gave HTTP response to HTTPS client|insecure protocol http",
        PullFailed,
        "the registry speaks plain HTTP",
        "Pull with --insecure, or name it in the setting insecure_registries.",
    ),
    (
        r"requires MLX|MLX runtime",
        PullFailed,
        "this model needs Ollama's MLX engine, which the server does not have",
        "Choose a GGUF version of it.",
    ),
    (
        r"pull model manifest: .*(dial tcp|lookup|timeout|connection refused|no route|EOF)",
        Interrupted,
        "the server cannot reach the registry",
        "Look at its network, or set HTTPS_PROXY for the server.",
    ),
    (
        r"manifest: 5\d\d:|: 5\d\d ",
        RegistryBusy,
        "the registry has a fault of its own",
        "Pull again later; what arrived is kept.",
    ),
    (r"context canceled", Interrupted, "the download was broken off", "Pull again."),
    (
        r"\bEOF\b|unexpected end of JSON|connection reset",
        Interrupted,
        "the download was cut, or its partial files are damaged",
        "Pull again; if it stays so, free disk space and restart the server.",
    ),
    (r"invalid model name", InvalidInput, "the server refuses that name", ""),
)


_PAGES = {
    DEFAULT_HOST: "on ollama.com/library",
    "hf.co": "on huggingface.co",
    "huggingface.co": "on huggingface.co",
}
"""Where the names of a registry are; the others list theirs as any of Docker's do."""


def pull_failure(text: object, name: str = "") -> OllamaTuiError:
    """What the `error` in a pull stream means; facts of server/images.go and server/download.go.

    Its own words are kept, but cut: they may hold a signed address.

    Args:
        text: what the server says.
        name: the model that was asked for.
    """
    words = error_words(text)
    for pattern, kind, what, remedy in _PULL_FAILURES:
        if re.search(pattern, words, re.IGNORECASE | re.DOTALL):
            return kind(what, _where_to_look(name) if kind is NoSuchModel else remedy)
    return PullFailed(f"the server says: {words}" if words else "the server gave up without a word")


def _where_to_look(name: str) -> str:
    try:
        host = parse_name(name).host if name else DEFAULT_HOST
    except InvalidInput:
        host = DEFAULT_HOST
    page = _PAGES.get(host.casefold(), f"in the catalogue of {host} (/v2/_catalog)")
    return f"Look for its name {page}."


def is_broken_off(text: object) -> bool:
    """Whether the download joined one that was being wound down: it means ask again."""
    return "context canceled" in error_words(text)
