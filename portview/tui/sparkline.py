"""Numbers as a line of small bars."""

from collections.abc import Sequence

BARS = "▁▂▃▄▅▆▇█"
GAP = "✗"


def sparkline(values: Sequence[float | None], width: int) -> str:
    """The last `width` values, scaled from nothing to the greatest; None, a failure, is a cross."""
    shown = values[-width:] if width > 0 else ()
    top = max((value for value in shown if value is not None), default=0.0)
    return "".join(GAP if value is None else BARS[_height(value, top)] for value in shown)


def _height(value: float, top: float) -> int:
    return min(int(value / top * len(BARS)), len(BARS) - 1) if top > 0 else 0
