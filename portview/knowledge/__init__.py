"""Facts and words as data: outcomes, patterns, causes, services, risky ports."""
