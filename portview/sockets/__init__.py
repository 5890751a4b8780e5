"""What listens on this machine, and who owns it."""
