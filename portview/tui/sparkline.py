"""Numbers as a line of small bars, or as a chart of several lines."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from portview.tui import looks
from portview.tui.route import Part
from portview.tui.units import milliseconds

BARS = "▁▂▃▄▅▆▇█"
GAP = "✗"
SCALE = 7
"""Cells for a time: `9.9 ms`, `1000 ms`, `15.0 s`."""


def bars(values: Sequence[float | None], height: int = 1) -> list[str]:
    """The values as lines from the top, scaled from nothing to the greatest.

    None, a failure, is a cross on the ground.
    """
    most, top = height * len(BARS), _greatest(values)
    steps = [None if value is None else _steps(value, top, most) for value in values]
    return ["".join(_sign(one, line) for one in steps) for line in reversed(range(height))]


def latencies(label: str, values: Sequence[float | None], width: int, height: int) -> list[list[Part]]:
    """The newest times in milliseconds: a chart beside its scale, or one line between label and last time."""
    if height > 1:
        shown = _last(values, width - SCALE - 1)
        scale = [_top(shown), *[""] * (height - 2), "0"]
        lines = zip(scale, bars(shown, height), strict=True)
        return [[Part(f"{mark:>{SCALE}} ", looks.MUTED), *_parts(line)] for mark, line in lines]
    newest = values[-1] if values else None
    after = f"  {milliseconds(newest)}" if newest is not None else ""
    shown = _last(values, width - len(f"{label}  to   ") - SCALE - len(after))
    top = _top(shown)
    before = f"{label}  to {top}  " if top else f"{label}  "
    return [[Part(before, looks.MUTED), *_parts(bars(shown)[0]), Part(after, looks.MUTED)]]


def _last(values: Sequence[float | None], number: int) -> Sequence[float | None]:
    return values[-number:] if number > 0 else ()


def _top(values: Sequence[float | None]) -> str:
    """What the highest bar stands for; without a success there is none."""
    return "" if all(value is None for value in values) else milliseconds(_greatest(values))


def _greatest(values: Sequence[float | None]) -> float:
    return max((value for value in values if value is not None), default=0.0)


def _steps(value: float, top: float, most: int) -> int:
    """How high a bar is, in eighths of a line: at least one."""
    return min(int(value / top * most), most - 1) + 1 if top > 0 else 1


def _sign(steps: int | None, line: int) -> str:
    """What stands in a line of a bar, counted from the ground."""
    if steps is None:
        return " " if line else GAP
    left = min(steps - line * len(BARS), len(BARS))
    return BARS[left - 1] if left > 0 else " "


def _parts(line: str) -> Iterator[Part]:
    for failed, signs in groupby(line, GAP.__eq__):
        yield Part("".join(signs), looks.BAD if failed else looks.ACCENT)
