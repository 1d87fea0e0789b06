"""Trials trained again to check a search: plan, gradients, replay, audit, confirmation, final test.

May import: all rooms of the flow before it (vocabulary to results).
"""
