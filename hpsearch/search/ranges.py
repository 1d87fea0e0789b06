"""What the options of a run may be; imports nothing, since the command line reads it when it starts."""

RANGES = {
    "trials": (1, 1_000_000),
    "jobs": (1, 1024),
    "threads": (1, 1024),
    "seed": (0, 2**63 - 1),
    "top": (1, 1_000_000),
}
EXECUTORS = ("loky", "dask")
