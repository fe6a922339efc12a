"""A rename, and what follows it: pins, the current model with its alias, the history."""

from __future__ import annotations

from dataclasses import dataclass

from ollama_tui.core.alias import CurrentAlias
from ollama_tui.core.downloads import Downloads
from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.core.installed import InstalledModels
from ollama_tui.core.models import Model


@dataclass(frozen=True, slots=True)
class Renamed:
    """A model under its new name."""

    model: Model
    is_current: bool = False
    """Whether it is the current one, which follows."""
    troubles: tuple[str, ...] = ()
    """What could not follow, fit to be shown; the model has its new name all the same."""


async def rename_model(
    installed: InstalledModels, alias: CurrentAlias, downloads: Downloads, name: str, new_name: str
) -> Renamed:
    """Give a model another name, and let all follow that knows it by the old one.

    Raises:
        NoSuchModel: when it is not installed.
        Refused: when the new name is taken, or Ollama would read it as something else.
    """
    model = await installed.rename(name, new_name)
    is_current, troubles = False, []
    try:
        is_current = await alias.follow_rename(name, model.name)
    except OllamaTuiError as error:
        troubles.append(f"It is not the current model any more. {error}")
    if is_current and (trouble := await alias.try_to_follow()):
        troubles.append(trouble)
    try:
        # The last, since another process may have to be waited for.
        await downloads.renamed(name, model.name)
    except OllamaTuiError as error:
        troubles.append(f"The history of downloads tells its old name. {error}")
    return Renamed(model, is_current, tuple(troubles))
