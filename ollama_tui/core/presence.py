"""Whether a model is still there, which only its server knows."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.core.library import Library


async def is_installed(
    ask: Callable[[], Awaitable[Library]],
    name: str,
    *,
    patience: float | None = None,
    tell: Callable[[str], None] | None = None,
) -> bool | None:
    """Whether a model is installed, or not any more; None if the server does not say so.

    Args:
        ask: asks the server what is installed.
        name: the model's, in any spelling.
        patience: the seconds in which it must be told; None: as long as a question may take.
        tell: is told what the server says instead.
    """
    try:
        async with asyncio.timeout(patience):
            return (await ask()).get(name) is not None
    except TimeoutError:
        return None
    except OllamaTuiError as error:
        if tell is not None:
            tell(str(error))
        return None
