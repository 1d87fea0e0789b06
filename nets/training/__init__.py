"""Training: the solver, minibatches, update rules, schedules, and the state of all that.

May import: nets.arrays, nets.checks, nets.inspect, nets.models, nets.trained.
"""
