"""Figures by their axes, labels and marks, never by pixels."""

from dataclasses import replace
from itertools import pairwise

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpsearch.report import style
from hpsearch.report.bestnet import as_pictures, first_layer_images
from hpsearch.report.figures import (
    choices,
    compared,
    cost,
    curves,
    net,
    parallel,
    progress,
    slices,
    space,
    trained,
)
from hpsearch.report.style import clean, house_style, stretch, unstretch, value_colours
from hpsearch.report.trialmarks import note_gid
from hpsearch.space import Parameter
from hpsearch.words import percent


@pytest.fixture(autouse=True)
def _style():
    with house_style():
        yield


@pytest.fixture
def frames(make):
    return make(60)


def parameter(frames, name):
    return next(p for p in frames.parameters if p.name == name)


def sliced(trials, parameter):
    return slices.slice_of(trials, parameter, 500, slices.trend(trials, parameter))


def drawn_trials(axes):
    """Returns the numbers of the trials that have a mark."""
    gids = [c.get_gid() for c in axes.collections if str(c.get_gid()).startswith("trials:")]
    return sorted(int(number) for gid in gids for number in gid.removeprefix("trials:").split())


def test_every_trial_has_its_mark_in_the_progress(frames):
    axes = progress.best_so_far(frames.trials, 500).axes[0]
    assert drawn_trials(axes) == frames.trials["number"].tolist()
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("trials", "validation accuracy (%)")


def test_running_best_counts_complete_trials_alone():
    trials = pd.DataFrame(
        {"state": ["pruned", "complete", "pruned", "complete"], "value": [0.99, 0.5, 0.9, 0.7]}
    )
    assert progress.running_best(trials).tolist()[1:] == [0.5, 0.5, 0.7]
    assert np.isnan(progress.running_best(trials)[0])


def test_cost_axis_ends_at_the_epochs_spent(frames):
    axes = progress.best_over_epochs(frames.trials, 500).axes[0]
    assert axes.get_xlim()[1] == pytest.approx(1.02 * frames.trials["epochs"].sum())


def test_learning_curves_show_the_best_few_and_every_early_end(frames):
    axes = curves.learning_curves(frames.curves, frames.trials, 500).axes[0]
    lines = [line.get_gid() for line in axes.lines if str(line.get_gid()).startswith("trials:")]
    assert lines == [f"trials:{number}" for number in reversed(curves.best_few(frames.trials))]
    ended = frames.trials[(frames.trials["state"] != "complete") & (frames.trials["epochs"] > 0)]
    assert drawn_trials(axes) == ended["number"].tolist()


def test_bands_are_quantiles_of_the_trials_that_reached_the_epoch():
    curves_frame = pd.DataFrame(
        {"number": [0, 1, 2, 0], "epoch": [1, 1, 1, 2], "val_accuracy": [0.1, 0.2, 0.3, 0.9]}
    )
    bands = curves.quantile_bands(curves_frame)
    assert bands.loc[1, 0.5] == pytest.approx(0.2)
    assert bands.loc[2].tolist() == pytest.approx([0.9] * 5)


def test_slice_has_the_scale_and_range_of_the_space(frames):
    axes = sliced(frames.trials, parameter(frames, "learning_rate")).axes[0]
    assert axes.get_xscale() == "log"
    low, high = axes.get_xlim()
    assert low < 1e-4 < 1e-1 < high
    assert axes.get_xlabel() == "learning_rate"


def test_slice_of_a_conditional_parameter_leaves_out_trials_without_it(frames):
    axes = sliced(frames.trials, parameter(frames, "momentum")).axes[0]
    present = frames.trials[frames.trials["params.momentum"].notna()]
    assert 0 < len(present) < 60
    assert drawn_trials(axes) == present["number"].tolist()


def test_trend_is_the_median_of_near_trials_and_no_line_where_they_are_few():
    rate = Parameter("rate", "float", 0.0, 1.0)
    where = np.r_[np.linspace(0, 0.4, 81), 0.9]
    state = np.where(np.arange(82) == 40, "diverged", "complete")
    trials = pd.DataFrame({"params.rate": where, "value": 0.5 + where / 2, "state": state})
    line = slices.trend(trials, rate).set_index("value")
    assert line.loc[0.25, "median"] == pytest.approx(0.5 + 0.25 / 2, abs=0.005)
    assert line.loc[0.25, "lower quarter"] == pytest.approx(0.5 + 0.2 / 2, abs=0.005)
    assert line.loc[0.75:, "median"].isna().all()
    assert list(line.loc[1.0:, "trials"]) == [1]
    axes = slices.slice_of(trials.assign(number=range(82)), rate, 500, line.reset_index()).axes[0]
    assert any("median" in str(drawn.get_gid()) for drawn in axes.lines)


