"""The screen: panes, widgets, keys and styles."""
