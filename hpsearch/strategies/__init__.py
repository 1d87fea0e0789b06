"""Which trial comes next and which one stops early: samplers and pruners, as pure functions of the history.

May import: the vocabulary (errors, seeds, space, records).
"""