def test_diverged_trials_pull_a_trend_down_and_failed_ones_say_nothing():
    depth = Parameter("depth", "int", 1, 2)
    trials = pd.DataFrame({"params.depth": [1, 2] * 16, "value": 0.9, "state": "complete"})
    trials.loc[trials.index[::2][:12], "state"] = "diverged"
    assert slices.trend(trials, depth)["median"].tolist() == [0.0, 0.9]
    trials["state"] = trials["state"].replace("diverged", "failed")
    assert slices.trend(trials, depth).empty


def test_map_colours_measured_trials_and_crosses_the_diverged(frames):
    figure = space.accuracy_map(
        frames.trials, *(parameter(frames, name) for name in ("learning_rate", "reg"))
    )
    assert drawn_trials(figure.axes[0]) == frames.trials["number"].tolist()
    assert (figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()) == ("learning_rate", "reg")


@pytest.mark.parametrize("least", [-1.2345e-5, -123456.0, 0.0022773, 0.5])
def test_the_values_beside_the_colours_of_a_map_are_whole(frames, least):
    """-1.2345e-05 was cut off after -1.2345e."""
    trials = frames.trials.assign(value=np.linspace(least, 1.1 * least, 60), state="complete")
    axes = [parameter(frames, name) for name in ("learning_rate", "reg")]
    figure = space.accuracy_map(trials, *axes, lambda value: f"{value:.5g}")
    figure.draw_without_rendering()
    labels = figure.axes[1].get_yticklabels()
    assert {text.get_text() for text in labels} >= {f"{least:.5g}"}
    assert max(text.get_window_extent().x1 for text in labels) <= figure.bbox.x1


@pytest.mark.parametrize(("low", "high", "log"), [(1, 3, False), (3, 7, True), (2, 60, True)])
def test_integers_have_integer_ticks(frames, low, high, log):
    depth = Parameter("depth", "int", low, high, log=log)
    trials = frames.trials.assign(**{"params.depth": np.resize([low, high], 60)})
    axis = sliced(trials, depth).axes[0].xaxis
    ticks = [tick for tick in axis.get_majorticklocs() if low <= tick <= high]
    assert len(ticks) > 1
    assert all(tick == round(tick) for tick in ticks)


@pytest.mark.parametrize(
    ("low", "high", "log"),
    [
        (5e-324, 0.1, True),
        (1e-5, 1.7e308, True),
        (5e-324, 5e-324, True),
        (-1.7e308, 1.7e308, False),
        (1e308, 1e308, False),
    ],
)
def test_ranges_beyond_what_an_axis_can_hold_end_there(frames, low, high, log):
    wild = Parameter("wild", "float", low, high, log=log)
    trials = frames.trials.assign(**{"params.wild": np.resize([low, high], 60)})
    for figure in (sliced(trials, wild), space.accuracy_map(trials, wild, wild)):
        figure.draw_without_rendering()
        axes = figure.axes[0]
        assert drawn_trials(axes) == trials["number"].tolist()
        left, right = axes.get_xlim()
        marks = [c for c in axes.collections if str(c.get_gid()).startswith("trials:")]
        assert all(left < x < right for mark in marks for x in mark.get_offsets()[:, 0])


def test_no_two_axes_have_the_same_label():
    names = [
        "hidden_dims.depth",
        "hidden_dims.width1",
        "hidden_dims.width2",
        *("x" * 40 + end for end in "ab"),
    ]
    labels = style.short_labels(names, 14)
    assert labels[:2] == ["hidden_dims\n.depth", "hidden_dims\n.width1"]
    assert len(set(labels)) == 5
    assert all(len(line) <= 14 for label in labels for line in label.split("\n"))


def test_a_text_that_just_fits_is_whole():
    assert [style.clean("abc def", longest) for longest in (8, 7, 6)] == ["abc def", "abc def", "abc…ef"]


