"""Numbers and times as words; the dashboard and the line mode print the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

UNKNOWN = "—"
WORTH_TELLING = 2**30 // 20
"""Bytes of memory from which a difference is seen in GiB with one decimal."""
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def gibibytes(size: int | None) -> str:
    """Bytes of memory in GiB with one decimal, without the unit: `19.4`."""
    return UNKNOWN if size is None or size < 0 else f"{size / 2**30:.1f}"


def disk(size: int | None) -> str:
    """Bytes on disk with their unit, GB from 1 GB on as Ollama prints them: `17.4 GB`, `274 MB`."""
    return " ".join(disk_parts(size)).rstrip()


def disk_parts(size: int | None) -> tuple[str, str]:
    """The number and the unit of bytes on disk; no unit where they are unknown."""
    if size is None or size < 0:
        return UNKNOWN, ""
    return _small(size, 1000, "B", "kB", "MB") if size < 999.5e6 else (f"{size / 1e9:.1f}", "GB")


def space(size: int) -> str:
    """Bytes on disk without decimals from 100 GB on: `734 MB`, `20.2 GB`, `506 GB`."""
    return f"{size / 1e9:.0f} GB" if size >= 100e9 else disk(size)


def memory(size: int | None) -> str:
    """Bytes of memory with their unit: `19.4 GiB`, and `38 MiB` where that is too small for GiB."""
    return " ".join(memory_parts(size)).rstrip()


def memory_parts(size: int | None) -> tuple[str, str]:
    """The number and the unit of bytes of memory; no unit where they are unknown."""
    if size is None or size < 0:
        return UNKNOWN, ""
    is_small = 0 < size < 0.1 * 2**30
    return _small(size, 1024, "B", "KiB", "MiB") if is_small else (gibibytes(size), "GiB")


def _small(size: int, step: int, *names: str) -> tuple[str, str]:
    """A size in the largest unit of which it has one."""
    amount, unit = float(size), names[0]
    for larger in names[1:]:
        if round(amount) < step:
            break
        amount, unit = amount / step, larger
    return f"{amount:.0f}", unit


def transferred(size: float) -> str:
    """Bytes of a download in the unit that suits them: `734 MB`, `2.4 GB`, `8.6 kB`."""
    if size < 999.5e3:
        import humanize

        return humanize.naturalsize(max(0, size), format="%.1f").replace("Bytes", "B")
    return f"{size / 1e6:.0f} MB" if size < 999.5e6 else f"{size / 1e9:.1f} GB"


def arrived(completed: int, total: int) -> tuple[str, str, str]:
    """Bytes of a download that are here and in all, and the unit of both: 26.0, 42.5, GB."""
    scale, unit = (1e9, "GB") if total >= 999.5e6 else (1e6, "MB")
    digits = 1 if unit == "GB" or total < 10e6 else 0
    return f"{completed / scale:.{digits}f}", f"{total / scale:.{digits}f}", unit


def received(completed: int, total: int) -> str:
    """Bytes of a download that are here, as `arrived` tells them: `12 MB`, `26.0 GB`."""
    done, _, unit = arrived(completed, total)
    return f"{done} {unit}" if total else transferred(completed)


def rate(bytes_per_second: float) -> str:
    """The speed of a download: `84 MB/s`."""
    if bytes_per_second < 999.5e3:
        return f"{bytes_per_second / 1e3:.0f} kB/s"
    decimals = 1 if bytes_per_second < 9.95e6 else 0
    return f"{bytes_per_second / 1e6:.{decimals}f} MB/s"


def degrees(celsius: int | None) -> str:
    """A temperature: `71 °C`."""
    return UNKNOWN if celsius is None else f"{celsius} °C"


def watts(power: float | None) -> str:
    """What something takes: `287 W`."""
    return UNKNOWN if power is None else f"{power:.0f} W"


def share(part: float | None) -> str:
    """A part of 0 to 1 as a whole percentage: `72 %`; only all of it is `100 %`."""
    if part is None:
        return UNKNOWN
    percent = round(part * 100)
    if percent == 100 and part < 1:
        percent = 99
    if percent == 0 and part > 0:
        percent = 1
    return f"{percent} %"


def deviation(part: float) -> str:
    """How far something was off, as a percentage; empty where that is rounded to nothing."""
    rounded = round(part, 2)
    return f"{rounded:+.0%}" if rounded else ""


def parameters(words: str) -> str:
    """A parameter size as the server words it, rounded to six characters: `334.1M`, `14.8B`."""
    number, unit = words[:-1], words[-1:]
    if len(words) <= 6 or not number.replace(".", "", 1).isdecimal():
        return words
    whole = len(number.partition(".")[0])
    return f"{float(number):.{max(0, 4 - whole)}f}{unit}"


def tokens(count: int | None) -> str:
    """A context length: `512`, `8k`, `128k`, `1M`."""
    if count is None or count <= 0:
        return UNKNOWN
    if count < 1024:
        return str(count)
    if count < 1024**2 - 1024:
        return f"{count / 1024:.0f}k"
    return f"{count / 1024**2:.0f}M"


def age(moment: float | None, now: float) -> str:
    """How long ago, in four characters at most: `now`, `5m`, `3h`, `2d`, `3w`, `5mo`, `1y`."""
    if moment is None or moment <= 0:
        return UNKNOWN
    count, unit = _elapsed(now - moment)
    return f"{count}{'mo' if unit == 'month' else unit[0]}" if count else "now"


def ago(moment: float | None, now: float) -> str:
    """How long ago, in words, and never another time than `age` says: `2 days ago`."""
    if moment is None or moment <= 0:
        return UNKNOWN
    count, unit = _elapsed(now - moment)
    if count == 1:
        return f"{'an' if unit == 'hour' else 'a'} {unit} ago"
    return f"{counted(count, unit)} ago" if count else "just now"


def _elapsed(seconds: float) -> tuple[int, str]:
    """A time in the whole units that suit it, which have all passed; below a minute it is 0."""
    for limit, size, unit in (
        (_HOUR, _MINUTE, "minute"),
        (_DAY, _HOUR, "hour"),
        (14 * _DAY, _DAY, "day"),
        (60 * _DAY, 7 * _DAY, "week"),
        (365 * _DAY, 30 * _DAY, "month"),
    ):
        if seconds < limit:
            return max(0, int(seconds // size)), unit
    return int(seconds // (365 * _DAY)), "year"


def date(moment: float | None) -> str:
    """A moment in this machine's time zone: `2026-11-22 09:14`."""
    if moment is None or moment <= 0:
        return UNKNOWN
    try:
        return datetime.fromtimestamp(moment).strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):
        return UNKNOWN


