"""What the loaded models take, and whether they are there, beside the answers of `ps`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace

import pytest

from ollama_tui.core.connection import Connection
from ollama_tui.core.engine_log import engine_loads
from ollama_tui.core.library import Library
from ollama_tui.core.models import RunningModel
from ollama_tui.core.occupancies import Figures, Occupancies, Sources
from ollama_tui.core.occupancy import (
    Known,
    MemorySource,
    Occupancy,
    RunnerState,
    occupancy_of,
    truly_loaded,
)
from ollama_tui.core.runners import Runner
from ollama_tui.core.service import OllamaService
from ollama_tui.demo.clock import FastClock
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.store import installed
from ollama_tui.demo.transport import EmulatorTransport
from tests.core.engine_lines import AMX, PROBED, SLIDING_WINDOWS

_MIB = 2**20
_SERVER = 20
_LOADED = 175 * _MIB


@dataclass
class Machine:
    """What the machine of a server shows."""

    runners: tuple[Runner, ...] | None = ()
    servers: frozenset[int] = frozenset({_SERVER})
    lines: Sequence[str] = ()
    asked: list[str] = field(default_factory=list)

    def sources(self) -> Sources:
        return Sources(
            servers=self._tell_servers, runners=lambda: self.runners, log=self._tell_lines
        )

    def _tell_servers(self, _: str) -> frozenset[int]:
        self.asked.append("servers")
        return self.servers

    def _tell_lines(self) -> Sequence[str]:
        self.asked.append("log")
        return self.lines


@dataclass(frozen=True)
class Looked:
    """A server with its machine, at which one looks."""

    emulator: Emulator
    service: OllamaService
    machine: Machine
    occupancies: Occupancies

    async def look(self) -> Known:
        return await self.occupancies.look(await self.running(), await self.service.library())

    async def running(self) -> tuple[RunningModel, ...]:
        running = await self.service.running()
        return tuple(replace(model, size=_LOADED) for model in running)

    def requests(self, path: str) -> int:
        return sum(request.path == path for request in self.emulator.requests)

    @property
    def digest(self) -> str:
        (weights,) = {runner.key for runner in self.emulator.runners.loaded}
        return weights.removeprefix("sha256:")

    def runs(self, **changes: object) -> None:
        """A runner of the loaded model is seen."""
        runner = Runner(77, "/m/blobs/x", self.digest, port="45123", parent=_SERVER, started=1.0)
        self.machine.runners = (replace(runner, **changes),)  # type: ignore[arg-type]


@pytest.fixture
async def looked(clock: FastClock) -> AsyncIterator[Looked]:
    emulator = Emulator([installed("chat:8b", 4_000)], now=clock.now, sleep=clock.sleep)
    connection = Connection("http://127.0.0.1:11434", transport=EmulatorTransport(emulator))
    service = OllamaService(connection)
    await (await service.client()).ask_runner("chat:8b")
    machine = Machine()
    yield Looked(emulator, service, machine, Occupancies(service, machine.sources()))
    await service.aclose()


async def test_a_runner_of_its_weights_means_that_a_model_is_running(looked: Looked) -> None:
    looked.runs()

    ((name, known),) = await looked.look()

    assert (name, known.state) == ("chat:8b", RunnerState.RUNNING)
    assert known.runner is not None
    assert known.runner.pid == 77


async def test_a_model_without_a_runner_is_gone_at_the_second_look(looked: Looked) -> None:
    ((_, first),) = await looked.look()
    ((_, second),) = await looked.look()

    assert (first.state, second.state) == (None, RunnerState.GONE)


async def test_two_looks_at_once_tell_a_gone_runner(looked: Looked) -> None:
    running, ((_, known),) = await looked.occupancies.look_twice(looked.service.library)

    assert [model.name for model in running] == ["chat:8b"]
    assert known.is_gone


@pytest.mark.parametrize("parent", [1, 21])
async def test_the_runner_of_another_server_is_not_taken_for_it(
    looked: Looked, parent: int
) -> None:
    looked.runs(parent=parent)

    await looked.look()
    ((_, known),) = await looked.look()

    assert known.is_gone


async def test_where_the_server_is_not_seen_nothing_is_called_gone(looked: Looked) -> None:
    looked.machine.servers = frozenset()

    await looked.look()
    ((_, known),) = await looked.look()

    assert (known.state, known.source) == (None, MemorySource.REPORTED)
    assert looked.requests("/api/show") == 0


async def test_where_there_is_no_list_of_processes_nothing_is_called_gone(looked: Looked) -> None:
    looked.machine.runners = None

    await looked.look()
    ((_, known),) = await looked.look()

    assert known.state is None


async def test_a_model_that_is_not_installed_any_more_is_not_called_gone(looked: Looked) -> None:
    await looked.occupancies.look(await looked.running(), Library())
    ((_, known),) = await looked.occupancies.look(await looked.running(), Library())

    assert known.state is None


async def test_a_server_that_was_started_anew_is_looked_for_before_one_is_called_gone(
    looked: Looked,
) -> None:
    looked.runs()
    await looked.look()
    looked.machine.servers = frozenset({30})
    looked.runs(parent=30)

    await looked.look()
    ((_, known),) = await looked.look()

    assert known.state is RunnerState.RUNNING


async def test_what_the_engine_reserved_replaces_what_the_server_says(looked: Looked) -> None:
    looked.runs()
    looked.machine.lines = [line.replace("a" * 64, looked.digest) for line in SLIDING_WINDOWS]

    ((_, known),) = await looked.look()

    assert (known.memory, known.source) == (431 * _MIB, MemorySource.ENGINE_LOG)
    assert (known.reported, known.is_more) == (_LOADED, True)


async def test_the_lines_of_an_earlier_runner_are_not_taken(looked: Looked) -> None:
    looked.runs(port="45124")
    looked.machine.lines = [line.replace("a" * 64, looked.digest) for line in SLIDING_WINDOWS]

    ((_, known),) = await looked.look()

    assert known.source is MemorySource.REPORTED


async def test_looking_again_asks_nothing_anew(looked: Looked) -> None:
    looked.runs()
    looked.machine.lines = [line.replace("a" * 64, looked.digest) for line in SLIDING_WINDOWS]

    first = await looked.look()
    again = [await looked.look() for _ in range(5)]

    assert all(known == first for known in again)
    assert looked.requests("/api/show") == 1
    assert looked.machine.asked == ["servers", "log"]


async def test_a_log_that_lags_behind_is_read_again_but_not_for_ever(looked: Looked) -> None:
    looked.runs()

    for _ in range(9):
        await looked.look()

    assert looked.machine.asked.count("log") == 3


async def test_what_the_log_told_of_a_runner_that_is_gone_is_forgotten(looked: Looked) -> None:
    looked.machine.lines = [line.replace("a" * 64, looked.digest) for line in SLIDING_WINDOWS]
    for pid in (77, 78, 77):
        looked.runs(pid=pid)
        await looked.look()

    assert looked.machine.asked.count("log") == 3


async def test_the_driver_is_trusted_most_and_an_estimate_least(looked: Looked) -> None:
    async def estimated(model: RunningModel, runner: Runner | None) -> int:
        return 300 * _MIB

    async def measured(model: RunningModel, runner: Runner) -> int:
        return 500 * _MIB

    sources = looked.machine.sources()
    guess, best = Figures(estimate=estimated), Figures(measured, estimated)
    looked.runs()
    running, library = await looked.running(), await looked.service.library()

    ((_, first),) = await Occupancies(looked.service, sources, guess).look(running, library)
    ((_, second),) = await Occupancies(looked.service, sources, best).look(running, library)

    assert (first.memory, first.source) == (300 * _MIB, MemorySource.ESTIMATE)
    assert (second.memory, second.source) == (500 * _MIB, MemorySource.MEASURED)


async def test_what_the_engine_said_is_known_beside_what_the_driver_counts(
    looked: Looked,
) -> None:
    async def measured(model: RunningModel, runner: Runner) -> int:
        return 500 * _MIB

    looked.runs()
    looked.machine.lines = [line.replace("a" * 64, looked.digest) for line in SLIDING_WINDOWS]
    occupancies = Occupancies(looked.service, looked.machine.sources(), Figures(measured))

    ((_, known),) = await occupancies.look(await looked.running(), await looked.service.library())

    assert (known.memory, known.reserved) == (500 * _MIB, 431 * _MIB)


async def test_an_estimate_below_what_the_server_says_is_not_taken(looked: Looked) -> None:
    async def estimated(model: RunningModel, runner: Runner | None) -> int:
        return 100 * _MIB

    looked.runs()
    occupancies = Occupancies(looked.service, looked.machine.sources(), Figures(None, estimated))

    ((_, known),) = await occupancies.look(await looked.running(), await looked.service.library())

    assert (known.memory, known.source) == (_LOADED, MemorySource.REPORTED)


async def test_of_a_model_that_is_not_installed_any_more_nothing_is_worked_out(
    looked: Looked,
) -> None:
    asked: list[str] = []

    async def estimated(model: RunningModel, runner: Runner | None) -> int | None:
        asked.append(model.name)
        return None

    occupancies = Occupancies(looked.service, looked.machine.sources(), Figures(None, estimated))
    looked.runs()

    await occupancies.look(await looked.running(), Library())
    assert asked == []
    await occupancies.look(await looked.running(), await looked.service.library())
    assert asked == ["chat:8b"]


async def test_nothing_is_looked_at_while_nothing_is_loaded(looked: Looked) -> None:
    assert await looked.occupancies.look((), Library()) == ()
    assert looked.machine.asked == []


async def test_an_imitated_server_has_no_processes(looked: Looked) -> None:
    occupancies = Occupancies(looked.service)

    await occupancies.look(await looked.running(), await looked.service.library())
    ((_, known),) = await occupancies.look(await looked.running(), await looked.service.library())

    assert known.state is None


def test_what_nobody_looked_at_is_as_the_server_says() -> None:
    model = RunningModel("chat:8b", size=5)

    assert occupancy_of(model, ()) == Occupancy(5, 5)
    assert occupancy_of(model, (("chat:8b", Occupancy(5, 9)),)).memory == 9


def test_where_the_engine_used_no_gpu_the_model_has_none_of_its_memory() -> None:
    loaded = RunningModel("chat:8b", size=123302051, size_vram=24117248)
    (amx,), (gpu,) = engine_loads(AMX), engine_loads(PROBED)

    assert not amx.has_gpu
    assert Occupancy(1, 1, engine=amx).truly(loaded) == replace(loaded, size_vram=0)
    assert Occupancy(1, 1, engine=gpu).truly(loaded) is loaded
    assert Occupancy(1, 1, engine=replace(amx, buffers=())).truly(loaded) is loaded
    assert truly_loaded((loaded,), ()) == (loaded,)


def test_a_difference_that_nobody_sees_is_not_told() -> None:
    assert not Occupancy(1000 * _MIB, 1049 * _MIB).is_more
    assert not Occupancy(30 * _MIB, 49 * _MIB).is_more
    assert Occupancy(175 * _MIB, 431 * _MIB).is_more
