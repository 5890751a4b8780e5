"""Questions to the kernel over netlink, and its answers (netlink(7)); takes no privileges."""
