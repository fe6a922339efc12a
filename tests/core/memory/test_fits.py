"""A server's models: each is asked about once, and learned from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ollama_tui.core.engine_log import engine_loads
from ollama_tui.core.errors import NoSuchModel
from ollama_tui.core.memory.estimate import KvType, RunnerOptions, estimate
from ollama_tui.core.memory.fit import Asked, Room
from ollama_tui.core.memory.fits import Fits
from ollama_tui.core.memory.learned import Learned
from ollama_tui.core.memory.shape_cache import ShapeCache
from ollama_tui.core.models import Model, RunningModel
from ollama_tui.core.occupancy import Occupancy, RunnerState
from ollama_tui.core.runners import Runner
from ollama_tui.core.service import OllamaService
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.library import demo_emulator
from ollama_tui.demo.wire import Answer
from tests.core.engine_lines import AMX, RECORDED

GIB = 2**30


@pytest.fixture
def emulator() -> Emulator:
    return demo_emulator()


@pytest.fixture
def fits(service: OllamaService, tmp_path: Path) -> Fits:
    return _fits(service, tmp_path)


def _fits(service: OllamaService, folder: Path) -> Fits:
    return Fits(service, ShapeCache(folder / "shapes"), Learned(folder / "memory.json", "box"))


async def _model(service: OllamaService, name: str) -> Model:
    return (await service.library()).installed(name)


def _shows(emulator: Emulator) -> int:
    return sum(request.path == "/api/show" for request in emulator.requests)


async def test_a_model_is_asked_about_once(
    fits: Fits, service: OllamaService, emulator: Emulator
) -> None:
    model = await _model(service, "llama3.1:8b")
    assert await fits.known_shape(model) is None

    first = await fits.shape(model)

    assert await fits.shape(model) is first
    assert await fits.known_shape(model) is first
    assert (len(first.layers), _shows(emulator)) == (32, 1)


async def test_the_next_program_need_not_ask(
    fits: Fits, service: OllamaService, emulator: Emulator, tmp_path: Path
) -> None:
    model = await _model(service, "llama3.1:8b")
    shape = await fits.shape(model)

    assert await _fits(service, tmp_path).shape(model) == shape
    assert _shows(emulator) == 1


async def test_two_names_of_a_digest_are_asked_about_once(
    fits: Fits, service: OllamaService, emulator: Emulator
) -> None:
    for name in ("qwen2.5:14b", "assistant"):
        await fits.shape(await _model(service, name))

    assert _shows(emulator) == 1


async def test_a_cloud_model_is_never_asked_about(
    fits: Fits, service: OllamaService, emulator: Emulator
) -> None:
    fit = await fits.fit(await _model(service, "qwen3-coder:480b-cloud"), Asked(), Room())

    assert (fit.is_cloud, _shows(emulator)) == (True, 0)


async def test_a_model_that_is_gone_is_no_model(fits: Fits) -> None:
    with pytest.raises(NoSuchModel):
        await fits.shape(Model("gone:1b", digest="d" * 64))


async def test_what_a_load_took_replaces_the_estimate(fits: Fits, service: OllamaService) -> None:
    model = await _model(service, "llama3.1:8b")
    loaded = RunningModel(model.name, model.digest, 7 * GIB, 7 * GIB, 8192)

    await fits.learn((loaded,), (model,))

    fit = await fits.fit(model, Asked(8192), Room(24 * GIB))
    assert (fit.source, fit.total) == ("measured", 7 * GIB + 457 * 2**20)
    assert (await fits.fit(model, Asked(4096), Room(24 * GIB))).source == "estimate"


async def test_what_it_took_on_the_cpu_says_nothing_of_a_gpu(
    fits: Fits, service: OllamaService
) -> None:
    model = await _model(service, "llama3.1:8b")
    loaded = RunningModel(model.name, model.digest, 7 * GIB, 0, 8192)

    await fits.learn((loaded,), (model,))

    assert (await fits.fit(model, Asked(8192), Room(24 * GIB))).source == "estimate"
    assert (await fits.fit(model, Asked(8192), Room())).total == 7 * GIB


async def test_a_server_is_not_believed_where_a_model_has_windows(
    fits: Fits, service: OllamaService
) -> None:
    model = await _model(service, "gemma3:27b")
    loaded = RunningModel(model.name, model.digest, 7 * GIB, 7 * GIB, 8192)

    await fits.learn((loaded,), (model,))

    assert (await fits.fit(model, Asked(8192), Room(24 * GIB))).source == "estimate"


async def test_what_the_engine_reserved_is_learned_whatever_the_server_says(
    fits: Fits, service: OllamaService
) -> None:
    model = await _model(service, "gemma3:27b")
    loaded = RunningModel(model.name, model.digest, GIB, 0, 32768)
    llama, _ = engine_loads(RECORDED)
    seen = Occupancy(GIB, GIB, engine=llama)

    await fits.learn((loaded,), (model,), ((model.name, seen),), believes=False)

    for asked in (Asked(32768), Asked(32768, KvType.F16, 1)):
        fit = await fits.fit(model, asked, Room())
        assert (fit.source, fit.total) == ("measured", llama.size)
        assert fit.error is not None
    assert (await fits.fit(model, Asked(32768, KvType.Q8_0), Room())).source == "estimate"


async def test_a_processors_amx_is_no_gpu_though_the_server_counts_it_as_one(
    fits: Fits, service: OllamaService
) -> None:
    model = await _model(service, "gemma3:27b")
    loaded = RunningModel(model.name, model.digest, 123302051, 24117248, 32768)
    (engine,) = engine_loads(AMX)
    seen = Occupancy(loaded.size, loaded.size, engine=engine)

    await fits.learn((loaded,), (model,), ((model.name, seen),))

    fit = await fits.fit(model, Asked(32768), Room())
    assert (fit.source, fit.total) == ("measured", 156856484)


async def test_a_forecast_is_not_learned_and_what_is_gone_neither(
    fits: Fits, service: OllamaService
) -> None:
    model = await _model(service, "llama3.1:8b")
    loaded = RunningModel(model.name, model.digest, 7 * GIB, 0, 8192)
    gone = Occupancy(7 * GIB, 7 * GIB, state=RunnerState.GONE)

    await fits.learn((loaded,), (model,), believes=False)
    await fits.learn((loaded,), (model,), ((model.name, gone),))

    assert (await fits.fit(model, Asked(8192), Room())).source == "estimate"


async def test_nothing_is_learned_of_what_is_not_installed_or_tells_no_context(
    fits: Fits, service: OllamaService, emulator: Emulator
) -> None:
    model = await _model(service, "llama3.1:8b")
    loaded = RunningModel(model.name, model.digest, 7 * GIB, 7 * GIB)

    await fits.learn((loaded, replace(loaded, digest="d" * 64, context_length=8192)), (model,))

    assert _shows(emulator) == 0


async def test_the_demos_models_tell_all_that_is_needed(fits: Fits, service: OllamaService) -> None:
    for model in await service.library():
        if not model.is_cloud:
            fit = await fits.fit(model, Asked(), Room(24 * GIB))
            assert fit.total, model.name
            assert fit.verdict is not None


async def test_the_cache_folder_may_be_read_only(service: OllamaService, tmp_path: Path) -> None:
    (tmp_path / "shapes").write_text("")

    shape = await _fits(service, tmp_path).shape(await _model(service, "llama3.1:8b"))

    assert shape.layers


async def test_of_a_model_with_windows_it_is_worked_out_what_the_engine_reserved(
    fits: Fits, service: OllamaService
) -> None:
    model = await _model(service, "gemma3:27b")
    loaded = RunningModel(model.name, model.digest, 7 * GIB, 7 * GIB, 32768)
    runner = Runner(1, "blob", context=32768, slots=2, kv_types=("q8_0", "q8_0"))

    alone = await fits.reserved(loaded)
    seen = await fits.reserved(loaded, runner)

    shape = await fits.shape(model)
    assert alone == estimate(shape, RunnerOptions(32768)).engine
    assert seen == estimate(shape, RunnerOptions(32768, KvType.Q8_0, 2)).engine


async def test_of_a_server_before_0_30_nothing_is_worked_out_since_it_leaves_out_no_cache(
    fits: Fits, service: OllamaService, emulator: Emulator
) -> None:
    model = await _model(service, "gemma3:27b")
    loaded = RunningModel(model.name, model.digest, 7 * GIB, 7 * GIB, 8192)

    assert await fits.reserved(loaded, Runner(1, "blob")) is None
    emulator.faults["/api/version"] = Fault(answer=Answer(200, (), b'{"version":"0.24.0"}'))
    assert await fits.reserved(loaded) is None


@pytest.mark.parametrize("kinds", [("f16", "q8_0"), ("q5_1", "q5_1")])
async def test_what_cannot_be_worked_out_is_not_guessed(
    fits: Fits, service: OllamaService, kinds: tuple[str, str]
) -> None:
    model = await _model(service, "gemma3:27b")
    loaded = RunningModel(model.name, model.digest, 7 * GIB, 7 * GIB, 8192)

    assert await fits.reserved(loaded, Runner(1, "blob", slots=1, kv_types=kinds)) is None


async def test_of_other_models_the_server_tells_all_and_is_not_asked_each_time(
    fits: Fits, service: OllamaService, emulator: Emulator
) -> None:
    model = await _model(service, "llama3.1:8b")
    loaded = RunningModel(model.name, model.digest, 7 * GIB, 7 * GIB, 8192)

    assert await fits.reserved(loaded) is None
    asked = len(emulator.requests)
    assert await fits.reserved(loaded) is None
    assert len(emulator.requests) == asked
    assert await fits.reserved(RunningModel("gone:1b", "d" * 64, GIB, GIB, 8192)) is None


async def test_the_context_that_fits_counts_what_the_model_has_itself(
    fits: Fits, service: OllamaService
) -> None:
    model = await _model(service, "llama3.1:8b")
    loaded = RunningModel(model.name, model.digest, 20 * GIB, 6 * GIB, 131072)
    packed = Runner(1, "blob", context=131072, slots=1, kv_types=("q4_0", "q4_0"))
    room = Room(2 * GIB, running=(loaded,))

    plain = await fits.fitting_context(model, loaded, None, room)
    more = await fits.fitting_context(model, loaded, packed, room)

    assert plain is not None
    assert more is not None
    assert 0 < plain < more < 131072
    assert await fits.fitting_context(model, loaded, None, Room(running=(loaded,))) is None


async def test_what_the_demo_has_loaded_agrees_with_the_estimates_of_other_contexts(
    fits: Fits, service: OllamaService
) -> None:
    model = await _model(service, "deepseek-r1:32b")
    running = await service.running()
    room = Room(3 * GIB, gpus=2, largest=24 * GIB, running=running, context=32768)
    await fits.learn(running, (model,))

    by_context = await fits.at_each_context(model, room)

    totals = [fit.total or 0 for fit in by_context]
    assert totals == sorted(totals)
    assert [fit.options.context for fit in by_context if fit.measured is not None] == [32768]
    assert all(abs(fit.error or 0) < 0.05 for fit in by_context)
