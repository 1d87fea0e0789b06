"""A search that a rule ends, or in which values take turns, is a pure function of its file too."""

import pytest
from in_one_thread import OneThread

import hpsearch
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.journal import read_records
from hpsearch.errors import CallError
from hpsearch.records import canonical_dump
from hpsearch.results.frames import read_study
from hpsearch.search.options import RunOptions
from hpsearch.search.running import open_run
from hpsearch.study.studyfile import load

PLAIN = """
[study]
seed = 5
trials = 24
[data]
num_val = 200
[training]
epochs = 3
batch_size = 100
num_train_samples = 50
[space]
learning_rate = { low = 1e-3, high = 1.0, log = true }
hidden_dims = { choices = [[8], [16]] }
update_rule = { choices = ["sgd_momentum", "adam"] }
momentum = { low = 0.5, high = 0.99, when = { update_rule = "sgd_momentum" } }
[sampler]
startup_trials = 4
[pruner]
name = "median"
startup_trials = 2
warmup_epochs = 1
"""
QUESTION = """
[question]
compare = "update_rule"
"""
RULES = ["epochs = 20", "value = 0.7", "unimproved = 3", "unimproved = 3\nvalue = 0.95\nepochs = 60"]


def search(folder, text, out, jobs=0, n_trials=None):
    """Searches with so many processes, or in this one; returns the lines of the record."""
    study = folder / "small.toml"
    study.write_text(text)
    with OneThread() as executor:
        executor = "loky" if jobs else executor
        hpsearch.run(study, trials=n_trials, jobs=jobs or 1, executor=executor, out=folder / out)
    return canonical_dump(read_records(folder / out / "small" / "journal.log")).split("\n")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The records of searches that no rule ends, with and without a question."""
    folder = tmp_path_factory.mktemp("whole")
    return {text: search(folder, PLAIN + text, str(len(text))) for text in ("", QUESTION)}


@pytest.mark.parametrize("question", ["", QUESTION], ids=["plain", "question"])
@pytest.mark.parametrize("rule", RULES)
def test_a_rule_ends_the_search_at_a_trial_and_leaves_those_before_as_they_are(
    tmp_path, whole, question, rule
):
    text = f"{PLAIN}{question}[stop]\n{rule}\n"
    record = search(tmp_path, text, "out")
    assert 2 <= len(record) < 24
    assert record == whole[question][: len(record)]
    folder = StudyFolder(tmp_path / "out" / "small")
    assert sorted(path.name for path in folder.trials.iterdir()) == [f"{n:05}" for n in range(len(record))]
    assert not folder.stop_file.exists()
    assert search(tmp_path, text, "out") == record, "it stays ended"
    resumed = search(tmp_path, text.partition("[stop]")[0], "out", n_trials=len(record) + 2)
    assert resumed == whole[question][: len(record) + 2], "without the rule it goes on"
    assert search(tmp_path, text, "out") == resumed, "what is recorded stays"


class Counting(OneThread):
    """Counts the trials that are begun."""

    def __init__(self):
        super().__init__()
        self.begun = set()

    def submit(self, function, /, *arguments, **options):
        self.begun.add(arguments[0].number)
        return super().submit(function, *arguments, **options)


def test_hardly_a_trial_is_begun_after_the_one_that_a_rule_ends_the_search_with(tmp_path):
    (tmp_path / "small.toml").write_text(f"{PLAIN}[stop]\nepochs = 10\n")
    with Counting() as executor:
        hpsearch.run(tmp_path / "small.toml", jobs=1, executor=executor, out=tmp_path / "out")
    n_recorded = len(read_records(tmp_path / "out" / "small" / "journal.log"))
    assert len(executor.begun) < n_recorded + 4, "that is the lookahead; there are 24"


def test_a_search_that_was_stopped_in_between_ends_at_the_same_trial(tmp_path, whole):
    text = f"{PLAIN}[stop]\nunimproved = 6\n"
    record = search(tmp_path, text, "out")
    for n_trials in (*range(1, len(record) + 3), None):
        parts = search(tmp_path, text, "parts", n_trials=n_trials)
        assert parts == record[:n_trials]


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["value = 0.7", "unimproved = 3"])
def test_the_record_is_the_same_for_1_2_and_4_workers(tmp_path, whole, rule):
    text = f"{PLAIN}{QUESTION}[stop]\n{rule}\n"
    records = [search(tmp_path, text, str(jobs), jobs) for jobs in (0, 1, 2, 4)]
    assert len(records[0]) < 24
    assert records[0] == records[1] == records[2] == records[3]
    folders = [sorted(path.name for path in (tmp_path / f"{jobs}/small/trials").iterdir()) for jobs in (0, 4)]
    assert folders[0] == folders[1]


def test_values_take_turns_and_pruners_see_the_trials_of_the_same_value_alone(tmp_path):
    search(tmp_path, PLAIN + QUESTION, "out")
    trials = read_study(tmp_path / "out" / "small").trials
    assert list(trials["params.update_rule"]) == ["sgd_momentum", "adam"] * 12
    pruned = trials[trials["state"] == "pruned"]
    assert not pruned.empty
    n_rivals = pruned["reason"].str.extract(r"of (\d+) trials")[0].astype(int)
    n_of_same_value = [len(range(number % 2, number - 3, 2)) for number in pruned["number"]]
    assert (n_rivals <= n_of_same_value).all()


def test_what_ended_a_search_is_known_and_said(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(f"{PLAIN}[stop]\nepochs = 9\n")
    with (
        OneThread() as executor,
        open_run(path, RunOptions(jobs=1, executor=executor, out=tmp_path)) as run,
    ):
        statuses = list(run.search)
        assert run.search.is_complete
    assert [status.ended_by for status in statuses if status.recorded < 3] == [""] * 3
    assert statuses[-1].ended_by == "epochs = 9: the trials have 9 together"
    assert statuses[-1].recorded == 3
    assert read_study(tmp_path / "small").ended_by == statuses[-1].ended_by


def test_the_folder_follows_what_is_no_part_of_the_identity(tmp_path):
    search(tmp_path, PLAIN, "out", n_trials=1)
    search(tmp_path, f"{PLAIN}[stop]\nepochs = 3\n".replace("trials = 24", "trials = 30"), "out")
    held = load(tmp_path / "out" / "small" / "study.toml")
    assert (held.stop.epochs, held.trials) == (3, 30)
    assert held.identity() == load(tmp_path / "small.toml").identity()


def test_each_value_gets_as_many_trials_also_by_the_command_line(tmp_path):
    with pytest.raises(CallError, match=r"study.trials: 2 values of update_rule .* as 4 or 6, but got 5$"):
        search(tmp_path, PLAIN + QUESTION, "out", n_trials=5)


def test_a_warm_start_helps_each_value_alike(tmp_path):
    search(tmp_path, PLAIN, "out", n_trials=8)
    path = tmp_path / "asked.toml"
    path.write_text(PLAIN + QUESTION)
    with OneThread() as executor:
        hpsearch.run(
            path, trials=6, executor=executor, jobs=1, out=tmp_path / "out", warm_start="small", top=2
        )
    trials = read_study(tmp_path / "out" / "asked").trials
    shared = trials[["params.learning_rate", "params.hidden_dims"]]
    for n in (0, 2):
        assert shared.iloc[n].tolist() == shared.iloc[n + 1].tolist()
    best = read_study(tmp_path / "out" / "small").trials.query("state == 'complete'")
    assert shared.iloc[0, 0] == best.sort_values("value")["params.learning_rate"].iloc[-1]


def test_a_stop_file_that_somebody_else_makes_stops_the_search_which_goes_on_later(tmp_path, whole):
    path = tmp_path / "small.toml"
    path.write_text(PLAIN)
    with (
        OneThread() as executor,
        open_run(path, RunOptions(jobs=1, executor=executor, out=tmp_path / "out"), say=str) as run,
    ):
        for n_statuses, status in enumerate(run.search):
            assert n_statuses < 20, "it goes round and round"
            if status.recorded == 3:
                run.folder.stop_file.touch()
        assert not run.search.is_complete
    assert search(tmp_path, PLAIN, "out") == whole[""]
