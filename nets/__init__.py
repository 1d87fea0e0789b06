"""Neural networks written from scratch in NumPy."""
