"""The same layers where the speed is; `nets.layers` has the textbook versions, which are the oracle.

May import: nets.arrays.
"""
