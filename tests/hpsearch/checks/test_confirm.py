"""The finalists' race: the same for any number of workers, and judged by images that chose nothing."""

import re

import numpy as np
import pytest
from in_one_thread import OneThread

import hpsearch
from hpsearch.checks import confirm as confirming
from hpsearch.checks import fresh_seeds
from hpsearch.checks import race as racing
from hpsearch.checks.confirm import confirm, finalists
from hpsearch.cli.confirm import as_text, few
from hpsearch.disk.confirmation import MULTIPLY_ADDS, Confirmation, Finalist
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.journal import read_records
from hpsearch.errors import DataError, HpsearchError, NothingYetError
from hpsearch.records import ranking
from hpsearch.search import tasks
from hpsearch.seeds import Purpose
from hpsearch.study.prepared import data_place, prepare_data
from hpsearch.study.studyfile import load_resolved
from hpsearch.worker.task import build_solver, open_data

STUDY = """
[study]
seed = 8
[data]
num_val = 200
[training]
epochs = 3
batch_size = 100
num_train_samples = 50
[space]
hidden_dims = { choices = [[24], [48]] }
learning_rate = { low = 1e-2, high = 1e-1, log = true }
"""


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """A folder with two studies of four trials, of which `aside` sets 150 images aside."""
    folder = tmp_path_factory.mktemp("confirm")
    with OneThread() as executor:
        for name, text in (
            ("plain", STUDY),
            ("aside", STUDY.replace("num_val = 200", "num_val = 200\nnum_estimate = 150")),
        ):
            (folder / f"{name}.toml").write_text(text)
            hpsearch.run(folder / f"{name}.toml", trials=4, jobs=1, executor=executor, out=folder / "reports")
    return folder / "reports"


@pytest.fixture
def in_this_process(monkeypatch):
    """Trains in this process instead of in others."""
    monkeypatch.setattr(
        fresh_seeds,
        "run_each",
        lambda function, calls, jobs, when_one_dies: [function(*arguments) for arguments in calls],
    )


WORTH = "  0.955 (0.945 to 0.965) by seeds and images that did not choose it:\n"


def confirmed(reports, name, *, goes_on=False, **options):
    """Confirms a study; unless it goes on, as if nothing had been trained on fresh seeds before."""
    folder = StudyFolder(reports / name)
    if not goes_on:
        folder.fresh_results_file.unlink(missing_ok=True)
    study = load_resolved(folder.study_file, name)
    return confirm(study, folder, **{"top": 2, "n_seeds": 2, "jobs": 1, **options})


def test_finalists_are_judged_in_the_epoch_that_their_trial_of_the_search_chose(reports, in_this_process):
    found = confirmed(reports, "plain")
    folder = StudyFolder(reports / "plain")
    study = load_resolved(folder.study_file, "plain")
    best_few = ranking(read_records(folder.journal))[:2]
    place = data_place(study, prepare_data(study))
    assert [one.number for one in found.finalists] == [record.number for record in best_few]
    for one, record in zip(found.finalists, best_few, strict=True):
        nets = [
            fresh_seeds.train_fresh(
                tasks.fresh_task(study, place, record, Purpose.CONFIRM, seed), record.outcome.best_epoch
            )
            for seed in range(2)
        ]
        assert one.mean == np.mean([net.hits for net in nets])
        assert one.searched == record.value
        assert one.low < one.mean < one.high
        assert one.work == nets[0].work > 0
        assert one.ahead == pytest.approx(one.mean - found.taken.mean)
        assert one.ahead_low < one.ahead < one.ahead_high
    assert (found.images, found.n_images) == ("validation", 200)
    assert found.n_epochs == 2 * sum(record.outcome.best_epoch for record in best_few)
    assert (found.n_trials, found.work_unit) == (4, MULTIPLY_ADDS)
    assert 0 <= found.search_luck < 0.05
    assert Confirmation.read(folder.confirmation_file) == found


def test_finalists_meet_the_same_minibatches_on_a_seed(reports):
    folder = StudyFolder(reports / "plain")
    study = load_resolved(folder.study_file, "plain")
    place = data_place(study, prepare_data(study))
    orders = []
    for record in ranking(read_records(folder.journal))[:2]:
        task = tasks.fresh_task(study, place, record, Purpose.CONFIRM, 1)
        solver = build_solver(task, open_data(task))
        drawn = []
        loss = solver.net.loss

        def noted(x, y=None, loss=loss, drawn=drawn, **options):
            drawn.append(None if y is None else y.tolist())
            return loss(x, y, **options)

        solver.net.loss = noted
        next(solver.epochs())
        orders.append([labels for labels in drawn if labels is not None])
    assert orders[0] == orders[1]
    assert len(orders[0]) > 5


