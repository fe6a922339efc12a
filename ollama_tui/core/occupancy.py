"""What a loaded model really takes, and whether it is still there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import Enum

from ollama_tui.core.engine_load import EngineLoad
from ollama_tui.core.models import RunningModel
from ollama_tui.core.runners import Runner
from ollama_tui.core.units import WORTH_TELLING

_TOLERANCE = 0.05


class RunnerState(Enum):
    """Whether the process of a loaded model is there."""

    RUNNING = "running"
    GONE = "gone"


class MemorySource(Enum):
    """Where a model's memory was read, the most trusted first."""

    MEASURED = "measured"
    """What a GPU's driver counts for its process."""
    ENGINE_LOG = "engine log"
    """What the engine itself said that it reserved."""
    ESTIMATE = "estimate"
    REPORTED = "reported"
    """What the server says."""


@dataclass(frozen=True, slots=True)
class Occupancy:
    """What is known of one loaded model beyond what the server says."""

    reported: int
    """Bytes, as the server says."""
    memory: int
    """Bytes that it takes, by the best source there is."""
    source: MemorySource = MemorySource.REPORTED
    state: RunnerState | None = None
    """None where the processes of its server cannot be seen."""
    runner: Runner | None = field(default=None, compare=False)
    """Its process; None where that is not seen."""
    engine: EngineLoad | None = None
    """Its load as the engine told it; None where no log tells it."""

    @property
    def is_gone(self) -> bool:
        """Whether it is not loaded any more, whatever the server says."""
        return self.state is RunnerState.GONE

    @property
    def reserved(self) -> int | None:
        """Bytes that the engine said it reserved; None where it did not."""
        return None if self.engine is None else self.engine.size_by(self.reported)

    def truly(self, model: RunningModel) -> RunningModel:
        """The model, without a GPU's memory where its engine used no GPU.

        `ps` counts what a processor's AMX has as if it were one's (0.32).
        """
        used_none = self.engine is not None and self.engine.buffers and not self.engine.has_gpu
        return replace(model, size_vram=0) if used_none and model.size_vram else model

    @property
    def is_more(self) -> bool:
        """Whether it takes so much more than the server says that one should know."""
        missing = self.memory - self.reported
        return missing > max(WORTH_TELLING, _TOLERANCE * self.reported)


Known = tuple[tuple[str, Occupancy], ...]
"""What is known of each loaded model, by name."""


def truly_loaded(running: Iterable[RunningModel], known: Known) -> tuple[RunningModel, ...]:
    """Loaded models, without the memory of GPUs that none of their engines used."""
    return tuple(occupancy_of(model, known).truly(model) for model in running)


def occupancy_of(model: RunningModel, occupancies: Known) -> Occupancy:
    """What is known of a loaded model; what the server says where nothing else is known."""
    known = (one for name, one in occupancies if name == model.name)
    return next(known, Occupancy(model.size, model.size))


@dataclass(frozen=True, slots=True)
class Processes:
    """The processes of a server that were seen in one look."""

    servers: frozenset[int] = frozenset()
    """What the server may be; empty where that cannot be told."""
    runners: tuple[Runner, ...] = ()

    def runner_of(self, digest: str, name: str) -> Runner | None:
        """The runner of a model, the newest if there are two; None if there is none.

        Args:
            digest: of its weights; empty for what the MLX engine serves by name.
            name: the model's.
        """
        own = (one for one in self.runners if one.parent in self.servers)
        mine = (one for one in own if (one.digest == digest if one.digest else one.model == name))
        return max(mine, key=lambda one: one.started, default=None)

    def state_of(self, digest: str, runner: Runner | None) -> RunnerState | None:
        """Whether a model's runner is there; None where that cannot be seen.

        A model whose weights nobody knows may be served by any of the runners.
        """
        if runner is not None:
            return RunnerState.RUNNING
        return RunnerState.GONE if self.servers and digest else None
