"""Why a model is on the CPU: from evidence, and never from a guess."""

from __future__ import annotations

from dataclasses import replace

from ollama_tui.core.models import RunningModel
from ollama_tui.core.server_start import Device
from ollama_tui.core.why import Cause, Evidence, Gpus, Holder, Why, whys

_GIB = 2**30
_CPU = Device("cpu", "cpu", "cpu", "", 24 * _GIB)
_CARD = Device("GPU-1", "cuda", "NVIDIA GeForce RTX 4090", "13.0", 24 * _GIB)
_ON_CPU = RunningModel("chat:8b", "d1", size=10 * _GIB, context_length=8192)
_SPILLED = replace(_ON_CPU, size_vram=6 * _GIB)
_OTHER = RunningModel("gemma3:27b", "d2", size=19 * _GIB, size_vram=19 * _GIB)
_WITH_CARD = Evidence(devices=(_CARD,))


def first(model: RunningModel, seen: Evidence) -> Why:
    return whys(model, seen)[0]


def causes(model: RunningModel, seen: Evidence) -> list[Cause]:
    return [why.cause for why in whys(model, seen)]


def test_a_model_that_is_all_on_a_gpu_has_no_cause() -> None:
    assert whys(replace(_ON_CPU, size_vram=10 * _GIB), Evidence(devices=(_CPU,))) == ()


def test_no_gpu_seen_by_the_driver() -> None:
    why = first(_ON_CPU, Evidence(devices=(_CPU,), gpus=Gpus(0)))

    assert why.cause is Cause.NO_GPU
    assert why.words == "no GPU is seen by the driver"
    assert "nvidia-smi" in why.remedy


def test_without_any_driver_there_is_no_program_of_one_to_look_at() -> None:
    why = first(_ON_CPU, Evidence(devices=(_CPU,), gpus=Gpus(0, has_driver=False)))

    assert why.cause is Cause.NO_GPU
    assert why.words == "this machine has no driver of a GPU, so models run on the CPU"
    assert why.remedy == "A smaller model is faster"


def test_a_gpu_that_was_lost_since_the_server_started() -> None:
    assert first(_ON_CPU, replace(_WITH_CARD, gpus=Gpus(0))).words == (
        "the driver sees no GPU any more"
    )


def test_where_the_driver_cannot_be_asked_the_servers_log_tells() -> None:
    why = first(_ON_CPU, Evidence(devices=(_CPU,)))

    assert (why.cause, why.words) == (Cause.NO_GPU, "no GPU was seen by Ollama at its start")


def test_a_model_on_a_gpu_belies_a_log_that_tells_of_none() -> None:
    seen = Evidence(devices=(_CPU,), gpus=Gpus(0))

    assert causes(_SPILLED, seen) == [Cause.UNKNOWN]
    assert causes(_ON_CPU, replace(seen, others=(_OTHER,))) == [Cause.HELD]


def test_a_gpu_that_the_driver_sees_and_ollama_does_not() -> None:
    why = first(_ON_CPU, Evidence(devices=(_CPU,), gpus=Gpus(2)))

    assert why.cause is Cause.UNUSED_GPU
    assert why.words == "the driver sees 2 GPUs, Ollama saw none at its start"
    assert "Restart Ollama" in why.remedy


def test_a_setting_that_keeps_ollama_from_a_gpu_is_named() -> None:
    seen = Evidence((_CPU,), Gpus(1), hiding=("CUDA_VISIBLE_DEVICES=-1",))

    why = first(_ON_CPU, seen)

    assert why.words.endswith("saw none at its start: it was started with CUDA_VISIBLE_DEVICES=-1")
    assert why.remedy == "Start Ollama without that"


def test_where_the_layers_are_set_it_is_no_matter_what_is_free_by_now() -> None:
    seen = replace(_WITH_CARD, gpus=Gpus(1, 24 * _GIB, 18 * _GIB), gpu_layers=5)

    assert causes(_SPILLED, seen) == [Cause.NUM_GPU]
    assert causes(_SPILLED, replace(seen, gpu_layers=None)) == [Cause.FREED]


def test_num_gpu_set_in_the_model() -> None:
    why = first(_ON_CPU, replace(_WITH_CARD, num_gpu=0))

    assert (why.cause, why.words) == (Cause.NUM_GPU, "its num_gpu is 0")
    assert (why.act, why.subject) == ("model.edit", "chat:8b")


