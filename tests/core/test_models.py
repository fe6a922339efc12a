"""What a server has: single models."""

from __future__ import annotations

import pytest

from ollama_tui.core.keep_alive import FOR_EVER
from ollama_tui.core.models import Model, RunningModel, Server, ServerState

_NOW = 1_800_000_000.0
_YEAR = 365 * 86400


class TestWhereALoadedModelIs:
    @pytest.mark.parametrize(
        ("size", "vram", "share"),
        [
            (100, 100, 1.0),
            (100, 25, 0.25),
            (100, 0, 0.0),
            (0, 0, 0.0),
            (100, 101, None),
            (0, 5, None),
        ],
    )
    def test_the_part_on_gpus(self, size: int, vram: int, share: float | None) -> None:
        assert RunningModel("m", size=size, size_vram=vram).gpu_share == share

    @pytest.mark.parametrize(
        ("size", "vram", "is_spilled", "cpu_bytes"),
        [(100, 100, False, 0), (100, 99, True, 1), (100, 0, True, 100), (100, 200, False, 0)],
    )
    def test_what_is_not_on_a_gpu_is_spilled(
        self, size: int, vram: int, is_spilled: bool, cpu_bytes: int
    ) -> None:
        model = RunningModel("m", size=size, size_vram=vram)

        assert model.is_spilled == is_spilled
        assert model.cpu_bytes == cpu_bytes


class TestHowLongALoadedModelStays:
    @pytest.mark.parametrize(
        ("expires_at", "is_pinned"),
        [
            (None, False),
            (_NOW - 10, False),
            (_NOW + 300, False),
            (_NOW + 20 * _YEAR, False),
            (_NOW + 21 * _YEAR, True),
            (_NOW + 292 * _YEAR, True),
        ],
    )
    def test_more_than_twenty_years_are_for_ever(
        self, expires_at: float | None, is_pinned: bool
    ) -> None:
        assert RunningModel("m", expires_at=expires_at).is_pinned(_NOW) == is_pinned


class TestKnowingALoadedModelAgain:
    @pytest.mark.parametrize(
        ("loaded", "installed", "is_of"),
        [
            (RunningModel("a", "d1"), Model("a", digest="d1"), True),
            (RunningModel("a", "d1"), Model("alias", digest="d1"), True),
            (RunningModel("a", "d1"), Model("a", digest="d2"), False),
            (RunningModel("A"), Model("a", digest="d1"), True),
            (RunningModel("a", "d1"), Model("b"), False),
        ],
    )
    def test_the_digest_decides_and_the_name_where_there_is_none(
        self, loaded: RunningModel, installed: Model, is_of: bool
    ) -> None:
        assert loaded.is_of(installed) == is_of


class TestTheTimeThatIsLeft:
    @pytest.mark.parametrize(
        ("expires_at", "left"),
        [
            (_NOW + 300, 300),
            (_NOW, None),
            (_NOW - 5, None),
            (None, None),
            (_NOW + 100 * _YEAR, FOR_EVER),
        ],
    )
    def test_it_is_known_only_before_it_is_over(
        self, expires_at: float | None, left: float | None
    ) -> None:
        assert RunningModel("a", expires_at=expires_at).time_left(_NOW) == left


class TestTheServer:
    @pytest.mark.parametrize("state", [ServerState.UNKNOWN, ServerState.ALIVE, ServerState.LIMITED])
    def test_it_is_down_only_after_a_failure(self, state: ServerState) -> None:
        assert not Server("http://h:1", "h", state).is_down
        assert Server("http://h:1", "h", ServerState.DOWN).is_down


def test_a_model_with_a_remote_host_is_in_the_cloud() -> None:
    assert Model("gpt-oss:120b-cloud", remote_host="https://ollama.com:443").is_cloud
    assert not Model("gpt-oss:120b").is_cloud