def clock(moment: float | None) -> str:
    """The time of the day, in this machine's time zone: `14:02`."""
    words = date(moment)
    return words if words == UNKNOWN else words[-5:]


def until(expires_at: float | None, now: float, *, is_pinned: bool = False) -> str:
    """When a model unloads: `4 min`, `<1 min`, `2 h`, `3 d`, `pinned`, or `busy` when overdue.

    Ollama moves the expiry only when a model goes idle, so one that has passed means that it
    is at work, or on its way out.
    """
    if is_pinned:
        return "pinned"
    if expires_at is None or expires_at <= 0:
        return UNKNOWN
    seconds = expires_at - now
    if seconds <= 0:
        return "busy"
    if seconds < _MINUTE:
        return "<1 min"
    if seconds < 2 * _HOUR:
        return f"{round(seconds / _MINUTE)} min"
    return f"{round(seconds / _HOUR)} h" if seconds < 2 * _DAY else f"{round(seconds / _DAY)} d"


def time_left(seconds: float | None) -> str:
    """How long a download will take: `40 s left`, `3 min left`; empty if that is not known."""
    if seconds is None or seconds > 100 * _HOUR:
        return ""
    if seconds < 100:
        return (
            f"{max(1, round(seconds / 5) * 5) if seconds >= 10 else max(1, round(seconds))} s left"
        )
    if seconds < 100 * _MINUTE:
        return f"{round(seconds / _MINUTE)} min left"
    return f"{round(seconds / _HOUR)} h left"


def counted(count: int, noun: str) -> str:
    """How many of something: `1 model`, `3 models`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def named(names: Sequence[str], noun: str) -> str:
    """The name of the only one, else how many there are: `qwen3:8b`, `3 models`."""
    return names[0] if len(names) == 1 else counted(len(names), noun)


def trying_again(why: str, attempt: int) -> str:
    """What is told of a download that broke off: `stalled at 61 %, trying again, 3rd time`."""
    import humanize

    often = f", {humanize.ordinal(attempt - 1)} time" if attempt > 2 else ""
    return f"{why}, trying again{often}" if why else f"trying again{often}"


def stay(seconds: float) -> str:
    """For how long a model stays loaded, exactly: `5 minutes`, `1 hour and 30 minutes`."""
    if seconds < 0:
        return "for ever"
    import humanize

    return humanize.precisedelta(seconds, suppress=("years", "months"), format="%.15g")


def duration(seconds: float) -> str:
    """How long something lasted: `6 s`, `3 minutes`."""
    import humanize

    return f"{max(1, round(seconds))} s" if seconds < 100 else humanize.naturaldelta(seconds)
