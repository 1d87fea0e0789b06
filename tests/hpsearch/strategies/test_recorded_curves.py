"""The searches of tests/benchmarks/recorded_curves.py, on made-up tables whose best is known."""

import json
import sys
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest

from hpsearch.records import Epoch, History, TrialOutcome
from hpsearch.strategies import pruning


@pytest.fixture(scope="module")
def recorded():
    folder = str(Path(__file__).parents[2] / "benchmarks")
    sys.path.insert(0, folder)
    import recorded_curves

    yield recorded_curves
    sys.path.remove(folder)


def table(n_trials, n_epochs, late=()):
    """Configurations that keep their ranks, and some that are last until a late jump to the top."""
    found = np.linspace(0.1, 0.5, n_trials)[:, None] + 0.4 * np.arange(1, n_epochs + 1) / n_epochs
    for line in late:
        found[line] = [*np.full(n_epochs - 1, 0.05), 0.99]
    return found


def drawn(n_trials, seed):
    return np.random.default_rng(seed).permutation(n_trials)


def trained(recorded, table, name, lookahead=1, seed=0):
    """Returns how many epochs each line was trained, in the order of drawing, and the search."""
    search = recorded.Search(table, seed, False)
    while search.train(recorded.POLICIES[name], lookahead):
        pass
    return search.reached.tolist(), search


def test_regret_is_what_the_trials_within_the_budget_lack(recorded):
    lines = table(800, 5)
    found = recorded.regret(lines, recorded.POLICIES["none"], 8, seed=3, only_complete=False)
    best = [lines[drawn(800, 3)[: int(share * 60)]].max() for share in (0.1, 0.2, 1)]
    assert found[[0, 1, 4]] == pytest.approx(100 * (lines.max() - np.array(best)))


def test_trials_that_are_not_at_their_end_count_unless_only_complete_ones_do(recorded):
    lines = np.tile([0.1, 0.9, 0.2, 0.3], (2, 1))
    search = recorded.Search(lines, 0, True)
    search.train(recorded.POLICIES["none"], 1)
    assert search.best == [0.0, 0.0, 0.0, 0.9]
    search = recorded.Search(lines, 0, False)
    search.train(recorded.POLICIES["none"], 1)
    assert search.best == [0.1, 0.9, 0.9, 0.9]


def test_diverged_trial_costs_its_epochs_counts_for_nothing_and_shows_no_curve(recorded):
    lines = np.array([[0.9, np.nan, np.nan]] * 2)
    seen = []
    search = recorded.Search(lines, 0, False)
    while search.train(lambda known: (seen.append(known), (None, lambda *_: True))[1], 1):
        pass
    assert search.best == [0.0] * 4
    assert np.isnan(seen[1].curves).all()
    assert [known.paused for known in seen] == [[], [], []]


