"""Looks at the loaded models beneath the answers of `ps`."""

from __future__ import annotations

from collections.abc import Sequence

from ollama_tui.core.insights import Insights
from ollama_tui.core.library import Library
from ollama_tui.core.memory.fits import Fits
from ollama_tui.core.models import RunningModel
from ollama_tui.core.occupancies import Figures, Occupancies
from ollama_tui.core.service import OllamaService
from ollama_tui.core.start_log import StartLog
from ollama_tui.core.why import Gpus
from ollama_tui.core.witness import Witness


class Looker:
    """Looks beneath the answers of one server, one look at a time."""

    def __init__(self, occupancies: Occupancies, witness: Witness) -> None:
        """Nothing is looked at yet."""
        self._occupancies, self._witness = occupancies, witness

    async def look(
        self, running: Sequence[RunningModel], library: Library, gpus: Gpus | None = None
    ) -> Insights:
        """What is known of these loaded models now.

        Args:
            running: what is loaded.
            library: what is installed.
            gpus: what the driver sees; None where it was not to be read.
        """
        known = await self._occupancies.look(running, library)
        return Insights(known, await self._witness.whys(running, library, known, gpus=gpus))


def looker_of(service: OllamaService, figures: Figures, fits: Fits | None, log: StartLog) -> Looker:
    """Looks beneath the answers of that server.

    Args:
        service: that server's.
        figures: who else tells what a model takes.
        fits: works out which context would fit; None: nobody does.
        log: tells of the server's start.
    """
    return Looker(Occupancies(service, figures=figures), Witness(service, log, fits))
