"""Hyperparameter search around neural networks written from scratch in NumPy."""
