"""What a look beneath the answers of `ps` brought, for all loaded models at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ollama_tui.core.models import RunningModel
    from ollama_tui.core.occupancy import Known, Occupancy
    from ollama_tui.core.why import Why


@dataclass(frozen=True, slots=True)
class Insights:
    """What is known of the loaded models beyond what the server says; nothing at first."""

    known: Known = ()
    """What each takes, and whether it is there, by name."""
    causes: tuple[tuple[str, tuple[Why, ...]], ...] = ()
    """Why each is on the CPU, by name, the most telling cause first."""

    def occupancy(self, model: RunningModel) -> Occupancy | None:
        """What a model takes; None if it was not looked at."""
        return next((one for name, one in self.known if name == model.name), None)

    def why(self, model: RunningModel) -> Why | None:
        """The most telling cause of a model being on the CPU; None if none was looked for."""
        return next((found[0] for name, found in self.causes if name == model.name and found), None)

    @property
    def names(self) -> dict[int, str]:
        """The loaded models by the process that serves each."""
        return {one.runner.pid: name for name, one in self.known if one.runner is not None}

    def is_gone(self, model: RunningModel) -> bool:
        """Whether a model is not loaded any more, whatever the server says."""
        one = self.occupancy(model)
        return one is not None and one.is_gone

    def is_more(self, model: RunningModel) -> bool:
        """Whether a model takes so much more than the server says that one should know."""
        one = self.occupancy(model)
        return one is not None and one.is_more

    def memory(self, model: RunningModel) -> int:
        """Bytes that a model takes: none if it is gone; as reported while nothing else is known."""
        one = self.occupancy(model)
        if one is None:
            return model.size
        return 0 if one.is_gone else one.memory

    def truly(self, model: RunningModel) -> RunningModel:
        """The model, without a GPU's memory where its engine used no GPU."""
        one = self.occupancy(model)
        return model if one is None else one.truly(model)

    def present(self, running: tuple[RunningModel, ...] | None) -> tuple[RunningModel, ...] | None:
        """The models that are loaded indeed; the very same value if nothing differs."""
        if running is None:
            return None
        there = tuple(self.truly(model) for model in running if not self.is_gone(model))
        return running if there == running else there
