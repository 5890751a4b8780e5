"""Numbers and times as people read them."""

from datetime import datetime


def milliseconds(value: float) -> str:
    """A time span given in milliseconds: `0.4 ms`, `12 ms`, `5.0 s`."""
    if value < 10:
        return f"{value:.1f} ms"
    return f"{value:.0f} ms" if value < 1000 else f"{value / 1000:.1f} s"


def clock(seconds: float) -> str:
    """A time span given in seconds: `0:07`, `12:30`, `1:02:03`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def count(number: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun in the right form: `1 port`, `1,024 ports`, `2 entries`."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def moment(time: datetime, now: datetime) -> str:
    """A time of this machine's zone, with its day where that is another: `14:03:07`, `May 01 14:03:07`."""
    return f"{time:%H:%M:%S}" if time.date() == now.date() else f"{time:%b %d %H:%M:%S}"
