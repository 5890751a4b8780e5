"""The four panes, one a module."""
