"""See what listens here, knock on any port, and read why the knock ended as it did."""

__version__ = "0.1.0"
