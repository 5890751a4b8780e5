"""From evidence to causes to the next step; pure functions, no sockets, no clock."""