def test_long_names_that_differ_at_their_ends_are_told_apart():
    names = [f"dropout_of_the_first_hidden_layer_{end}" for end in ("weights", "inputs")]
    labels = [style.clean(name) for name in names]
    assert labels == ["dropout_of_the…layer_weights", "dropout_of_the…_layer_inputs"]
    assert all(len(label) == style.MAX_LABEL for label in labels)


def test_parallel_coordinates_drop_no_trial_and_mark_the_absent(frames):
    figure = parallel.parallel_coordinates(frames.trials, frames.parameters)
    assert drawn_trials(figure.axes[0]) == frames.trials["number"].tolist()
    table = parallel.positions(frames.trials, frames.parameters)
    absent = table[:, [p.name for p in frames.parameters].index("momentum")] == parallel.ABSENT
    assert (absent == frames.trials["params.momentum"].isna()).all()
    inside = table[table != parallel.ABSENT]
    assert inside.min() >= 0
    assert inside.max() <= 1


def test_parallel_coordinates_name_the_absent_only_where_some_are(frames):
    def ticks(parameters):
        axes = parallel.parallel_coordinates(frames.trials.query("state == 'complete'"), parameters).axes[0]
        return [label.get_text() for label in axes.get_yticklabels()]

    assert ticks(frames.parameters) == ["absent", "low", "high"]
    assert ticks([one for one in frames.parameters if not one.when]) == ["low", "high"]


def test_studies_whose_long_names_differ_in_their_middle_have_a_line_and_a_box_each(make):
    names = [f"a_long_folder_of_a_student/{run}_run_of_the_search/reports/two-layer-random" for run in "ab"]
    studies = {name: [make(20, name=name, only="complete").trials] for name in names}
    [legend] = [compared.best_by_budget(studies, 500).axes[0].get_legend()]
    assert len({text.get_text() for text in legend.get_texts()}) == 2
    axes = compared.values_compared(studies, 500).axes[0]
    assert len({label.get_text() for label in axes.get_yticklabels()}) == 2
    assert len(axes.patches) == 2


def test_the_best_by_budget_rises_in_steps_and_no_earlier_than_it_was_found(make):
    trials = make(3, only="complete").trials.assign(epochs=[10, 10, 10], value=[0.2, 0.5, 0.4])
    [line] = compared.best_by_budget({"one": [trials]}, 500).axes[0].get_lines()
    assert line.get_drawstyle() == "steps-post"
    at = dict(line.get_xydata())
    assert (at[10], at[19], at[20], at[30]) == (0.2, 0.2, 0.5, 0.5)


@pytest.mark.parametrize("n", [4, 30, 100])
def test_choices_on_one_axis_of_parallel_coordinates_lie_apart(frames, n):
    many = Parameter("many", "choice", choices=tuple(f"architecture {number}" for number in range(n)))
    trials = frames.trials.assign(**{"params.many": "architecture 1"})
    figure = parallel.parallel_coordinates(trials, [many])
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    assert len(boxes) >= min(n, 12)
    assert all(below.y1 <= above.y0 for below, above in pairwise(boxes))


def test_importances_of_next_to_nothing_look_like_nothing():
    """A bar of -2e-5 % filled half of its figure, and its tooltip said -0 %."""
    table = pd.DataFrame({"parameter": ["a"], "importance": [-2e-7], "low": [-7e-7], "high": [3e-7]})
    axes = choices.importance_bars(table.assign(matters=False)).axes[0]
    assert axes.get_xlim() == (-0.01, 0.01)
    assert axes.patches[0].get_gid() == note_gid("a: 0 % (95 % interval 0 % to 0 %), not beyond chance")


def test_importance_bars_stand_in_the_order_given_with_their_intervals():
    table = pd.DataFrame({"parameter": ["a", "b"], "importance": [0.7, -0.01], "matters": [True, False]})
    axes = choices.importance_bars(table.assign(low=[0.5, -0.02], high=[0.8, 0.01])).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b"]
    assert axes.yaxis_inverted()
    assert len({bar.get_facecolor() for bar in axes.patches}) == 2
    [intervals] = axes.collections
    np.testing.assert_allclose(
        [segment[:, 0] for segment in intervals.get_segments()], [[0.5, 0.8], [-0.02, 0.01]]
    )


def stars(axes):
    """Returns where the stars of an axes lie."""
    unlabelled = [c for c in axes.collections if c.get_gid() is None and c.get_sizes().tolist() == [150]]
    return [tuple(offset) for c in unlabelled for offset in c.get_offsets().tolist()]


