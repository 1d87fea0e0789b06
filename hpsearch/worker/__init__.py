"""What a worker process does with one trial: the environment, the training, the checkpoints.

May import: vocabulary, strategies, disk, study; neither Optuna nor pandas.
"""
