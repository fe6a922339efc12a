"""What is gathered to say why a model is on the CPU, asked as seldom as that will do."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace

from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.core.library import Library
from ollama_tui.core.memory.fit import Room
from ollama_tui.core.memory.fits import Fits
from ollama_tui.core.models import Model, RunningModel
from ollama_tui.core.occupancy import Known, Occupancy, occupancy_of, truly_loaded
from ollama_tui.core.service import OllamaService
from ollama_tui.core.start_log import StartLog
from ollama_tui.core.why import Evidence, Gpus, Why, whys

_WHOLE = re.compile(r"-?\d{1,10}")


class Witness:
    """Says of the loaded models of one server why they are on the CPU."""

    def __init__(self, service: OllamaService, log: StartLog, fits: Fits | None = None) -> None:
        """Nothing is read yet.

        Args:
            service: that server's.
            log: tells of its start.
            fits: works out which context would fit; None: nobody does.
        """
        self._fits = fits
        self._service, self._log = service, log
        self._settings: dict[str, dict[str, int]] = {}

    async def whys(
        self,
        running: Sequence[RunningModel],
        library: Library,
        known: Known = (),
        *,
        gpus: Gpus | None = None,
    ) -> tuple[tuple[str, tuple[Why, ...]], ...]:
        """The causes for each model that is not all on GPUs, by its name.

        One whose runner is gone has none.

        Args:
            running: what is loaded.
            library: what is installed.
            known: what was seen of what is loaded.
            gpus: what the driver sees; None where it was not to be read.
        """
        running = truly_loaded(running, known)
        here = [(model, occupancy_of(model, known)) for model in running if model.is_spilled]
        here = [(model, one) for model, one in here if not one.is_gone]
        if not here:
            return ()
        start = await asyncio.to_thread(self._log.read)
        seen = Evidence(start.devices, gpus, default_context=start.context, hiding=start.hiding)
        return tuple(
            [(model.name, whys(model, await self._of(model, one, seen, running, library)))
             for model, one in here]
        )  # fmt: skip

    async def _of(
        self,
        model: RunningModel,
        one: Occupancy,
        seen: Evidence,
        running: Sequence[RunningModel],
        library: Library,
    ) -> Evidence:
        installed = next((other for other in library if model.is_of(other)), None)
        settings = await self._settings_of(installed) if installed else {}
        gpus = seen.gpus
        room = Room(gpus.free, gpus.count, running=tuple(running)) if gpus and gpus.count else None
        return replace(
            seen,
            others=tuple(other for other in running if other is not model),
            model_context=settings.get("num_ctx"),
            num_gpu=settings.get("num_gpu"),
            gpu_layers=one.runner.gpu_layers if one.runner else None,
            weights=installed.size if installed else None,
            memory=one.memory,
            fitting_context=await self._fitting(model, installed, one, room) if room else None,
        )

    async def _fitting(
        self, model: RunningModel, installed: Model | None, one: Occupancy, room: Room
    ) -> int | None:
        if self._fits is None or installed is None:
            return None
        return await self._fits.fitting_context(installed, model, one.runner, room)

    async def _settings_of(self, model: Model) -> dict[str, int]:
        known = self._settings.get(model.digest)
        if known is None:
            try:
                text = (await self._service.details(model.name)).parameters
            except OllamaTuiError:
                return {}
            known = self._settings[model.digest] = dict(_numbers(text))
        return known


def _numbers(text: str) -> list[tuple[str, int]]:
    pairs = (line.split(maxsplit=1) for line in text.splitlines())
    return [
        (pair[0], int(pair[1])) for pair in pairs if len(pair) == 2 and _WHOLE.fullmatch(pair[1])
    ]