def test_star_is_on_the_winner_or_absent_where_a_panel_does_not_show_it(frames):
    momentum = frames.trials["params.momentum"]
    for has_it in (True, False):
        winner = frames.trials.index[(momentum.notna() == has_it) & (frames.trials["state"] == "complete")][0]
        trials = frames.trials.assign(value=frames.trials["value"].where(frames.trials.index != winner, 1.0))
        figure = sliced(trials, parameter(frames, "momentum"))
        assert stars(figure.axes[0]) == ([(momentum[winner], 1.0)] if has_it else [])
        labels = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
        assert ("best" in labels) == has_it


def test_map_of_equal_accuracies_has_no_scale(frames):
    axes = [parameter(frames, name) for name in ("learning_rate", "reg")]
    equal = frames.trials.assign(value=frames.trials["value"].where(frames.trials["value"].isna(), 0.99))
    assert len(space.accuracy_map(equal, *axes).axes) == 1
    assert len(space.accuracy_map(frames.trials, *axes).axes) == 2


@pytest.mark.parametrize(
    "values",
    [
        ("none", "batchnorm", "layernorm"),
        ("sgd", "sgd_momentum", "nesterov", "adagrad", "adadelta", "rmsprop", "adam", "adamw"),
        ("rules:a_momentum_that_begins_early", "rules:a_momentum_that_begins_late", "sgd"),
        tuple(f"architecture {number}" for number in range(12)),
        tuple(f"architecture {number}" for number in range(30)),
        tuple(range(10, 40)),
    ],
)
def test_names_of_choices_stand_apart_and_above_that_of_the_parameter(frames, values):
    rule = Parameter("rule", "choice", choices=values)
    with house_style():
        figure = choices.choices_compared(frames.trials.assign(**{"params.rule": None}), rule, [], 500)
        axes = figure.axes[0]
        name, labels = axes.xaxis.get_label(), axes.get_xticklabels()
        named = [label for label in labels if label.get_text()]
        boxes = [label.get_window_extent() for label in named]
    assert len({label.get_text() for label in named}) == len(named) >= len(values) / 2
    assert all(left.x1 < right.x0 for left, right in pairwise(boxes))
    assert min(box.y0 for box in boxes) >= name.get_window_extent().y1
    assert name.get_window_extent().y0 >= 0


def test_few_trials_of_a_choice_have_no_box(frames):
    rule = parameter(frames, "update_rule")
    trials = frames.trials.assign(state="complete", value=0.9)
    colours = ["#111111", "#222222"]
    boxes = [
        len(choices.choices_compared(t, rule, colours, 500).axes[0].patches) for t in (trials, trials.head(4))
    ]
    assert boxes == [2, 0]


@pytest.mark.parametrize(
    "values", [(1, 0.5), (2, 10), ("rules:" + 30 * "a" + "b", "rules:" + 30 * "a" + "c")]
)
def test_every_choice_has_its_box_however_it_is_written(make, values):
    """A column of 1 and 0.5, or of integers with gaps, holds 1.0; labels that are cut may be alike."""
    chosen = Parameter("chosen", "choice", choices=values)
    trials = make(20).trials.assign(state="complete", value=0.9)
    trials["params.chosen"] = pd.Series([*values] * 9 + [None] * 2)
    axes = choices.choices_compared(trials, chosen, ["#111111", "#222222"], 500).axes[0]
    assert [round(patch.get_path().vertices[:, 0].mean()) for patch in axes.patches] == [0, 1]


def test_epochs_by_state_add_up_to_the_epochs_spent(frames):
    table = cost.trials_by_epoch(frames.trials)
    assert table.drop(columns="epoch").to_numpy().sum() == frames.trials["epochs"].sum()


def test_a_legend_names_no_mark_that_is_not_drawn(frames):
    for figure in (cost.epochs_spent(frames.trials, 15), cost.workers_over_time(frames.trials)):
        (legend,) = figure.legends
        assert {text.get_text() for text in legend.get_texts()} == set(frames.trials["state"])


def test_workers_have_a_row_each(frames):
    axes = cost.workers_over_time(frames.trials).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["worker-0", "worker-1"]
    assert drawn_trials(axes) == frames.trials["number"].tolist()


