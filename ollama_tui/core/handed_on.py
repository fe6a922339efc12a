"""What of this program's environment other programs are handed."""

from __future__ import annotations

from collections.abc import Mapping

from ollama_tui.core.hosts import shown_address

_SECRETS = ("OLLAMA_API_KEY", "OLLAMA_TUI_TOKEN")


def without_keys(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment without keys and tokens, and without the login in the server's address."""
    kept = {name: value for name, value in environment.items() if name not in _SECRETS}
    if "OLLAMA_HOST" in kept:
        kept["OLLAMA_HOST"] = shown_address(kept["OLLAMA_HOST"])
    return kept
