"""Who is behind a socket, beyond the process that holds it."""
