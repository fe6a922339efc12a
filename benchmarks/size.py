"""Measuring what is installed: the wheel and all that it needs, in a folder of its own."""

from __future__ import annotations

import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).parent.parent
_NOT_ITS_OWN = ("pip", "setuptools", "wheel", "_distutils_hack", "distutils-precedence.pth")
"""What may be in a virtual environment before anything is installed."""


@dataclass(frozen=True, slots=True)
class Installed:
    """What was installed without extras."""

    bytes_: int
    """With the byte code that pip compiles."""
    byte_code: int
    """Of that."""
    distributions: int


def measured_size(folder: Path) -> Installed:
    """Build the wheel and install it, with what it needs, where nothing else is.

    Raises:
        CalledProcessError: when something cannot be fetched.
    """
    # Without pip of its own, so that nothing has to be left out of the sum.
    venv.create(folder / "venv", with_pip=False)
    _pip("wheel", "--no-deps", "--wheel-dir", str(folder), str(_ROOT))
    (wheel,) = folder.glob("*.whl")
    _pip("--python", str(folder / "venv" / "bin" / "python"), "install", str(wheel))
    return installed_in(folder / "venv")


def installed_in(environment: Path) -> Installed:
    """What is in a virtual environment, without pip and setuptools."""
    (packages,) = environment.glob("lib/python*/site-packages")
    own = [one for one in packages.iterdir() if one.name.split("-")[0] not in _NOT_ITS_OWN]
    files = [file for one in own for file in ([one] if one.is_file() else one.rglob("*"))]
    sizes = {file: file.stat().st_size for file in files if file.is_file()}
    return Installed(
        sum(sizes.values()),
        sum(size for file, size in sizes.items() if file.suffix == ".pyc"),
        sum(one.suffix == ".dist-info" for one in own),
    )


def _pip(*words: str) -> None:
    command = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *words)
    subprocess.run(command, check=True)
