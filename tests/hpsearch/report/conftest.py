"""Made-up studies of any size, as the report is given them, and a browser to look at its page."""

import importlib.util
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hpsearch.disk.notes import Notes
from hpsearch.results.frames import StudyFrames
from hpsearch.results.tables import LEDGER_COLUMNS
from hpsearch.space import Parameter
from hpsearch.study.spacetable import parse_space
from hpsearch.study.study import Study
from hpsearch.study.studyfile import from_table

SPACE = {
    "learning_rate": {"low": 1e-4, "high": 1e-1, "log": True},
    "reg": {"low": 1e-6, "high": 1e-1, "log": True},
    "weight_scale": {"low": 1e-3, "high": 1e-1, "log": True},
    "hidden_dim": {"low": 32, "high": 256, "log": True},
    "dropout": {"low": 0.0, "high": 0.6, "step": 0.1},
    "normalization": {"choices": ["none", "batchnorm", "layernorm"]},
    "update_rule": {"choices": ["sgd_momentum", "adam"]},
    "momentum": {"low": 0.5, "high": 0.99, "when": {"update_rule": "sgd_momentum"}},
}
HOSTILE = "<script>alert('x')</script>\"&' 😀 学习率 معدل \u202e\x07 $x_1$ _" + "long" * 60
SPLIT = {
    "waiting": 0,
    "running": 0,
    "num_train": 797,
    "num_val": 500,
    "image_shape": (1, 8, 8),
    "class_names": tuple("0123456789"),
    "weights": None,
    "ledger": pd.DataFrame(columns=list(LEDGER_COLUMNS)),
    "test": None,
    "digest": "5f0d",
}


def make_study(parameters: tuple[Parameter, ...], n_epochs: int, title: str, space: Any) -> Study:
    """Returns a study that searches these parameters; a tuple of them need not be valid ones."""
    table = {
        "net": {"kind": "ThreeLayerConvNet"},
        "training": {"epochs": n_epochs},
        "space": space if isinstance(space, dict) else {"reg": SPACE["reg"]},
    }
    return replace(from_table(table, "convnet", "convnet.toml"), space=parameters, title=title)


def draw(rng: np.random.Generator, parameter: Parameter, params: dict[str, Any]) -> Any:
    """Returns a value of a parameter, None where its condition does not hold."""
    if not parameter.is_active(params):
        return None
    if parameter.kind == "choice":
        return parameter.choices[rng.integers(len(parameter.choices))]
    low, high = parameter.low, parameter.high
    value = np.exp(rng.uniform(np.log(low), np.log(high))) if parameter.log else rng.uniform(low, high)
    if parameter.step is not None:
        value = round(low + parameter.step * round((value - low) / parameter.step), 9)
    return round(value) if parameter.kind == "int" else float(value)


def train(
    rng: np.random.Generator, params: dict[str, Any], n_epochs: int, n_val: int
) -> tuple[str, np.ndarray]:
    """Returns the end of a pretended training and its validation accuracies, NaN where it diverged."""
    rate = params.get("learning_rate") or 1e-2
    adam = params.get("update_rule") == "adam"
    distance = abs(np.log10(rate) - (-2.6 if adam else -1.6))
    if distance > 0.8 and np.log10(rate) > -1.8:
        return "diverged", np.r_[rng.uniform(0.05, 0.2, rng.integers(0, 3)), np.nan]
    top = 0.992 - 0.05 * distance**2 - 0.02 * (params.get("dropout") or 0) ** 2 - 0.01 * rng.random()
    speed = 0.9 / (1 + distance)
    ideal = top - (top - 0.1) * np.exp(-speed * np.arange(1, n_epochs + 1))
    curve = rng.binomial(n_val, np.clip(ideal, 0.02, 0.999)) / n_val
    if rng.random() < 0.5 + distance / 4:
        return "pruned", curve[: rng.integers(2, max(n_epochs - 2, 4))]
    return "complete", curve