def test_num_gpu_that_a_client_asked_for() -> None:
    why = first(_SPILLED, replace(_WITH_CARD, gpu_layers=12))

    assert why.cause is Cause.NUM_GPU
    assert "12 layers" in why.words


def test_num_gpu_left_to_ollama_is_no_cause() -> None:
    assert Cause.NUM_GPU not in causes(_SPILLED, replace(_WITH_CARD, num_gpu=-1))


def test_a_context_that_another_client_asked_for() -> None:
    model = replace(_SPILLED, context_length=32768)

    why = first(model, replace(_WITH_CARD, model_context=8192, default_context=4096))

    assert (why.cause, why.act) == (Cause.CONTEXT, "model.load")
    assert why.words == "a client asked for 32k of context, the model's own is 8k"
    assert why.remedy == "Load it with 8k"


def test_an_automatic_context_of_which_less_would_fit() -> None:
    model = replace(_SPILLED, context_length=262144)

    why = first(model, replace(_WITH_CARD, default_context=262144, fitting_context=65536))

    assert why.words == "its automatic context of 256k is larger than fits"
    assert why.remedy == "64k fits"
    assert (why.act, why.context) == ("model.context", 65536)


def test_a_context_as_asked_for_is_no_cause() -> None:
    assert causes(_SPILLED, replace(_WITH_CARD, model_context=8192)) == [Cause.UNKNOWN]


def test_another_model_that_holds_the_memory() -> None:
    why = first(_SPILLED, replace(_WITH_CARD, others=(_OTHER,)))

    assert why.cause is Cause.HELD
    assert why.words == "gemma3:27b holds 19.0 GiB of GPU memory"
    assert (why.act, why.subject) == ("model.unload", "gemma3:27b")


def test_a_process_that_holds_the_memory() -> None:
    gpus = Gpus(1, 24 * _GIB, holders=(Holder("python (alice)", 15 * _GIB),))

    why = first(_SPILLED, replace(_WITH_CARD, gpus=gpus))

    assert why.words == "python (alice) holds 15.0 GiB of GPU memory"
    assert why.act == ""


def test_one_that_holds_little_is_no_cause_of_much() -> None:
    little = replace(_OTHER, size_vram=_GIB)

    assert causes(_SPILLED, replace(_WITH_CARD, others=(little,))) == [Cause.UNKNOWN]


def test_one_that_was_loaded_when_less_was_free() -> None:
    gpus = Gpus(1, 24 * _GIB, free=6 * _GIB, holders=(Holder("python (alice)", 12 * _GIB),))

    [why] = whys(_SPILLED, replace(_WITH_CARD, gpus=gpus))

    assert why.cause is Cause.FREED
    assert why.words == "it was loaded when less was free; 6.0 GiB are free now"
    assert (why.act, why.subject) == ("model.unload", "chat:8b")


def test_too_little_that_is_free_is_no_cause() -> None:
    gpus = Gpus(1, 24 * _GIB, free=4 * _GIB, holders=(Holder("python (alice)", 14 * _GIB),))

    assert causes(_SPILLED, replace(_WITH_CARD, gpus=gpus)) == [Cause.HELD]


def test_a_model_larger_than_the_card() -> None:
    model = replace(_SPILLED, size=41 * _GIB, size_vram=22 * _GIB)

    why = first(model, replace(_WITH_CARD, weights=39 * _GIB, model_context=4096))

    assert why.cause is Cause.TOO_LARGE
    assert why.words == "it takes 39.0 GiB, and the GPUs have 24.0 GiB"


def test_a_context_counts_before_the_size_that_comes_of_it() -> None:
    model = replace(_SPILLED, size=41 * _GIB, size_vram=22 * _GIB, context_length=131072)

    seen = replace(_WITH_CARD, weights=12 * _GIB, model_context=4096, others=(_OTHER,))

    assert causes(model, seen) == [Cause.CONTEXT, Cause.TOO_LARGE, Cause.HELD]


def test_without_evidence_it_is_said_what_to_look_at() -> None:
    why = first(_ON_CPU, Evidence())

    assert why.cause is Cause.UNKNOWN
    assert "On the server's machine" in why.remedy
    assert "log" in first(_ON_CPU, _WITH_CARD).remedy
