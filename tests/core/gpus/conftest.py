from __future__ import annotations

from pathlib import Path

import pytest

from tests.core.gpus.stub import COMPILER, built


@pytest.fixture(scope="session")
def nvml(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a library of NVIDIA's that tells of cards that there are not."""
    if COMPILER is None:
        pytest.skip("there is no C compiler")
    return built(tmp_path_factory.mktemp("nvml"))


@pytest.fixture
def card_in_sys(tmp_path: Path) -> Path:
    """The kernel's folder of a machine with a card of NVIDIA's."""
    device = tmp_path / "sys" / "bus" / "pci" / "devices" / "0000:01:00.0"
    device.mkdir(parents=True)
    (device / "vendor").write_text("0x10de\n")
    (device / "class").write_text("0x030000\n")
    return tmp_path / "sys"