def test_images_set_aside_judge_and_do_not_choose(reports, in_this_process, monkeypatch):
    found = confirmed(reports, "aside")
    assert (found.images, found.n_images, found.search_luck) == ("estimate", 150, None)
    folder = StudyFolder(reports / "aside")
    study = load_resolved(folder.study_file, "aside")
    prepared = prepare_data(study)
    record = next(one for one in ranking(read_records(folder.journal)) if one.number == found.winner)
    todo = [
        tasks.fresh_task(study, data_place(study, prepared), record, Purpose.CONFIRM, seed)
        for seed in range(2)
    ]
    x, y = racing.nets_data.open_estimate(prepared.estimate)
    right = fresh_seeds.correct(
        todo, [fresh_seeds.train_fresh(task, record.outcome.best_epoch) for task in todo], x, y
    )
    assert found.taken.mean == right.mean()
    monkeypatch.setattr(racing.nets_data, "open_estimate", lambda path: (x, (y + 1) % 10))
    other = confirmed(reports, "aside")
    assert other.winner == found.winner
    assert [one.standing for one in other.finalists] == [one.standing for one in found.finalists]
    assert other.taken.mean < found.taken.mean


def test_damaged_images_set_aside_are_named(reports, in_this_process):
    folder = StudyFolder(reports / "aside")
    file = prepare_data(load_resolved(folder.study_file, "aside")).estimate / "y_estimate.npy"
    content = file.read_bytes()
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    try:
        with pytest.raises(DataError, match=r"^the images set aside \(data\.num_estimate\) cannot be opened"):
            confirmed(reports, "aside")
    finally:
        file.write_bytes(content)


@pytest.mark.parametrize("name", ["plain", "aside"])
def test_a_race_that_was_killed_anywhere_goes_on_to_the_same_end(reports, in_this_process, monkeypatch, name):
    undisturbed = confirmed(reports, name, top=3, n_seeds=4)
    file = StudyFolder(reports / name).fresh_results_file
    whole = file.read_bytes()
    cuts = [0, *(i + 1 for i, byte in enumerate(whole) if byte == ord("\n"))]
    trained = []
    train = fresh_seeds.train_each

    def noted(todo, epochs, jobs):
        trained.extend(todo)
        return train(todo, epochs, jobs)

    monkeypatch.setattr(fresh_seeds, "train_each", noted)
    for n_kept, cut in enumerate(cuts):
        for torn in (0, 40):  # killed between two lines, and within one
            file.write_bytes(whole[: cut + torn])
            trained.clear()
            assert confirmed(reports, name, goes_on=True, top=3, n_seeds=4) == undisturbed
            assert len(trained) == len(cuts) - 1 - n_kept
            assert file.read_bytes() == whole


def test_more_seeds_train_the_new_ones_alone(reports, in_this_process):
    confirmed(reports, "plain", top=1, n_seeds=2)
    kept = StudyFolder(reports / "plain").fresh_results_file.read_bytes()
    found = confirmed(reports, "plain", goes_on=True, top=1, n_seeds=3)
    assert StudyFolder(reports / "plain").fresh_results_file.read_bytes().startswith(kept)
    assert found == confirmed(reports, "plain", top=1, n_seeds=3)


def test_nets_of_another_environment_do_not_race(reports, in_this_process, monkeypatch):
    confirmed(reports, "plain", top=1)
    monkeypatch.setattr(racing.environment, "fingerprint", lambda description: "another")
    confirmed(reports, "plain", goes_on=True, top=1)
    assert StudyFolder(reports / "plain").fresh_results_file.read_bytes().count(b"\n") == 4


def test_all_finalists_that_diverge_are_one_error(reports, monkeypatch):
    monkeypatch.setattr(
        fresh_seeds, "train_each", lambda todo, epochs, jobs: [fresh_seeds.Diverged(2)] * len(todo)
    )
    with pytest.raises(HpsearchError, match=r"^each of 2 finalists diverged on a fresh seed"):
        confirmed(reports, "plain")


