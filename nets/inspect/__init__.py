"""What a net computes and looks like: numeric gradients, statistics of layers.

May import: nets.arrays.
"""
