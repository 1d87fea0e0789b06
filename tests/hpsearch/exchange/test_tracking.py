"""What MLflow's and TensorBoard's own packages read back from an export is the record."""

import math
import os
import subprocess
import sys

import pytest

from hpsearch.disk.journal import read_records
from hpsearch.errors import CallError, HpsearchError
from hpsearch.exchange import mlflow_export, tensorboard_export
from hpsearch.exchange.destinations import export
from hpsearch.exchange.facts import CURVES, VALUE


def curve(record, name):
    """Returns what a trial measured, by epoch, with NaN as a text that equals itself."""
    return [(step, repr(getattr(epoch, name))) for step, epoch in enumerate(record.outcome.curve, start=1)]


@pytest.fixture
def records(folder):
    found = read_records(folder.journal)
    assert {record.state for record in found} == {"complete", "pruned", "diverged", "failed"}
    assert any(math.isnan(epoch.val_accuracy) for record in found for epoch in record.outcome.curve)
    return found


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # MLflow's own
@pytest.mark.parametrize("tool", ["tensorboard", "mlflow"])
def test_a_trial_that_went_on_with_paused_ones_is_one_run(paused_folder, tmp_path, tool):
    pytest.importorskip(tool, reason=f"hpsearch[{tool}] is not installed")
    n_trials, _ = export(paused_folder, f"{tool}:{tmp_path / 'runs'}", "paused")
    assert n_trials == 2
    if tool == "tensorboard":
        there = {place.name for place in (tmp_path / "runs" / "paused").glob("trial-*")}
    else:
        from mlflow import MlflowClient

        client = MlflowClient(tracking_uri=f"sqlite:///{tmp_path / 'runs' / 'mlflow.db'}")
        experiment = client.get_experiment_by_name("paused")
        there = {run.info.run_name for run in client.search_runs([experiment.experiment_id])}
    assert there == {"tensorboard": {"trial-00001", "trial-00003"}, "mlflow": {"trial 1", "trial 3"}}[tool]


@pytest.mark.slow
def test_tensorboard_reads_the_curves_and_the_hyperparameters(folder, records, tmp_path):
    pytest.importorskip("tensorboard", reason="hpsearch[tensorboard] is not installed")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2

    n_trials, look = export(folder, f"tensorboard:{tmp_path / 'runs'}", "tiny")
    assert n_trials == len(records)
    assert look == f"tensorboard --logdir {tmp_path / 'runs'}"

    def read(place):
        events = EventAccumulator(str(place)).Reload()
        plugin = events.SummaryMetadata
        return events, {
            tag: plugin_data_pb2.HParamsPluginData.FromString(plugin(tag).plugin_data.content)
            for tag in events.PluginTagToContent(metadata.PLUGIN_NAME)
        }

    root = tmp_path / "runs" / "tiny"
    _, plugin = read(root)
    (about,) = [data.experiment for data in plugin.values()]
    assert [info.name for info in about.hparam_infos] == ["learning_rate"]
    assert (about.hparam_infos[0].domain_interval.min_value, about.metric_infos[0].name.tag) == (1e-4, VALUE)
    for record in records:
        events, plugin = read(root / f"trial-{record.number:05d}")
        for name in CURVES:
            told = events.Scalars(name) if name in events.Tags()["scalars"] else []
            assert [scalar.step for scalar in told] == [step for step, _ in curve(record, name)]
            assert [scalar.value for scalar in told] == pytest.approx(
                [getattr(epoch, name) for epoch in record.outcome.curve], nan_ok=True, rel=1e-6
            )
        given = plugin[metadata.SESSION_START_INFO_TAG].session_start_info.hparams
        assert {name: value.number_value for name, value in given.items()} == record.params
        ended = plugin[metadata.SESSION_END_INFO_TAG].session_end_info
        is_bad = record.state in ("failed", "diverged")
        assert ended.status == (api_pb2.STATUS_FAILURE if is_bad else api_pb2.STATUS_SUCCESS)
    with pytest.raises(CallError, match="tiny is there already; expected another --name"):
        export(folder, f"tensorboard:{tmp_path / 'runs'}", "tiny")


@pytest.mark.parametrize("name", ["..", ".", "../beside", "in/one", "/elsewhere"])
def test_tensorboard_gets_a_folder_in_its_own_alone(folder, tmp_path, name):
    pytest.importorskip("tensorboard", reason="hpsearch[tensorboard] is not installed")
    runs = tmp_path / "logs" / "runs"
    with pytest.raises(CallError, match=f"--name {name}: expected the name of a folder in {runs}"):
        export(folder, f"tensorboard:{runs}", name)
    assert not runs.parent.exists()


