"""A rename: what knows the model by its name follows, and what cannot is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from ollama_tui.core.alias import CurrentAlias
from ollama_tui.core.connection import Connection
from ollama_tui.core.current import CurrentModel
from ollama_tui.core.errors import Interrupted, Refused
from ollama_tui.core.installed import InstalledModels
from ollama_tui.core.local_downloads import LocalDownloads
from ollama_tui.core.pin_file import PinFile
from ollama_tui.core.renaming import rename_model
from ollama_tui.core.service import OllamaService


class Deaf(LocalDownloads):
    """Downloads whose process does not answer."""

    async def renamed(self, name: str, new_name: str) -> None:
        """Fail."""
        raise Interrupted("what holds downloads ended again and again", "")


@pytest.fixture
def installed(service: OllamaService, pins: PinFile) -> InstalledModels:
    return InstalledModels(service, pins)


@pytest.fixture
async def current(service: OllamaService, tmp_path: Path) -> CurrentModel:
    current = CurrentModel(tmp_path / "current.json", "http://box:11434")
    current.choose("alpha", await service.library())
    return current


async def test_the_current_model_follows(
    installed: InstalledModels,
    service: OllamaService,
    current: CurrentModel,
    downloads: LocalDownloads,
) -> None:
    alias = CurrentAlias(service, current)

    renamed = await rename_model(installed, alias, downloads, "alpha", "mine")

    assert (renamed.model.name, renamed.is_current, renamed.troubles) == ("mine:latest", True, ())
    assert current.read() == "mine:latest"


async def test_it_does_so_where_the_history_cannot(
    installed: InstalledModels, service: OllamaService, current: CurrentModel, url: str
) -> None:
    alias = CurrentAlias(service, current)

    renamed = await rename_model(installed, alias, Deaf(Connection(url)), "alpha", "mine")

    assert current.read() == "mine:latest"
    assert len(renamed.troubles) == 1
    assert renamed.troubles[0].startswith("The history of downloads tells its old name.")


async def test_another_current_model_stays(
    installed: InstalledModels,
    service: OllamaService,
    current: CurrentModel,
    downloads: LocalDownloads,
) -> None:
    await installed.copy("alpha", "other")
    alias = CurrentAlias(service, current)

    renamed = await rename_model(installed, alias, downloads, "other", "mine")

    assert not renamed.is_current
    assert current.read() == "alpha:latest"


async def test_a_taken_name_changes_nothing(
    installed: InstalledModels,
    service: OllamaService,
    current: CurrentModel,
    downloads: LocalDownloads,
) -> None:
    await installed.copy("alpha", "other")

    with pytest.raises(Refused):
        await rename_model(installed, CurrentAlias(service, current), downloads, "alpha", "other")

    assert current.read() == "alpha:latest"
