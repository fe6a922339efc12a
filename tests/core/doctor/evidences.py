"""Evidence of a machine on which all is well, to be changed by tests."""

from __future__ import annotations

from ollama_tui.core.doctor.evidence import (
    Address,
    Answer,
    Engine,
    Evidence,
    Folder,
    Gpus,
    Machine,
    Own,
    Step,
    Terminal,
    Unit,
)
from ollama_tui.core.doctor.finding import Finding, Outcome
from ollama_tui.core.listeners import Listener
from ollama_tui.core.server_log import ServerLog
from ollama_tui.core.server_start import Device, ServerStart

GIB = 1024**3
OLLAMA = 998
MODELS = "/usr/share/ollama/.ollama/models"
CARD = Device("GPU-1", "cuda", "NVIDIA RTX 4090", "13.0", 24 * GIB)
PROCESSOR = Device("cpu", "cpu", "cpu", "", 64 * GIB)
SETTINGS = {
    "CUDA_VISIBLE_DEVICES": "",
    "HTTPS_PROXY": "",
    "OLLAMA_CONTEXT_LENGTH": "0",
    "OLLAMA_HOST": "http://127.0.0.1:11434",
    "OLLAMA_KEEP_ALIVE": "5m0s",
    "OLLAMA_MODELS": MODELS,
    "OLLAMA_NOPRUNE": "false",
    "OLLAMA_NUM_PARALLEL": "1",
    "OLLAMA_ORIGINS": "[http://localhost https://localhost:*]",
}

ADDRESS = Address("http://127.0.0.1:11434")
ANSWER = Answer("0.32.15", models=("qwen3:8b",), clock_ahead=0.0)
UNIT = Unit(
    is_installed=True, active="active", sub="running", result="success", user="ollama", restarts=0
)
FOLDER = Folder(
    MODELS,
    "its log",
    (
        Step("/", 0o755, 0, 0, "root"),
        Step("/usr", 0o755, 0, 0, "root"),
        Step(MODELS, 0o755, OLLAMA, OLLAMA, "ollama"),
    ),
    user="ollama",
    uid=OLLAMA,
    gids=frozenset({OLLAMA}),
    free=500 * 10**9,
    total=1000 * 10**9,
)
MACHINE = Machine(
    listeners=(Listener("127.0.0.1", OLLAMA, 42, "ollama"),),
    users={OLLAMA: "ollama"},
    log=ServerLog("journalctl -u ollama", ("line",), ("line",)),
    start=ServerStart(SETTINGS, (CARD,)),
    unit=UNIT,
    folder=FOLDER,
    gpus=Gpus(("NVIDIA RTX 4090",), "580.1"),
    engine=Engine("/usr/local/lib/ollama/llama-server"),
)
TERMINAL = Terminal(
    term="xterm-256color", environment={"LANG": "en_US.UTF-8"}, columns=120, lines=40
)
OWN = Own("/home/ann/.config/ollama-tui/config.toml", has_config=True, state="/home/ann/state")
WELL = Evidence(ADDRESS, ANSWER, MACHINE, TERMINAL, OWN)

ELSEWHERE = Machine(is_here=False, elsewhere="it is read on the server's own machine only")


def found(findings: object, check: str) -> Finding:
    """The finding of that check."""
    assert isinstance(findings, tuple | list) or hasattr(findings, "__iter__")
    return next(one for one in findings if isinstance(one, Finding) and one.check == check)


def outcome(findings: object, check: str) -> Outcome:
    """How that check ended."""
    return found(findings, check).outcome