@pytest.mark.slow
def test_tensorboards_files_are_whole_or_not_there(folder, tmp_path, monkeypatch):
    pytest.importorskip("tensorboard", reason="hpsearch[tensorboard] is not installed")

    def broken(record, session):
        raise KeyboardInterrupt

    monkeypatch.setattr(tensorboard_export, "_of_trial", broken)
    with pytest.raises(KeyboardInterrupt):
        tensorboard_export.export(folder, tmp_path / "runs", "tiny")
    assert list((tmp_path / "runs").iterdir()) == []
    (tmp_path / "runs" / ".tiny.part" / "trial-00000").mkdir(parents=True)  # as a killed one leaves it
    monkeypatch.undo()
    assert tensorboard_export.export(folder, tmp_path / "runs", "tiny") == 12
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["tiny"]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # MLflow's own
def test_mlflow_reads_the_curves_the_parameters_and_the_cost(folder, records, tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "")
    monkeypatch.delenv("MLFLOW_DISABLE_TELEMETRY")
    mlflow = pytest.importorskip("mlflow", reason="hpsearch[mlflow] is not installed")
    n_trials, look = export(folder, f"mlflow:{tmp_path / 'runs'}", "tiny")
    assert capfd.readouterr().err == ""
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
    assert n_trials == len(records)
    address = f"sqlite:///{tmp_path / 'runs' / 'mlflow.db'}"
    assert look == f"mlflow ui --backend-store-uri {address}"
    client = mlflow.MlflowClient(tracking_uri=address)
    experiment = client.get_experiment_by_name("tiny")
    assert experiment.tags["seed"] == "0"
    runs = client.search_runs([experiment.experiment_id])
    by_name = {run.info.run_name: run for run in runs}
    assert set(by_name) == {f"trial {record.number}" for record in records}
    for record in records:
        run = by_name[f"trial {record.number}"]
        assert run.data.params == {name: str(value) for name, value in record.params.items()}
        assert run.data.tags["state"] == record.state
        assert run.data.tags["epochs"] == str(record.outcome.cost.epochs)
        assert run.info.status == {"complete": "FINISHED", "pruned": "KILLED"}.get(record.state, "FAILED")
        for name in CURVES:
            told = client.get_metric_history(run.info.run_id, name)
            assert sorted((metric.step, repr(metric.value)) for metric in told) == curve(record, name)
    with pytest.raises(CallError, match="has an experiment 'tiny'; expected another --name"):
        export(folder, f"mlflow:{tmp_path / 'runs'}", "tiny")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # MLflow's own
@pytest.mark.parametrize(
    "to", ["tensorboard:{}/runs", "mlflow:{}", "{}/journal.log", "sqlite:///{}/optuna.db"]
)
def test_a_full_disk_is_one_line_and_leaves_nothing_but_folders(folder, small_disk, monkeypatch, to, capfd):
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    for kind, package in (("mlflow", "mlflow"), ("tensorboard", "tensorboard")):
        if to.startswith(kind):
            pytest.importorskip(package, reason=f"hpsearch[{kind}] is not installed")
    (small_disk / "filler").write_bytes(b"0" * 76 * 1024)
    with pytest.raises(HpsearchError, match=rf"{small_disk}.*: .*([Nn]o space|is full)"):
        export(folder, to.format(small_disk), "tiny")
    left = {path.name for path in small_disk.rglob("*") if path.is_file()}
    assert left == {"filler"}
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize(("kind", "module"), [("tensorboard", tensorboard_export), ("mlflow", mlflow_export)])
def test_a_missing_package_names_its_extra(folder, tmp_path, monkeypatch, kind, module):
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(CallError, match=rf"--to {kind}: needs its package: pip install 'hpsearch\[{kind}\]'"):
        export(folder, f"{kind}:{tmp_path}/runs", "tiny")
    assert not (tmp_path / "runs").exists()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # MLflow's own
def test_a_folder_whose_name_is_no_text_is_refused_to_mlflow(folder, tmp_path):
    pytest.importorskip("mlflow", reason="hpsearch[mlflow] is not installed")
    with pytest.raises(CallError, match="is not UTF-8 text, as MLflow's addresses must be"):
        export(folder, f"mlflow:{tmp_path}/\udcff", "tiny")
    assert list(tmp_path.glob("*\udcff")) == []


KILLED = """
import os, sys
from pathlib import Path
from hpsearch.disk.folder import StudyFolder
from hpsearch.exchange import mlflow_export
written = mlflow_export._write_run
mlflow_export._write_run = lambda *arguments: (written(*arguments), os.kill(os.getpid(), 9))
mlflow_export.export(StudyFolder(Path(sys.argv[1])), sys.argv[2], "tiny")
"""


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # MLflow's own
def test_an_export_to_mlflow_that_was_killed_is_no_obstacle_to_the_next(folder, tmp_path):
    mlflow = pytest.importorskip("mlflow", reason="hpsearch[mlflow] is not installed")
    place = tmp_path / "runs"
    killed = subprocess.run([sys.executable, "-c", KILLED, folder.path, place], timeout=100)
    assert killed.returncode == -9
    client = mlflow.MlflowClient(tracking_uri=f"sqlite:///{place / 'mlflow.db'}")
    (left,) = [one.name for one in client.search_experiments() if one.name != "Default"]
    assert left.startswith("tiny, unfinished export ")
    n_trials, _ = export(folder, f"mlflow:{place}", "tiny")
    whole = client.get_experiment_by_name("tiny")
    assert len(client.search_runs([whole.experiment_id])) == n_trials
