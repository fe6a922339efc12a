"""What is gathered to say why a model is on the CPU."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ollama_tui.core.connection import Connection
from ollama_tui.core.engine_log import engine_loads
from ollama_tui.core.models import RunningModel
from ollama_tui.core.occupancy import Occupancy, RunnerState
from ollama_tui.core.service import OllamaService
from ollama_tui.core.start_log import StartLog
from ollama_tui.core.why import Cause, Gpus
from ollama_tui.core.witness import Witness
from ollama_tui.demo.clock import FastClock
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.machine import Machine
from ollama_tui.demo.manifests import ModelConfig
from ollama_tui.demo.store import installed
from ollama_tui.demo.transport import EmulatorTransport
from ollama_tui.demo.wire import json_answer
from tests.core.engine_lines import AMX

_START = (
    'level=INFO msg="server config" env="map[OLLAMA_CONTEXT_LENGTH:0 OLLAMA_DEBUG:INFO]"',
    'level=INFO msg="inference compute" id=cpu library=cpu compute="" name=cpu description=cpu '
    'total="23.6 GiB" available="23.2 GiB"',
    'level=INFO msg="vram-based default context" total_vram="0 B" default_num_ctx=4096',
)
_CARD = _START[1].replace("=cpu", "=cuda")


@pytest.fixture
async def emulator(clock: FastClock) -> Emulator:
    own = ModelConfig(parameters=(("num_ctx", 8192),), context_length=131072)
    bare = ModelConfig(context_length=131072)
    machine = Machine(vram=0)
    return Emulator(
        [installed("chat:8b", 4_000, config=own), installed("plain", 3_000, config=bare)],
        machine=machine,
        now=clock.now,
        sleep=clock.sleep,
    )


def noting(asked: list[str]) -> StartLog:
    """The log of a server without a GPU, each reading of which is noted."""

    def read() -> tuple[str, ...]:
        asked.append("log")
        return _START

    return StartLog(read)


async def causes(
    emulator: Emulator,
    log: StartLog,
    name: str = "chat:8b",
    gpus: Gpus | None = None,
    **options: int,
) -> list[str]:
    service = OllamaService(
        Connection("http://127.0.0.1:11434", transport=EmulatorTransport(emulator))
    )
    await (await service.client()).ask_runner(name, options=options)
    running, installed_models = await service.running(), await service.library()
    found = await Witness(service, log).whys(running, installed_models, gpus=gpus)
    await service.aclose()
    return [why.words for _, listed in found for why in listed]


async def test_the_servers_log_tells_that_no_gpu_was_seen(emulator: Emulator) -> None:
    words = await causes(emulator, StartLog(lambda: _START))

    assert words == ["no GPU was seen by Ollama at its start"]


async def test_the_driver_is_asked_too(emulator: Emulator) -> None:
    words = await causes(emulator, StartLog(lambda: _START), gpus=Gpus(0))

    assert words == ["no GPU is seen by the driver"]


async def test_the_models_own_context_is_compared(emulator: Emulator) -> None:
    lines = (_START[0], _CARD, _START[2])

    words = await causes(emulator, StartLog(lambda: lines), num_ctx=32768)

    assert words == ["a client asked for 32k of context, the model's own is 8k"]


async def test_else_what_the_server_gives_unasked(emulator: Emulator) -> None:
    lines = (_START[0], _CARD, _START[2])

    words = await causes(emulator, StartLog(lambda: lines), "plain", num_ctx=8192)

    assert words == ["a client asked for 8k of context, the server's own is 4k"]


async def test_a_model_that_only_seems_to_have_a_gpu_belies_no_log(emulator: Emulator) -> None:
    service = OllamaService(
        Connection("http://127.0.0.1:11434", transport=EmulatorTransport(emulator))
    )
    (engine,) = engine_loads(AMX)
    model = RunningModel("chat:8b", "d", size=123302051, size_vram=123302051)
    known = (("chat:8b", Occupancy(model.size, model.size, engine=engine)),)

    ((_, found),) = await Witness(service, StartLog(lambda: _START)).whys(
        (model,), await service.library(), known, gpus=Gpus(0)
    )

    assert [why.words for why in found] == ["no GPU is seen by the driver"]


async def test_a_gone_runner_has_no_cause_and_nothing_is_asked(emulator: Emulator) -> None:
    service = OllamaService(
        Connection("http://127.0.0.1:11434", transport=EmulatorTransport(emulator))
    )
    await (await service.client()).ask_runner("chat:8b")
    running = await service.running()
    gone = (("chat:8b", Occupancy(1, 1, state=RunnerState.GONE)),)
    asked: list[str] = []
    witness = Witness(service, noting(asked))

    assert await witness.whys(running, await service.library(), gone) == ()
    assert await witness.whys((), await service.library()) == ()
    assert asked == []
    await service.aclose()


async def test_log_and_model_are_read_once(emulator: Emulator) -> None:
    service = OllamaService(
        Connection("http://127.0.0.1:11434", transport=EmulatorTransport(emulator))
    )
    await (await service.client()).ask_runner("chat:8b")
    running, library = await service.running(), await service.library()
    asked: list[str] = []
    witness = Witness(service, noting(asked))

    first = await witness.whys(running, library)
    again = await witness.whys(tuple(replace(model) for model in running), library)

    assert first == again
    assert first[0][1][0].cause is Cause.NO_GPU
    assert asked == ["log"]
    assert sum(request.path == "/api/show" for request in emulator.requests) == 1
    await service.aclose()


async def test_what_is_no_number_of_a_model_is_passed_over(emulator: Emulator) -> None:
    odd = json_answer({"parameters": "num_ctx --8192\nnum_gpu ²"})
    emulator.faults["/api/show"] = Fault(answer=odd)

    words = await causes(emulator, StartLog(lambda: _START))

    assert words == ["no GPU was seen by Ollama at its start"]