def test_a_net_is_taken_from_the_epoch_that_counts_and_trained_no_further(make_task):
    task = make_task()
    nets = [fresh_seeds.train_fresh(task, epoch) for epoch in (1, 3, None)]
    solver = build_solver(task, open_data(task))
    list(solver.epochs())
    assert [net.n_epochs for net in nets] == [1, 3, 4]
    for net, epoch in zip(nets, (1, 3, solver.best_epoch), strict=True):
        np.testing.assert_array_equal(net.hits, solver.val_hits[epoch - 1])
        data = open_data(task)
        right = fresh_seeds.correct([task], [net], data.X_val, data.y_val)[0]
        np.testing.assert_array_equal(right, net.hits)


def test_a_training_that_diverges_before_its_epoch_is_out_and_its_epochs_count(make_task):
    task = make_task(params={"learning_rate": 1e30})
    assert fresh_seeds.train_fresh(task, 2) == fresh_seeds.Diverged(1)


def test_trials_that_images_showed_to_be_worse_do_not_race(reports, monkeypatch):
    folder = StudyFolder(reports / "plain")
    ranked = ranking(read_records(folder.journal))
    records = read_records(folder.journal)
    counts = {ranked[1].number: (11, 0), ranked[2].number: (6, 0)}  # 0.05 % and 1.6 %; 2.5 % are allowed
    monkeypatch.setattr(confirming, "discordant", lambda best, one, n_val: {200: counts[one.number]}[n_val])
    assert [record.number for record in finalists(folder, records, 3)] == [ranked[0].number]
    counts[ranked[2].number] = (5, 0)  # 3.1 %
    assert [record.number for record in finalists(folder, records, 3)] == [
        ranked[0].number,
        ranked[2].number,
    ]
    assert [record.number for record in finalists(folder, records, 1)] == [ranked[0].number]


def test_a_damaged_confirmation_is_replaced_as_its_error_says(reports, in_this_process):
    file = StudyFolder(reports / "plain").confirmation_file
    file.write_text("{}")
    found = confirmed(reports, "plain")
    assert Confirmation.read(file) == found


@pytest.mark.slow
def test_any_number_of_workers_finds_the_same(reports):
    found = [confirmed(reports, "aside", top=3, n_seeds=4, jobs=jobs) for jobs in (1, 2, 4)]
    assert found[0] == found[1] == found[2]


def test_before_any_complete_trial_there_is_nothing_to_confirm(tmp_path):
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "study.toml").write_text(STUDY)
    with pytest.raises(NothingYetError, match="no trial is complete yet"):
        confirmed(tmp_path, "plain")


def finalist(number, mean, standing="unbeaten", **changes):
    values = {"searched": 0.99, "low": mean - 0.01, "high": mean + 0.01, "luck": 0.99 - mean, "n_seeds": 5}
    return Finalist(number, mean=mean, standing=standing, **{**values, "work": 100, **changes})


def text_of(*finalists, winner, cheapest=None, images="validation", ended_by="seeds", luck=None):
    accuracy = (0.955, 0.945, 0.965)
    race = (winner, cheapest or winner, *accuracy, images, 500, 90, ended_by)
    return as_text(Confirmation(5, finalists, *race, search_luck=luck))


def test_the_best_mean_is_taken_and_told_without_its_luck_and_the_cheapest_named_beside_it():
    race = (finalist(3, 0.98, work=250), finalist(4, 0.97), finalist(5, 0.9, "beaten"))
    text = text_of(*race, winner=3, cheapest=4)
    assert "trial 3 is taken: the highest mean of 2 not beaten\n" in text
    assert f"{WORTH}  without the luck of being chosen for it\n" in text
    assert "trial 4 is the cheapest that validation images do not tell apart from it:" in text
    assert "  40 % of its work" in text
    rows = [row for row in text.splitlines() if re.match(r" +\d+  ", row)]
    assert [row.split()[-1] for row in rows] == ["taken", "beaten", "beaten"]
    assert rows[1].endswith("not beaten")
    assert "cheapest" not in text_of(*race, winner=3)


def test_an_accuracy_without_its_luck_that_chance_put_above_the_mean_is_not_told_as_luck():
    text = text_of(finalist(3, 0.9548), finalist(4, 0.94), winner=3)
    assert f"{WORTH}  no luck of being chosen for it shows\n" in text
    hardly = text_of(finalist(3, 0.9552), finalist(4, 0.94), winner=3)  # 0.955 stands in its row
    assert f"{WORTH}  no luck of being chosen for it shows\n" in hardly