def test_segment_is_asked_when_all_but_the_last_lookahead_are_told(recorded):
    known = []
    search = recorded.Search(table(12, 3), 0, False)
    for _ in range(12):
        search.train(lambda seen: (known.append(len(seen.curves)), (None, lambda *_: True))[1], 4)
    assert known == [0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize("name", ["percentile", "median", "successive_halving", "hyperband"])
def test_pruners_decide_as_in_a_search(recorded, name):
    rng = np.random.default_rng(1)
    lines = np.sort(rng.random((40, 9)), axis=1)
    settings, outcomes, lengths = pruning.parse_settings({"name": name}), [], []
    for trial, line in enumerate(drawn(40, 5)):
        history, length = History.of(outcomes[: max(0, trial - 3)], 9), 1
        while length < 9 and settings.decide(lines[line, :length], history, trial, 5) is None:
            length += 1
        state = "complete" if length == 9 else "pruned"
        curve = tuple(Epoch(one, 0.0, 0.0) for one in lines[line, :length])
        outcomes.append(TrialOutcome(trial, state, curve))
        lengths.append(length)
    policy = {"successive_halving": "halving"}.get(name, name)
    assert trained(recorded, lines, policy, lookahead=4, seed=5)[0] == lengths


def test_promotions_take_up_the_best_third_of_each_rung(recorded):
    reached, search = trained(recorded, table(27, 27), "promotions")
    lines = drawn(27, 0)
    assert sorted(reached) == [1] * 18 + [3] * 6 + [9] * 2 + [27]
    assert reached[lines.tolist().index(26)] == 27
    assert max(search.best) == pytest.approx(0.9)


def test_percentile_takes_up_what_it_would_not_have_stopped_by_what_it_sees_now(recorded):
    seen = recorded.Seen(
        curves=np.array(
            [[0.5, 0.6, 0.7, 0.8], [0.4, 0.5, 0.6, 0.7], [0.3, 0.4, 0.5, 0.6], [0.6, 0.7, 0.72, np.nan]]
        ),
        complete=np.array([True, True, True, False]),
        paused=[3],
        seed=0,
    )
    trial, goes_on = recorded.POLICIES["percentile thaw"](seen)
    assert trial == 3
    assert goes_on([0.6, 0.7, 0.72], 3)
    assert not goes_on([0.1, 0.2, 0.3], 4)
    assert recorded.POLICIES["percentile"](seen)[0] is None


def test_ends_of_curves_that_gain_alike_are_their_gains(recorded):
    from recorded_curves_policies import _ends

    slope, intercept, variance = _ends(np.linspace(0, 1, 40)[:, None] + np.array([0.0, 0.5, 0.7]))
    assert slope * [0.5, 1.0, 1.2] + intercept == pytest.approx([1.2, 1.2, 1.2], abs=0.08)
    assert (variance < 0.05).all()
    assert variance[2] == 0


def test_improvement_trains_the_leader_on_and_not_the_last(recorded):
    curves = np.full((5, 4), np.nan)
    curves[:, 0] = [0.1, 0.11, 0.12, 0.13, 0.6]
    curves[:4, 1] = curves[:4, 0] + 0.05
    seen = recorded.Seen(curves, np.zeros(5, dtype=bool), [0, 1, 2, 3, 4], 0)
    trial, goes_on = recorded.POLICIES["improvement"](seen)
    assert trial == 4
    assert not goes_on([0.6, 0.7], 4)


def test_ratios_are_of_means_and_their_band_holds_them(recorded):
    rng = np.random.default_rng(0)
    reference = rng.uniform(1, 3, (50, 5))
    some = {("a", "percentile"): reference, ("a", "none"): reference * 0.5}
    assert recorded._ratios(some, ["a"], "none") == pytest.approx(np.full((3, 5), 0.5))


def test_tables_are_printed_from_the_file_that_searches_wrote(recorded, tmp_path, capsys):
    np.savetxt(tmp_path / "made-up.csv", table(160, 3), delimiter=",")
    args = Namespace(
        file=tmp_path / "found.jsonl",
        tables=[tmp_path / "made-up.csv"],
        only=["percentile", "promotions"],
        seeds=3,
        lookahead=4,
        complete=False,
    )
    recorded.search_all(args)
    before = args.file.read_text()
    recorded.search_all(args)
    assert args.file.read_text() == before
    recorded.print_tables(args)
    printed = capsys.readouterr().out
    assert "lookahead 4" in printed
    assert "| promotions | " in printed


def test_errors_become_accuracies_in_the_order_of_their_files(recorded, tmp_path):
    from recorded_curves_tables import of_errors

    for number, errors in {2: [0.5, 0.25], 10: [1.0, 0.75]}.items():
        (tmp_path / f"config_{number}.json").write_text(json.dumps({"learning_curve": errors}))
    (tmp_path / "other.json").write_text("{}")
    assert of_errors(Namespace(source=tmp_path)).tolist() == [[0.5, 0.75], [0.0, 0.25]]


def test_curves_are_read_at_equal_parts_of_their_own_training(recorded, tmp_path):
    from recorded_curves_tables import of_parts

    whole = {"epochs": 4, "learning_curve": [{"epoch": e, "top_1": 0.1 * (e + 1)} for e in range(4)]}
    ended = {"epochs": 4, "learning_curve": [{"epoch": 0, "top_1": 0.2}, {"epoch": 1, "top_1": 0.4}]}
    (tmp_path / "made-up.jsonl").write_text(json.dumps(whole) + "\n" + json.dumps(ended))
    found = of_parts(Namespace(source=tmp_path / "made-up.jsonl", parts=2))
    assert found == pytest.approx(np.array([[0.2, 0.4], [0.4, np.nan]]), nan_ok=True)
