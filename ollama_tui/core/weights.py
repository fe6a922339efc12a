"""Which weights a model has: the layer that its runner's command line names."""

from __future__ import annotations

import re

from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.core.library import Library
from ollama_tui.core.models import RunningModel
from ollama_tui.core.service import OllamaService

_FROM = re.compile(r"^FROM\s+\S*sha256[-:]([0-9a-f]{64})", re.MULTILINE)


def weights_in(modelfile: str) -> str:
    """The digest of the weights that a Modelfile names; empty if it names none."""
    found = _FROM.search(modelfile)
    return found[1] if found else ""


class KnownWeights:
    """The weights of loaded models, asked once for each digest of a model."""

    def __init__(self, service: OllamaService) -> None:
        """Nothing is asked yet."""
        self._service = service
        self._known: dict[str, str] = {}

    async def of(self, running: RunningModel, library: Library) -> str:
        """The digest of a loaded model's weights; empty if that cannot be known.

        One that was deleted or made anew since it was loaded cannot be asked about any more.
        """
        known = self._known.get(running.digest)
        if known is None:
            named = library.get(running.name)
            models = [named] if named is not None else []
            model = next((one for one in [*models, *library] if running.is_of(one)), None)
            known = await self._asked(model.name) if model is not None else None
            if known is not None and running.digest:
                self._known[running.digest] = known
        return known or ""

    async def _asked(self, name: str) -> str | None:
        try:
            return weights_in((await self._service.details(name)).modelfile)
        except OllamaTuiError:
            return None
