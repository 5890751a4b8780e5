"""Many knocks: port specifications, the engine, its pacing and its results."""
