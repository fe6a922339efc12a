"""This program's own files and its environment, as evidence."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from ollama_tui.core.doctor.evidence import Address, Own
from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.core.hosts import shown_address, without_secrets
from ollama_tui.core.names import name_key
from ollama_tui.core.text import clean

_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def own_of(
    config: Path,
    folders: tuple[Path, ...],
    current: Callable[[], str | None],
    failure: OllamaTuiError | None = None,
) -> Own:
    """This program's own files; it blocks.

    Args:
        config: the config file.
        folders: of the state, then of the cache.
        current: reads the name of the current model.
        failure: why the settings could not be read; None if they could.
    """
    name = current()
    return Own(
        clean(str(config)),
        config.is_file(),
        clean(failure.sentence) if failure else "",
        failure.remedy if failure else "",
        unwritable(folders),
        clean(str(folders[0])),
        name,
        name_key(name or ""),
    )


def address_of(url: str, environment: Mapping[str, str], **facts: object) -> Address:
    """The server that is asked, with what the environment says of the way there.

    Args:
        url: its address.
        environment: this program's.
        facts: more fields of `Address`.
    """
    proxies = {
        name: shown_address(clean(value))
        for name, value in environment.items()
        if name.casefold() in _PROXIES and value
    }
    said = shown_address(clean(environment.get("OLLAMA_HOST", ""), 200)).strip()
    address = Address(without_secrets(url), said=said, proxies=MappingProxyType(proxies))
    return replace(address, **facts)  # type: ignore[arg-type]


def unwritable(folders: Iterable[Path]) -> Mapping[str, str]:
    """Why folders, or what they would be made in, cannot be written, by their paths."""
    found: dict[str, str] = {}
    for folder in folders:
        there = next((one for one in (folder, *folder.parents) if os.path.lexists(one)), folder)
        if not there.is_dir():
            found[str(folder)] = f"{there} is no folder"
        elif not os.access(there, os.W_OK | os.X_OK):
            found[str(folder)] = "this user may not write there"
        elif shutil.disk_usage(there).free < 1_000_000:
            found[str(folder)] = "its disk is full"
    return MappingProxyType(found)
