"""Lines of servers' logs, as they were seen, shortened."""

from __future__ import annotations

from pathlib import Path

from tests.core.processes import blob, runner_of_now

READY = 'time=2026-11-24T15:38:45Z level=INFO msg="llama-server started in 0.25 seconds"'


def start(digit: str, *more: str) -> str:
    """The line with which a load begins in Ollama 0.32."""
    command = " ".join(runner_of_now(digit, *more))
    return f'time=2026-11-24T15:38:44Z level=INFO msg="starting llama-server" cmd="{command}"'


OLD_LOAD = (
    'time=2026-11-26T15:17:32Z level=INFO source=server.go:433 msg="starting runner" '
    f'cmd="/usr/local/bin/ollama runner --model {blob("b")} --port 38729"',
    'time=2026-11-26T15:17:32Z level=INFO msg="total memory" size="30.0 MiB"',
    "print_info: file size   = 19.13 MiB (16.01 BPW) ",
    "load_tensors:          CPU model buffer size =    19.13 MiB",
    "llama_context:        CPU  output buffer size =     0.01 MiB",
    "llama_kv_cache:        CPU KV buffer size =    12.00 MiB",
    "llama_kv_cache: size =   12.00 MiB (  4096 cells,   4 layers,  1/1 seqs)",
    "llama_context:        CPU compute buffer size =    18.01 MiB",
    'time=2026-11-26T15:17:32Z level=INFO msg="llama runner started in 0.31 seconds"',
)
"""Ollama 0.24.0 on a machine without a GPU: a model of 4 layers at 4096."""

SLIDING_WINDOWS = (
    start("a"),
    "load_tensors:          CPU model buffer size =    10.20 MiB",
    "llama_kv_cache_iswa: creating non-SWA KV cache, size = 32768 cells",
    "llama_kv_cache:        CPU KV buffer size =   256.00 MiB",
    "llama_kv_cache_iswa: creating     SWA KV cache, size = 2048 cells",
    "llama_kv_cache:        CPU KV buffer size =    80.00 MiB",
    "sched_reserve:        CPU compute buffer size =    84.80 MiB",
    READY,
)
"""A shape of gemma3's at 32768, of which `ps` said 175.0 MiB."""

AMX = (
    start("d"),
    "load_tensors:          AMX model buffer size =    23.00 MiB",
    "load_tensors:          CPU model buffer size =     0.55 MiB",
    "llama_context:        CPU  output buffer size =     0.00 MiB",
    "llama_kv_cache:        CPU KV buffer size =    32.00 MiB",
    "llama_kv_cache:        CPU KV buffer size =    10.00 MiB",
    "sched_reserve:        CPU compute buffer size =    84.04 MiB",
    READY,
)
"""A gemma3 at 32768 on a processor with AMX, which 0.32.15 counts as a GPU's memory."""

PROBED = (
    start("c"),
    "load_tensors:        CUDA0 model buffer size =  1000.00 MiB",
    "llama_kv_cache:      CUDA0 KV buffer size =  2000.00 MiB",
    "sched_reserve:      CUDA0 compute buffer size =   300.00 MiB",
    "sched_reserve:  CUDA_Host compute buffer size =   400.00 MiB",
    "load_tensors: offloaded 20/33 layers to GPU",
    "load_tensors:        CUDA0 model buffer size =  1100.00 MiB",
    "llama_kv_cache:      CUDA0 KV buffer size =  2200.00 MiB",
    "sched_reserve:      CUDA0 compute buffer size =   330.00 MiB",
    "sched_reserve:  CUDA_Host compute buffer size =   440.00 MiB",
    "alloc_compute_meta:  CUDA0 compute buffer size =    10.00 MiB",
    "llama_memory_recurrent:      CUDA0 RS buffer size =    20.00 MiB",
    READY,
)
"""A first try in vain, then the load, as in Ollama's own llm/llama_server_test.go."""

_RECORDINGS = Path(__file__).parent.parent / "recordings"
RECORDED = tuple((_RECORDINGS / "v0.24.0" / "loads.log").read_text().splitlines())
"""From the start of a genuine 0.24.0 without a GPU on: a llama at 8192, a gemma3 at 32768.

At once `ps` said 44049408 bytes of the one, and 109632512 of the other.
"""