def make_frames(
    folder: Path,
    n: int = 100,
    seed: int = 0,
    space: dict[str, Any] | None = None,
    n_epochs: int = 15,
    **changes: Any,
) -> StudyFrames:
    """Returns a study of n trials; `only` among the changes gives every trial that state."""
    rng = np.random.default_rng(seed)
    only = changes.pop("only", None)
    parameters = space if isinstance(space, tuple) else parse_space(SPACE if space is None else space)
    rows, curves = [], []
    clock = pd.Timestamp("2026-01-05 10:00", tz="UTC")
    for number in range(n):
        params: dict[str, Any] = {}
        for parameter in parameters:
            value = draw(rng, parameter, params)
            if value is not None:
                params[parameter.name] = value
        state, curve = train(rng, params, n_epochs, 500)
        state = only or state
        if state == "failed":
            curve = curve[:0]
        finite = curve[np.isfinite(curve)]
        best = float(finite.max()) if len(finite) else np.nan
        best_epoch = float(np.argmax(finite)) + 1 if len(finite) else np.nan
        seconds = 0.05 * len(curve) + 0.1
        rows.append(
            {
                "number": number,
                "state": state,
                "value": best,
                "epochs": len(curve),
                "seconds": seconds,
                "best_epoch": best_epoch,
                "train_accuracy": min(best + 0.004, 1.0),
                "loss": 0.1,
                "examples": len(curve) * 797,
                "cpu_seconds": seconds,
                "reason": {
                    "pruned": "epoch 3: 0.81 is below the median 0.9",
                    "failed": "ValueError: bad",
                }.get(state, ""),
                "worker": f"worker-{number % 2}",
                "started": clock + pd.Timedelta(seconds=number * 0.3),
                "finished": clock + pd.Timedelta(seconds=number * 0.3 + seconds),
                **{f"params.{p.name}": params.get(p.name) for p in parameters},
            }
        )
        for epoch, accuracy in enumerate(curve, 1):
            curves.append((number, epoch, accuracy, min(accuracy + 0.004, 1.0), 1 - accuracy))
    frames = StudyFrames(
        name=changes.pop("name", "convnet"),
        folder=folder,
        study=make_study(parameters, n_epochs, changes.pop("title", ""), SPACE if space is None else space),
        trials=trials_table(rows, parameters),
        curves=pd.DataFrame(
            curves, columns=["number", "epoch", "val_accuracy", "train_accuracy", "loss"]
        ).astype(
            {
                "number": "int64",
                "epoch": "int64",
                "val_accuracy": float,
                "train_accuracy": float,
                "loss": float,
            }
        ),
        **(SPLIT | changes),
    )
    folder.mkdir(parents=True, exist_ok=True)
    return frames


def trials_table(rows: list[dict[str, Any]], parameters: tuple[Parameter, ...]) -> pd.DataFrame:
    """Returns rows as the table of trials, with its columns and types also when there are none."""
    numbers = ("value", "seconds", "best_epoch", "train_accuracy", "loss", "cpu_seconds")
    counts = ("number", "epochs", "examples")
    columns = [
        *("number", "state", "value", "epochs", "seconds", "best_epoch", "train_accuracy", "loss"),
        *("examples", "cpu_seconds", "reason", "worker", "started", "finished"),
        *(f"params.{p.name}" for p in parameters),
    ]
    types = dict.fromkeys(numbers, "float64") | dict.fromkeys(counts, "int64")
    types |= {f"params.{p.name}": object if p.kind == "choice" else "float64" for p in parameters}
    times = dict.fromkeys(("started", "finished"), "datetime64[us, UTC]")
    return pd.DataFrame(rows, columns=columns).astype(types | times)


@pytest.fixture
def make(tmp_path):
    """Makes a study in a folder of its own."""

    def make_one(n: int = 100, **changes: Any) -> StudyFrames:
        return make_frames(tmp_path / changes.get("name", "convnet"), n, **changes)

    return make_one


@pytest.fixture(scope="session")
def written(tmp_path_factory):
    """A study of sixty trials and the page that its report is."""
    from hpsearch.report import write_report

    notes = Notes("Made up for the tests.", {7: "rose <late>"})
    frames = make_frames(tmp_path_factory.mktemp("written"), 60, notes=notes)
    return frames, write_report(frames)


@pytest.fixture
def hostile(make):
    """A study whose every text would like to be more than text."""
    space = (
        Parameter("learning_rate", "float", 1e-4, 1e-1, log=True),
        Parameter(HOSTILE, "float", 0.0, 1.0),
        Parameter("activation", "choice", choices=(HOSTILE, "_relu", "$x$")),
    )
    frames = make(20, space=space, title=HOSTILE, class_names=(HOSTILE,) * 10)
    reasons = np.where(frames.trials["state"] == "complete", "", HOSTILE)
    return replace(frames, trials=frames.trials.assign(reason=reasons))


CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


@pytest.fixture(scope="session")
def start_browser():
    """Starts Chromium with an empty profile that logs its console."""
    if CHROMIUM is None or DRIVER is None or importlib.util.find_spec("selenium") is None:
        pytest.skip("needs chromium, chromedriver and the package selenium")
    from selenium import webdriver
    from selenium.webdriver.support.ui import WebDriverWait

    class Browser(webdriver.Chrome):
        def get(self, url: str) -> None:
            """Opens a page; chromedriver alone may come back while the page of before is still there."""
            for address in ("about:blank", url):
                self.execute_script("window.isOfBefore = true")
                super().get(address)
                WebDriverWait(self, 60).until(_is_there)

    def _is_there(browser: Any) -> bool:
        return browser.execute_script("return !window.isOfBefore && document.readyState === 'complete'")

    def start(profile: Path, *, scripts: bool = True, dark: bool = False) -> Any:
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        for flag in (*FLAGS, f"--user-data-dir={profile}", "--window-size=1440,1000"):
            options.add_argument(flag)
        if dark:
            options.add_argument("--blink-settings=preferredColorScheme=0")
        if not scripts:
            off = {"profile.managed_default_content_settings.javascript": 2}
            options.add_experimental_option("prefs", off)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        return Browser(options, webdriver.ChromeService(DRIVER))

    return start


@pytest.fixture(scope="module")
def chromium(tmp_path_factory, start_browser):
    """A browser for all tests of a module."""
    browser = start_browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.quit()


@pytest.fixture
def page(chromium, written):
    """The browser at the page, freshly loaded at desktop width, with all rows of the table."""
    chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    chromium.get(written[1].as_uri())
    chromium.execute_script("document.getElementById('all').click()")
    return chromium
