"""Rules: when this evidence, then this cause, with this confidence, because of these facts."""
