"""Image sets and how they are split, stored and normalized, one source a file."""
