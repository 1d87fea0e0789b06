"""What all tests share: one BLAS thread, a data cache of their own, and repeatable examples."""

import os
import sys

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy is imported: other thread counts give other bits

import pytest
from hypothesis import HealthCheck, settings

# Else every process that a test starts would compile our modules anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

settings.register_profile(
    "repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("repeatable")


@pytest.fixture(scope="session", autouse=True)
def data_cache(tmp_path_factory):
    """Prepares data in a folder of this test run, also in the processes that tests start."""
    before = os.environ.get("HPSEARCH_DATA")
    os.environ["HPSEARCH_DATA"] = str(tmp_path_factory.mktemp("data"))
    yield
    if before is None:
        del os.environ["HPSEARCH_DATA"]
    else:
        os.environ["HPSEARCH_DATA"] = before
