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

MOST_PROCESSES = 8  # each one imports all libraries before its first test
FOR_POSIX = [
    *(f"hpsearch/disk/test_{name}.py" for name in ("folder", "lines")),
    *(f"hpsearch/search/test_{name}.py" for name in ("crashes", "executors", "search", "semaphores")),
    *(f"hpsearch/system/test_{name}.py" for name in ("poor", "system")),
    *(f"nets/data/test_{name}.py" for name in ("cache", "corruption")),
]
"""What kills by signals, changes modes, follows links or looks into /proc."""

collect_ignore = FOR_POSIX if sys.platform == "win32" else []


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config):
    """Tests in as many processes as there are cores, unless the call says how many: `-n 0` is this one alone.

    This stands here and not in pyproject.toml so that pytest without xdist, or with it shut off, tests too.
    """
    is_free = config.pluginmanager.hasplugin("xdist") and not hasattr(config, "workerinput")
    if is_free and config.option.numprocesses is None and not config.option.usepdb:
        from hpsearch.system.processes import n_cores

        config.option.numprocesses = min(MOST_PROCESSES, n_cores())
        if config.option.dist == "no":
            config.option.dist = "worksteal"  # neighbours share a process, and with it their fixtures


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
