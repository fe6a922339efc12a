"""What the dashboard knows of the loaded models beyond what the server says."""

import pytest

from ollama_tui.core.insights import Insights
from ollama_tui.core.models import RunningModel
from ollama_tui.core.occupancy import Known, MemorySource, Occupancy, RunnerState

_MIB = 2**20
_REPORTED = 30 * _MIB


def _loaded(size: int) -> RunningModel:
    return RunningModel("tiny:latest", size=size, size_vram=0)


def _known(memory: int, state: RunnerState | None = None) -> Known:
    return (("tiny:latest", Occupancy(_REPORTED, memory, MemorySource.ENGINE_LOG, state)),)


@pytest.mark.parametrize("known", [(), (("other:1b", Occupancy(1, 2)),)])
def test_a_model_takes_what_is_reported_while_nothing_else_is_known(known: Known) -> None:
    assert Insights(known).memory(_loaded(_REPORTED)) == _REPORTED


def test_a_model_takes_what_was_found_as_ps_prints_it_however_little_it_differs() -> None:
    insights = Insights(_known(49 * _MIB))

    assert insights.memory(_loaded(_REPORTED)) == 49 * _MIB
    assert not insights.is_more(_loaded(_REPORTED))


def test_a_model_that_is_gone_takes_nothing() -> None:
    assert Insights(_known(_REPORTED, RunnerState.GONE)).memory(_loaded(_REPORTED)) == 0
