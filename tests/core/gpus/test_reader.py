"""Readings in a thread, and a driver that hangs."""

from __future__ import annotations

import asyncio
import threading

import pytest

from ollama_tui.core.gpus import Gpu, Reading
from ollama_tui.core.gpus.machine import MachineGpus
from ollama_tui.core.gpus.reader import GpuReader

CARD = Reading((Gpu(0, "RTX 4090"),))


class Driver:
    """One that answers when it is allowed to."""

    def __init__(self, reading: Reading = CARD) -> None:
        self.reading, self.asked = reading, 0
        self.threads: list[threading.Thread] = []
        self.may_answer = threading.Event()

    def read(self) -> Reading:
        self.asked += 1
        self.threads.append(threading.current_thread())
        self.may_answer.wait(20)
        return self.reading


async def test_a_reading_is_told() -> None:
    driver = Driver()
    driver.may_answer.set()

    assert await GpuReader(driver).read(10) == CARD


async def test_one_that_hangs_is_waited_for_by_one_thread_alone() -> None:
    driver = Driver()
    reader = GpuReader(driver)

    for _ in range(5):
        assert await reader.read(0.01) is None
    assert len(driver.threads) == 1

    driver.may_answer.set()
    assert await reader.read(10) == CARD
    assert await reader.read(10) == CARD
    assert driver.asked == 2


async def test_the_loop_goes_on_meanwhile() -> None:
    driver, ticks = Driver(), 0
    reading = asyncio.create_task(GpuReader(driver).read(10))

    for _ in range(50):
        await asyncio.sleep(0)
        ticks += 1
    driver.may_answer.set()

    assert (await reading, ticks) == (CARD, 50)


async def test_its_thread_holds_up_no_end_of_the_program() -> None:
    driver = Driver()
    await GpuReader(driver).read(0.01)

    assert [thread.daemon for thread in driver.threads] == [True]
    driver.may_answer.set()


async def test_a_driver_that_fails_is_not_taken_for_one_that_hangs() -> None:
    class Failing:
        def read(self) -> Reading:
            raise AttributeError("nvmlDeviceGetCount")

    with pytest.raises(AttributeError, match="nvml"):
        await GpuReader(Failing()).read(10)


class TestAMachine:
    def test_all_makers_are_one_reading(self) -> None:
        first, second = Driver(), Driver(Reading((Gpu(0, "W7900", maker="amd"),), why="no root"))
        for driver in (first, second):
            driver.may_answer.set()

        reading = MachineGpus("http://127.0.0.1:1", (first, second), lambda url: "").read()

        assert [gpu.name for gpu in reading.gpus] == ["RTX 4090", "W7900"]
        assert reading.why == "no root"

    def test_nothing_is_asked_for_a_server_elsewhere(self) -> None:
        driver = Driver()

        reading = MachineGpus("http://box:1", (driver,), lambda url: "elsewhere").read()

        assert (reading.elsewhere, driver.asked, reading.is_empty) == ("elsewhere", 0, False)

    def test_its_place_is_looked_at_again_a_minute_later(self) -> None:
        now, places = [0.0], iter(("a tunnel", ""))
        driver = Driver()
        driver.may_answer.set()
        gpus = MachineGpus("http://a:1", (driver,), lambda url: next(places), lambda: now[0])

        assert gpus.read().elsewhere
        now[0] = 59
        assert gpus.read().elsewhere
        now[0] = 60
        assert gpus.read().gpus