def test_a_trial_that_took_no_time_has_an_axis_of_seconds_too(make):
    trials = make(1).trials
    axes = cost.workers_over_time(trials.assign(finished=trials["started"])).axes[0]
    assert axes.get_xlim() == (0, 1)  # matplotlib would warn of none, and warnings are errors
    assert drawn_trials(axes) == [0]


def test_short_trials_of_two_runs_far_apart_can_be_seen(frames):
    later = frames.trials.tail(1).assign(worker="late")
    for column in ("started", "finished"):
        later[column] += pd.Timedelta(days=3)
    trials = pd.concat([frames.trials.head(-1), later])
    axes = cost.workers_over_time(trials).axes[0]
    [bars] = axes.collections
    [left, right] = axes.get_xlim()
    widths = [np.ptp(path.vertices[:, 0]) for path in bars.get_paths()]
    assert min(widths) / (right - left) > 1 / 1300


def test_same_choice_has_the_same_colour_and_no_two_in_a_row_share_one():
    first = style.choice_colours(3)
    second = style.choice_colours(2, 3)
    assert len({*first, *second}) == 5
    assert style.choice_colours(3) == first


def test_states_and_choices_never_share_a_colour():
    states = {style.colour(name) for name in (*style.STATES, "best")}
    picked = {style.colour(f"choice-{place}") for place in range(style.N_CHOICE_COLOURS)}
    assert not states & picked
    assert len(picked) == style.N_CHOICE_COLOURS


def test_figures_leave_no_trace_in_pyplot(frames):
    from matplotlib import pyplot

    before = pyplot.get_fignums()
    progress.best_so_far(frames.trials, 500)
    assert pyplot.get_fignums() == before


def test_users_settings_come_back():
    before = mpl.rcParams["font.size"]
    with house_style():
        pass
    assert mpl.rcParams["font.size"] == before


@given(st.floats(0, 1), st.integers(1, 100_000))
def test_stretching_an_accuracy_can_be_undone(accuracy, n):
    assert unstretch(stretch(accuracy, 1 / n), 1 / n) == pytest.approx(accuracy, abs=1e-9)


@given(st.floats(0, 1), st.floats(0, 1), st.integers(1, 100_000))
def test_stretching_keeps_the_order(a, b, n):
    low, high = sorted((a, b))
    assert stretch(low, 1 / n) <= stretch(high, 1 / n)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50))
def test_accuracy_scale_takes_any_values(values):
    scale, norm = value_colours(np.array(values))
    assert len(norm.boundaries) == scale.N + 1
    assert np.isfinite(np.asarray(scale(norm(np.array(values))))).all()


@given(st.text())
def test_clean_labels_are_one_short_line(text):
    label = clean(text)
    assert len(label) <= style.MAX_LABEL
    assert "\n" not in label
    assert "\x00" not in label


@pytest.mark.parametrize(
    ("fraction", "shown"), [(0.5, "50.0"), (0.994, "99.4"), (0.9996, "99.96"), (1.0, "100"), (0.0, "0.0")]
)
def test_percent_tells_neighbours_apart(fraction, shown):
    assert percent(fraction) == f"{shown}\u00a0%"


def test_filters_become_images():
    assert first_layer_images(np.zeros((4, 3, 5, 5)), (3, 32, 32)).shape == (4, 5, 5, 3)
    assert first_layer_images(np.zeros((64, 7)), (1, 8, 8)).shape == (7, 8, 8)
    assert first_layer_images(np.zeros((4, 2, 5, 5)), (2, 8, 8)).shape == (4, 5, 5)
    assert first_layer_images(np.zeros((10, 7)), (10,)) is None
    assert first_layer_images(np.zeros((10, 7)), (1, 8, 8)) is None


def test_dense_filters_keep_their_pixels_in_place():
    weights = np.arange(3 * 2 * 4.0).reshape(-1, 1)
    image = first_layer_images(weights, (3, 2, 4))[0]
    np.testing.assert_array_equal(image.transpose(2, 0, 1), weights.reshape(3, 2, 4))


def test_tables_have_no_pictures():
    assert as_pictures(np.zeros((5, 10))) is None


def test_confusion_matrix_names_its_axes():
    counts = pd.DataFrame([[5, 1], [0, 4]], index=["cat", "dog"], columns=["cat", "dog"])
    axes = net.confusion_matrix(counts).axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("taken for", "is a")
    assert [text.get_text() for text in axes.texts] == ["5", "1", "", "4"]


def luminance(colour):
    parts = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