@pytest.mark.parametrize(("n_trials", "n_lines"), [(1, 0), (2, 1), (9, 1), (0, 0)])
def test_fewer_finalists_are_explained_where_there_are_others(n_trials, n_lines):
    """A study of one trial was told that the others are clearly worse."""
    assert len(few(Confirmation(5, (finalist(3, 0.98),), winner=3, n_trials=n_trials), 5)) == n_lines


def test_the_luck_of_the_search_is_told_where_it_is_known():
    race = (finalist(3, 0.98), finalist(4, 0.97))
    assert text_of(*race, winner=3, luck=0.0123).endswith(
        "\n  1.2 points of luck are taken off the 0.955, not off the means"
    )
    assert "fresh seeds have nothing of that luck again" in text_of(*race, winner=3, luck=0.0)
    assert "this may still be a little too high" in text_of(*race, winner=3)
    assert "luck are taken" not in text_of(*race, winner=3, images="estimate")


def test_differences_from_the_one_that_is_taken_are_told_with_their_intervals():
    ahead = {"ahead": 0.012, "ahead_low": -0.004, "ahead_high": 0.028}
    text = text_of(finalist(3, 0.98, **ahead), finalist(4, 0.97), winner=4)
    assert "points over trial 4" in text
    assert "+1.2 (-0.4 to +2.8)" in next(row for row in text.splitlines() if row.startswith("    3  "))
    assert "+" not in next(row for row in text.splitlines() if row.startswith("    4  "))


def test_the_table_fits_a_terminal():
    wide = {"ahead": -0.052, "ahead_low": -0.095, "ahead_high": -0.011, "n_seeds": 100}
    for images in ("validation", "estimate"):
        race = (finalist(999, 0.93, **wide, work=9), finalist(998, 0.98))
        text = text_of(*race, winner=998, cheapest=999, images=images)
        assert max(map(len, text.splitlines())) <= 80


def test_one_that_is_left_is_said_to_be_the_only_one():
    text = text_of(finalist(3, 0.9, "beaten"), finalist(4, 0.97), winner=4, ended_by="one left")
    assert "one finalist was left after 5 of 5 seeds" in text
    assert "trial 4 is taken: the only one that is not beaten\n" in text
    assert f"{WORTH}  without the luck of being chosen for it\n" in text  # off which luck is taken
    assert "cheapest" not in text


def test_it_says_which_images_beat_the_others_where_the_table_has_those_set_aside():
    text = text_of(finalist(3, 0.9, "beaten"), finalist(4, 0.97), winner=4, images="estimate")
    assert "trial 4 is taken: the only one that is not beaten on validation images\n" in text


def test_one_that_diverged_has_no_mean():
    text = text_of(finalist(3, 0.5, "diverged", diverged_on=2), finalist(4, 0.97), winner=4)
    assert "    3  diverged on fresh seed 2\n" in text
    assert "0.500" not in text


def test_nets_that_did_not_learn_are_told_between_the_seeds_and_their_images():
    text = text_of(finalist(3, 0.8, unlearned=1), finalist(4, 0.97), winner=4)
    told = "1 of 10 nets did not learn (1 of trial 3). All 5 of trial 4 did, which leaves\n  open that up"
    assert f"it ended after 5 of 5 seeds\n{told} to 52" in text
    assert max(map(len, text.splitlines())) <= 80
    assert "did not learn" not in text_of(finalist(3, 0.8), finalist(4, 0.97), winner=4)


def test_a_net_that_stays_at_chance_on_a_fresh_seed_is_counted(reports, in_this_process, monkeypatch):
    honest = fresh_seeds.train_each

    def first_fails(todo, epochs, jobs):
        first, *others = honest(todo, epochs, jobs)
        return [first._replace(hits=np.arange(len(first.hits)) % 10 == 0), *others]

    monkeypatch.setattr(fresh_seeds, "train_each", first_fails)
    found = confirmed(reports, "plain")
    assert [one.unlearned for one in found.finalists] == [1, 0]


def test_only_images_that_chose_nothing_are_said_to():
    texts = [text_of(finalist(4, 0.97), winner=4, images=images) for images in ("validation", "estimate")]
    assert ["chose nothing" in text for text in texts] == [False, True]
    assert ["too high" in text for text in texts] == [True, False]
    assert "is taken" not in texts[0]
