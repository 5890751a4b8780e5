"""Facts and words as data: services, outcomes, causes, blocks, questions; and the search in them."""