@pytest.mark.parametrize("theme", [0, 1])
def test_counts_of_the_confusion_matrix_can_be_read(theme):
    rights = [0, 1, 30, 50, 70, 90, 99, 100]
    counts = pd.DataFrame(np.diag(rights)).astype(int)
    counts.iloc[:, 0] += 100 - np.array(rights)
    axes = net.confusion_matrix(counts).axes[0]
    themed = {colours[0]: colours[theme] for colours in style.THEME.values()}
    cells = [themed[mpl.colors.to_hex(cell)] for cell in axes.collections[0].get_facecolors()]
    inks = [themed[text.get_color()] for text in axes.texts]
    lights = [sorted((luminance(cell), luminance(ink))) for cell, ink in zip(cells, inks, strict=True)]
    assert all((high + 0.05) / (low + 0.05) >= 4.5 for low, high in lights)
    errors = {colours[theme] for name, colours in style.THEME.items() if name.startswith("error")}
    assert {cells[8 * row] for row in range(1, 7)} <= errors


def test_best_within_a_budget_counts_finished_trials():
    trials = pd.DataFrame({"epochs": [5, 5, 5], "state": ["complete"] * 3, "value": [0.5, 0.9, 0.7]})
    found = compared.found_by(trials, np.array([4.0, 5.0, 9.0, 10.0, 15.0]))
    np.testing.assert_array_equal(found, [np.nan, 0.5, 0.5, 0.9, 0.9])


def test_share_of_trials_above_an_accuracy_counts_those_without_one_as_zero():
    trials = pd.DataFrame({"value": [0.5, 0.9, np.nan, 0.9]})
    accuracies, shares = progress.shares_above(trials, 500).axes[0].lines[0].get_data()
    np.testing.assert_array_equal(accuracies[1:], [0.0, 0.5, 0.9, 0.9])
    np.testing.assert_array_equal(shares, [100.0, 75.0, 50.0, 25.0, 0.0])


def test_a_tuning_curve_has_its_band():
    curve = pd.DataFrame({"n": [1, 2, 3], "estimate": [0.5, 0.7, 0.8], "low": [0.2, 0.4, 0.6], "high": 1.0})
    axes = progress.tuning_curve(curve, 500).axes[0]
    np.testing.assert_array_equal(axes.lines[0].get_xydata(), curve[["n", "estimate"]])
    band = axes.collections[0].get_paths()[0].vertices
    assert (band[:, 1].min(), band[:, 1].max()) == (0.2, 1.0)
    assert axes.get_xlabel() == "trials of a search"


def test_odd_parameters_have_axes(frames):
    single = Parameter("x", "float", 0.5, 0.5)
    trials = frames.trials.assign(**{"params.x": 0.5})
    assert sliced(trials, single).axes[0].get_xlim() == (0.0, 1.0)


def test_weights_of_a_study_without_trials_are_not_looked_for(make):
    from hpsearch.report.netgallery import best_net_exhibits

    frames = make(0)
    assert list(best_net_exhibits(replace(frames, weights=frames.folder / "weights.npz"))) == []


@pytest.mark.parametrize("losses", [[-1e308, -1e308], [-1.7e308, 1.7e308], [0.5, 1e308]])
def test_a_loss_beyond_what_an_axis_can_hold_lies_at_its_end(losses):
    curve = pd.DataFrame({"epoch": [1, 2], "loss": losses, "train_accuracy": np.nan, "val_accuracy": 0.5})
    figure = trained.loss_and_accuracy(curve, 2, 100)
    figure.draw_without_rendering()
    shown = figure.axes[0].lines[0].get_ydata()
    assert np.isfinite(figure.axes[0].get_ylim()).all()
    assert np.sign(shown).tolist() == np.sign(losses).tolist()


def test_a_loss_that_hardly_falls_has_labels_that_are_losses():
    """The axis of a net that learned nothing began at 0 and had `1e-6+2.3026` above it."""
    curve = pd.DataFrame({"epoch": [1, 2, 3], "loss": 2.3026 + 1e-6 * np.arange(3), "val_accuracy": 0.1})
    figure = trained.loss_and_accuracy(curve.assign(train_accuracy=np.nan), 2, 100)
    figure.draw_without_rendering()
    axis = figure.axes[0].yaxis
    assert axis.get_offset_text().get_text() == ""
    assert all(label.get_text().startswith("2.302") for label in axis.get_ticklabels())
