"""A study file -> a frozen, checked `Study`: sections, space, overrides, arguments, data.

May import: vocabulary, strategies, disk.
"""
