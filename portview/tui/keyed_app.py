"""How keys find what they do, one after the other, also where the terminal tells two of them by one name."""

from textual import events
from textual.app import App

from portview.tui.widgets.field import Field


class KeyedApp(App[None]):
    """An app where each key does its work before the next one is looked at.

    Textual sends a key to the widget that has the focus now and runs its binding once the message has come
    back up, when later keys are already on their way to that widget: letters typed ahead after `/` would be
    commands, and Ctrl-u would take those that follow it.
    """

    def on_app_blur(self, event: events.AppBlur) -> None:
        """Keep place and keys in view for one who types a proposed command in the window beside."""
        event.prevent_default()

    async def on_event(self, event: events.Event) -> None:
        """Obey a key at once; leave to Textual what is none, and what is not ours to do."""
        if not isinstance(event, events.Key) or event.is_forwarded:
            await super().on_event(event)
            return
        for key in self._meant(event):
            if not await self._obey(key):
                await super().on_event(key)

    def _meant(self, key: events.Key) -> tuple[events.Key, ...]:
        """The keys that were pressed, where a terminal has the same bytes for others and those have no use.

        Esc and a key in one packet read as Alt with that key; a terminal that tells them apart sends such an
        Alt without a character. Enter that was pressed before the terminal was ours reads as Ctrl-j: ICRNL
        in termios(3).
        """
        plain = key.key.removeprefix("alt+")
        if plain != key.key and key.character is not None:
            if key.key in self.screen.active_bindings:
                return (events.Key(key.key, None),)
            return events.Key("escape", "\x1b"), events.Key(plain, key.character)
        if key.key == "ctrl+j" and key.key not in self.screen.active_bindings:
            return (events.Key("enter", "\r"),)
        return (key,)

    async def _obey(self, key: events.Key) -> bool:
        """Type the key or run its action; False where neither is ours to do."""
        focused = self.focused
        if isinstance(focused, Field) and key.is_printable and key.character is not None:
            focused.put(key.character)
            return True
        active = self.screen.active_bindings.get(key.key)
        if active is None or not active.enabled:
            return False
        done = await self.run_action(active.binding.action, active.node)
        if isinstance(focused, Field) and active.binding.action == "submit":
            await focused.settle()
        return done
