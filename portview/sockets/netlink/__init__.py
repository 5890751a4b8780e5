"""The kernel's own answers about sockets, asked over netlink (sock_diag(7)); takes no privileges."""
