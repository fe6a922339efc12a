"""What one may type: the examples at the end of each command's help."""

from __future__ import annotations

EXAMPLES: dict[str, tuple[tuple[str, str], ...]] = {
    "ls": (
        ("ls", "on the server of OLLAMA_HOST, or of this machine"),
        ("ls --json", "with digests, capabilities and exact bytes"),
    ),
    "ps": (
        ("ps", "memory, share on the GPU, when it unloads"),
        ("ps --json", "memory_bytes: what each really takes; memory_source: who says so"),
    ),
    "why": (
        ("why", "each model that is not all on the GPU"),
        ("why deepseek-r1:32b --json", "one of them, for scripts"),
    ),
    "gpu": (
        ("gpu", "each GPU, and who holds its memory"),
        ("gpu --watch", "the same every two seconds, until Ctrl-C"),
    ),
    "show": (
        ("show gemma3:27b", "its Modelfile"),
        ("show gemma3:27b --part licence", "its licence only"),
        ("show gemma3:27b --json", "all that the server tells of it"),
    ),
    "du": (("du", "models, parts of downloads, leftovers"), ("du --json", "with exact bytes")),
    "fit": (
        ("fit gemma3:27b", "at the context that it would get"),
        ("fit gemma3:27b --ctx 32768 --kv q8_0", "with more context, in a smaller cache"),
        ("fit gemma3:27b --vram 24 --check", "1 unless it fits into 24 GiB, for scripts"),
    ),
    "status": (("status", "four lines; it ends with 3 when the server is down"),),
    "info": (("info", "what to name in a report"),),
    "doctor": (
        ("doctor", "the faults first, each with the next step"),
        ("doctor --report", "all as text to paste, without secrets and names"),
    ),
    "config": (("config", "each setting, and who set it"),),
    "current": (('m=$(ollama-tui current) && echo "$m"', "only if it is installed"),),
    "use": (("use qwen3:8b", "every dashboard and script of yours sees it"),),
    "pick": (
        ('ollama run "$(ollama-tui pick)"', "letters filter, Enter takes it, Esc ends with 130"),
        ("pick coder", "those whose names hold a word"),
    ),
    "env": (
        ('eval "$(ollama-tui env)"', "OLLAMA_HOST and OLLAMA_MODEL, in bash and zsh"),
        ("ollama-tui env --shell fish | source", "in fish"),
    ),
    "completion": (
        ('eval "$(ollama-tui completion bash)"', "in ~/.bashrc; zsh likewise, after compinit"),
        ("ollama-tui completion fish | source", "in ~/.config/fish/config.fish"),
    ),
    "rm": (
        ("rm old:7b older:7b", "asks first; what is loaded is unloaded"),
        ("rm old:7b --yes", "does not ask"),
    ),
    "cp": (("cp gemma3:27b mine", "never over a name that is taken"),),
    "mv": (("mv gemma3:27b mine", "never over a name that is taken"),),
    "edit": (
        ("edit gemma3:27b", "in an editor; shows the difference, and asks"),
        ("edit gemma3:27b mine --set num_ctx=8192", "a new one that shares its layers"),
        ("edit gemma3:27b --unset top_k --yes", "without an editor or a question"),
    ),
    "load": (
        ("load gemma3:27b", "waits until it is loaded; Ctrl-C aborts that"),
        ("load gemma3:27b --keep-alive forever", "a pin, which dashboards watch"),
    ),
    "unload": (("unload gemma3:27b", "one of them"), ("unload --all", "whatever is loaded")),
    "keep": (
        ("keep gemma3:27b 2h", "two hours after each use"),
        ("keep gemma3:27b forever", "until it is unloaded"),
    ),
    "run": (
        ("run", "the current model"),
        ("run gemma3:27b -- --verbose", "what stands behind -- is for `ollama`"),
    ),
    "pull": (
        ("pull qwen3:0.6b", "goes on where it stalls or breaks off"),
        ("pull --detach qwen3:32b", "returns at once; `pulls` shows it"),
        ("pull hf.co/bartowski/gemma-2-2b-it-GGUF", "from Hugging Face"),
    ),
    "pulls": (
        ("pulls --watch", "until nothing runs or waits"),
        ("pulls pause qwen3:32b", "or cancel, or resume"),
        ("pulls resume --all", "all that is paused or unfinished"),
    ),
    "serve": (
        ("serve", "on 127.0.0.1:8000"),
        ("--demo serve --port 0", "an invented server, on any port that is free"),
    ),
}
"""By command: what to type, and a word on it; the program's name may be left out."""

_PROGRAM = "ollama-tui"


def examples_of(command: str) -> str:
    """The end of a command's help."""
    lines = [(typed(line), words) for line, words in EXAMPLES[command]]
    width = max(len(line) for line, _ in lines) + 2
    return "\n".join(["examples:", *(f"  {line.ljust(width)}{words}" for line, words in lines)])


def typed(line: str) -> str:
    """An example as it is typed."""
    return line if _PROGRAM in line else f"{_PROGRAM} {line}"
