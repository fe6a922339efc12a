"""The current model: the user's own choice, kept on disk for each server."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from ollama_tui.core.library import Library
from ollama_tui.core.models import Model
from ollama_tui.core.names import same_model
from ollama_tui.core.server_file import ServerFile
from ollama_tui.core.text import clean

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AliasRecord:
    """The copy of the current model that this program made on the server."""

    name: str
    digest: str = ""
    """The one that it was last seen to have; empty before it was seen."""
    sent: str = ""
    """The one that it was to get and was not seen to have yet; empty if there is none."""

    def is_of(self, model: Model) -> bool:
        """Whether a model is that copy: by its name, and by a digest that it was given."""
        given = {self.digest, self.sent} - {""}
        return same_model(self.name, model.name) and model.digest in given


class CurrentModel:
    """The chosen model of one server, shared by every program that reads the same file."""

    def __init__(self, path: Path, server: str, warn: Callable[[str], None] = _log.warning) -> None:
        """Keep the choice of the server with that key in that file.

        Args:
            path: `current.json` in the state folder; it need not exist.
            server: the key of `hosts.server_key`.
            warn: is told in words when the file is damaged and set aside.
        """
        self._file = ServerFile(path, server, warn, "choose the current model again")

    def read(self) -> str | None:
        """The chosen name as it is on disk now; None before one was ever chosen."""
        return clean(self._file.read().get("model")) or None

    def alias(self) -> AliasRecord | None:
        """The alias that was made of it, as it is on disk now; None if none ever was."""
        found = self._file.read().get("alias")
        if not isinstance(found, dict) or not (name := clean(found.get("name"))):
            return None
        return AliasRecord(name, clean(found.get("digest")), clean(found.get("sent")))

    def choose(self, name: str, library: Library) -> str:
        """Make an installed model the current one and give its whole name.

        Raises:
            NoSuchModel: when it is not installed; the choice stays as it was.
            StateUnwritable: when the file cannot be written, or not be read, so that what
                other servers' choices are would be lost.
        """
        model = library.installed(name)
        self._keep("model", model.name)
        return model.name

    def keep_alias(self, alias: AliasRecord) -> None:
        """Write down the alias that was made, or is about to be.

        Raises:
            StateUnwritable: as for a choice.
        """
        self._keep("alias", asdict(alias))

    def _keep(self, field: str, value: object) -> None:
        self._file.change(lambda entry: {**entry, field: value})
