"""What an import brings with it: nothing slow before the first frame, `ollama` in one place."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import ollama_tui
from ollama_tui.core.cache import KnownLibrary, LibraryCache
from ollama_tui.core.hosts import machine_name, server_key
from ollama_tui.core.library import Library
from ollama_tui.core.models import Model

_PACKAGE = Path(ollama_tui.__file__).parent
_SLOW = {"ollama", "httpx", "pydantic", "textual", "rich", "fastapi"}
_CORE = sorted(f"ollama_tui.core.{path.stem}" for path in (_PACKAGE / "core").glob("[a-z]*.py"))
_EXTRA = {"fastapi", "starlette", "uvicorn"}
"""What only `serve` needs."""
_FIRST_FRAME = """
import os, sys
from ollama_tui import cli
from ollama_tui.tui.app import OllamaTuiApp

def begin(app):
    os.write(1, " ".join(sys.modules).encode())
    os._exit(0)

run = OllamaTuiApp.run
OllamaTuiApp.run = lambda app, mouse: run(app, headless=True, size=(120, 40))
OllamaTuiApp._begin = begin
cli.has_terminal = lambda term: True
cli.main(["--host", "127.0.0.1:9"])
"""
"""Tells what is there when the first frame is out."""
_BEHIND_IT = {
    *("cli.parts", "cli.machine", "holder", "core.service", "core.downloads", "core.preflight"),
    *("core.machine", "core.model_disk", "core.start_log", "core.alias", "core.installed"),
    *("core.loaded", "core.pin_file", "core.load_times", "core.journal", "core.pulls"),
    *("core.layers", "core.memory.fits", "core.gpus", "tui.polls", "tui.beneath", "tui.fitting"),
    *("tui.told", "tui.screens.dialog", "tui.widgets.gpu_rows"),
}
"""What works behind the screen: the first frame waits for none of it."""
_NEEDS_HTTPX = {"answers", "failures", "pull_failures", "pull_stream", "client"}


def modules_of(*parts: str) -> list[str]:
    """The modules of some parts of the program."""
    files = [path for part in parts for path in sorted((_PACKAGE / part).rglob("*.py"))]
    names = [".".join(path.relative_to(_PACKAGE.parent).with_suffix("").parts) for path in files]
    return [name.removesuffix(".__init__") for name in names if not name.endswith("__main__")]


def brought_by(module: str) -> set[str]:
    """The top-level packages that are there after an import."""
    program = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return set(found.stdout.split())


def brought_one_by_one(*modules: str) -> dict[str, set[str]]:
    """The top-level packages that each module adds to those that were imported before it."""
    program = """
import importlib, sys
for module in sys.argv[1:]:
    before = set(sys.modules)
    importlib.import_module(module)
    print(module, *{name.partition(".")[0] for name in sys.modules.keys() - before})
"""
    found = subprocess.run(
        [sys.executable, "-c", program, *modules], capture_output=True, text=True, check=True
    )
    lines = [line.split() for line in found.stdout.splitlines()]
    return {module: set(names) for module, *names in lines}


def imported_in(path: Path) -> set[str]:
    """The top-level packages that a file imports anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add((node.module or "").partition(".")[0])
    return names


def there_at_the_first_frame(folder: Path) -> set[str]:
    """The modules that are there when a library that was kept is on the screen."""
    places = {f"XDG_{kind}_HOME": str(folder / kind) for kind in ("CONFIG", "STATE", "CACHE")}
    server = server_key("http://127.0.0.1:9", machine_name())
    cache = LibraryCache(folder / "CACHE" / "ollama-tui", server)
    cache.save(KnownLibrary(Library((Model("tiny:latest"),)), as_of=1.0))
    found = subprocess.run(
        [sys.executable, "-c", _FIRST_FRAME],
        env={**os.environ, **places},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(found.stdout.split())


def test_the_core_brings_nothing_slow() -> None:
    modules = [name for name in _CORE if name.rpartition(".")[2] not in _NEEDS_HTTPX]

    found = brought_one_by_one("ollama_tui", "ollama_tui.config", *modules)

    assert len(found) > 60
    assert not {module: slow for module, names in found.items() if (slow := names & _SLOW)}


def test_the_first_frame_waits_for_nothing_that_it_does_not_show(tmp_path: Path) -> None:
    found = there_at_the_first_frame(tmp_path)

    assert "ollama_tui.tui.screens.main" in found
    assert not found & {"ollama", "httpx", "tomllib", "humanize", "shlex", "glob"}
    assert not found & {f"ollama_tui.{name}" for name in _BEHIND_IT}
    assert not {name for name in found if name.startswith("ollama_tui.tui.acts.")}


def test_the_pull_stream_brings_httpx_but_not_ollama() -> None:
    found = brought_by("ollama_tui.core.pull_stream")

    assert "httpx" in found
    assert not found & {"ollama", "pydantic", "textual", "fastapi"}


def test_the_client_draws_nothing() -> None:
    assert not brought_by("ollama_tui.core.client") & {"textual", "fastapi"}


def test_only_the_client_imports_ollama() -> None:
    importers = {path for path in _PACKAGE.rglob("*.py") if "ollama" in imported_in(path)}

    assert importers == {_PACKAGE / "core" / "client.py"}


def test_the_core_imports_no_front() -> None:
    for path in (_PACKAGE / "core").glob("*.py"):
        assert not imported_in(path) & {"textual", "rich", "fastapi"}


def test_everything_but_the_api_works_without_its_extra() -> None:
    modules = modules_of("core", "tui", "cli", "demo")

    assert "ollama_tui.tui.screens.main" in modules
    assert not brought_by(", ".join(modules)) & _EXTRA


def test_a_list_brings_nothing_of_the_extra() -> None:
    program = (
        "import sys; from ollama_tui.cli import main; main(['--demo', 'ls']);"
        f"sys.exit(bool({_EXTRA} & set(sys.modules)))"
    )

    assert subprocess.run([sys.executable, "-c", program], capture_output=True).returncode == 0
