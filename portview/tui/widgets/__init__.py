"""The parts that the panes are made of, one widget a module."""
