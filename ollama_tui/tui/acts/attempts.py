"""Deeds that may fail: what is told then."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from ollama_tui.core.errors import OllamaTuiError

if TYPE_CHECKING:
    from ollama_tui.tui.app import OllamaTuiApp


async def attempt(app: OllamaTuiApp, deed: Coroutine[Any, Any, None]) -> None:
    """Do something, and say why if it cannot be done."""
    try:
        await deed
    except OllamaTuiError as error:
        app.tell_failure(str(error))
