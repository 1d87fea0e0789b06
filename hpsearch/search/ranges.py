"""What the options of a run may be; imports nothing, since the command line reads it when it starts."""

RANGES = {
    "trials": (1, 1_000_000),
    "jobs": (1, 1024),
    "threads": (1, 1024),
    "seed": (0, 2**63 - 1),
    "top": (1, 1_000_000),
}
EXECUTORS = ("loky", "dask")
FRESH_SEEDS = (2, 1000)  # of what is trained again after a run; fewer than two say nothing of chance
