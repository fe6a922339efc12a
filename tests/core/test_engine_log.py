"""What the engine says in a server's log that a model takes."""

from __future__ import annotations

import pytest

from ollama_tui.core.engine_load import EngineLoad
from ollama_tui.core.engine_log import engine_loads
from ollama_tui.core.server_start import log_fields, server_start
from tests.core.engine_lines import OLD_LOAD, PROBED, READY, RECORDED, SLIDING_WINDOWS, start

_MIB = 2**20


def mebibytes(load: EngineLoad) -> float | None:
    return None if load.size is None else round(load.size / _MIB, 2)


def of_kind(kind: str, load: EngineLoad) -> float:
    return sum(buffer.size for buffer in load.buffers if buffer.kind == kind) / _MIB


def test_every_cache_of_a_model_with_sliding_windows_counts() -> None:
    (load,) = engine_loads(SLIDING_WINDOWS)

    assert of_kind("KV", load) == 336
    assert mebibytes(load) == 431.0
    assert (load.digest, load.port, load.value("-c")) == ("a" * 64, "45123", "8192")


def test_a_log_before_0_30_is_read_too() -> None:
    (load,) = engine_loads(OLD_LOAD)

    assert (load.digest, load.port) == ("b" * 64, "38729")
    assert mebibytes(load) == 49.15


def test_of_what_0_24_said_on_a_load_only_what_its_engine_reserved_counts() -> None:
    llama, _ = engine_loads(RECORDED)

    assert mebibytes(llama) == 19.13 + 0.01 + 24.0 + 27.01
    assert (llama.slots, llama.kv_type) == (1, "f16")
    assert llama.size_by(44049408) == llama.size


def test_where_ollamas_own_engine_rounds_the_server_tells_the_same_to_the_byte() -> None:
    _, gemma = engine_loads(RECORDED)

    assert mebibytes(gemma) == 104.6
    assert (gemma.slots, gemma.kv_type, gemma.port) == (1, "f16", "39741")
    assert gemma.size_by(109632512) == 109632512
    assert gemma.size_by(90_000_000) == gemma.size


def test_ollamas_own_engine_counts_main_memory_too_where_all_layers_are_on_a_gpu() -> None:
    on_gpu = [line.replace("0/13", "13/13") for line in RECORDED]
    on_gpu = [line.replace('cache" device=CPU', 'cache" device=CUDA0') for line in on_gpu]

    gemma = engine_loads(on_gpu)[-1]

    assert (mebibytes(gemma), round(gemma.gpu_bytes / _MIB, 1)) == (104.6, 39.5)


def test_a_runner_that_only_looks_for_gpus_is_no_load() -> None:
    at = next(at for at, line in enumerate(RECORDED) if "ollama-engine --port" in line)
    discovery = RECORDED[at]

    (load,) = engine_loads((discovery, *SLIDING_WINDOWS))

    assert mebibytes(load) == 431.0


def test_a_try_in_vain_does_not_count() -> None:
    (load,) = engine_loads(PROBED)

    assert mebibytes(load) == 1100 + 2200 + 330 + 440 + 10 + 20
    assert load.gpu_bytes == (1100 + 2200 + 330 + 10 + 20) * _MIB
    assert (load.gpu_layers, load.layers, load.is_on_gpus) == (20, 33, False)


def test_with_all_layers_on_a_gpu_what_lies_there_counts() -> None:
    whole = [line.replace("20/33", "33/33") for line in PROBED]

    (load,) = engine_loads(whole)

    assert load.size == load.gpu_bytes


def test_a_draft_model_counts_too() -> None:
    draft = "load_tensors:        CUDA0 model buffer size =   500.00 MiB"
    lines = (start("a", "--spec-type", "draft-mtp"), *SLIDING_WINDOWS[1:-1], draft, READY)

    (load,) = engine_loads(lines)

    assert mebibytes(load) == 931.0


def test_weights_that_lie_on_a_gpu_and_in_the_file_count_once() -> None:
    lines = (
        start("a"),
        "print_info: file size   = 1.00 GiB (4.50 BPW)",
        "load_tensors:   CPU_Mapped model buffer size =   1000.00 MiB",
        "load_tensors:        CUDA0 model buffer size =   600.00 MiB",
        "llama_kv_cache:      CUDA0 KV buffer size =  100.00 MiB",
        READY,
    )

    (load,) = engine_loads(lines)

    assert mebibytes(load) == 1124.0


def test_room_for_computing_that_is_told_again_counts_once() -> None:
    again = "sched_reserve:        CPU compute buffer size =    90.00 MiB"

    (load,) = engine_loads((*SLIDING_WINDOWS, again))

    assert of_kind("compute", load) == 90


def test_the_engines_own_table_does_where_nothing_else_is_told() -> None:
    table = (
        "common_memory_breakdown_print: | memory breakdown [MiB] | total  free  self  model |",
        "common_memory_breakdown_print: |   - CUDA0 (RTX 4090) | 24080 = 1000 + "
        "(22000 = 16386 + 4856 + 758) + 1080 |",
        "common_memory_breakdown_print: |   - Host |    139 =    61 +    64 +    14 |",
    )

    (load,) = engine_loads((start("a"), *table, READY))

    assert mebibytes(load) == 22139


def test_of_loads_that_overlap_nobody_knows_whose_line_is_whose() -> None:
    lines = (start("a"), start("b"), *SLIDING_WINDOWS[1:], READY)

    loads = engine_loads(lines)

    assert [load.size for load in loads] == [None, None]


def test_a_load_that_failed_is_over() -> None:
    failed = 'level=ERROR msg="error loading llama server" error="out of memory"'

    loads = engine_loads((start("c"), failed, *SLIDING_WINDOWS))

    assert [mebibytes(load) for load in loads] == [None, 431.0]


def test_lines_without_a_start_tell_nothing() -> None:
    assert engine_loads(SLIDING_WINDOWS[1:]) == ()


def test_no_line_that_a_client_can_write_is_searched_for_minutes() -> None:
    # A word of this length took each of these patterns a minute and more.
    long = "a" * 60_000

    begun = f'msg="starting runner" cmd="/bin/ollama runner --model /x/sha256-{"a" * 64}"'
    asked = (f"{long} buffer size", "memory_breakdown_print: | - " * 2_000,
             "Operation:commit " * 1_000 + "Parallel:1 " * 1_000,
             'msg="starting runner" cmd="' + " --model " * 4_000)  # fmt: skip

    assert len(engine_loads((begun, *asked))) == 1
    assert log_fields(long) == {}


@pytest.mark.parametrize("number", ["1.2.3", "..", "9" * 5_000], ids=["dots", "none", "long"])
def test_a_number_that_is_none_in_what_a_client_asked_for_tells_nothing(number: str) -> None:
    lines = (
        f"print_info: file size = {number} GiB",
        f"load_tensors: CUDA0 model buffer size = {number} MiB",
        f"offloaded {number}/{number} layers to GPU",
        f"memory_breakdown_print: | - CUDA0 | {number} = {number} + {number} + {number}",
        f'msg="kv cache" device=CUDA0 size="{number} GiB"',
        f"Operation:commit Parallel:{number} KvCacheType: ",
    )

    assert engine_loads((start("a"), *lines)) == engine_loads((start("a"),))
    assert engine_loads((start("a", "--ollama-engine"), *lines))[0].size is None


def test_a_device_with_more_memory_than_a_number_holds_has_an_unknown_amount() -> None:
    device = f'msg="inference compute" id=0 library=CUDA total="{"9" * 400} GiB"'

    (found,) = server_start(('msg="server config"', device)).devices or ()

    assert found.total is None
