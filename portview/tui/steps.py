"""Undo: the states that something had, newest last."""

from typing import Generic, TypeVar

T = TypeVar("T")

_MOST = 50


class Steps(Generic[T]):
    """Steps that can be taken back, the first state excepted."""

    def __init__(self, first: T) -> None:
        self._states = [first]

    @property
    def can_undo(self) -> bool:
        """Whether there is a state to go back to."""
        return len(self._states) > 1

    def step(self, state: T) -> None:
        """Note a new state; the same one again is no step."""
        if state != self._states[-1]:
            self._states.append(state)
            del self._states[:-_MOST]

    def undo(self) -> T:
        """Take the last step back; return the state that holds now."""
        if self.can_undo:
            self._states.pop()
        return self._states[-1]
