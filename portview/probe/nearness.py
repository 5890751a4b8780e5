"""Whether two answers of one address can come from the same machine, by the time they took."""

from portview.probe.records import Attempt
from portview.vocabulary import Outcome

# A port may answer sooner than another of the same machine; not by this factor and as much besides.
_FAR_LATER, _LATER_MS = 4.0, 20.0


def is_far_later(control: Attempt, primary: Attempt) -> bool:
    """Whether a control was refused so much later that another machine may have answered."""
    slow = control.elapsed_ms > primary.elapsed_ms * _FAR_LATER + _LATER_MS
    return slow and control.outcome is Outcome.REFUSED and control.icmp is None
