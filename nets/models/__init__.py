"""The nets, and what they have in common.

May import: nets.arrays, nets.checks, nets.layers, nets.fast.
"""
