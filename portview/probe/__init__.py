"""One knock: a target's name, the connection, the errors that come back, the first words."""
