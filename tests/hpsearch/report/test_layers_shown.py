"""The section of the layers: an exhibit an illness, the steps, and statistics of a few nets."""

import math
import re
from collections import Counter
from dataclasses import replace

import pandas as pd
import pytest
from made_up import made_up
from made_up_layers import N_LAYERS, with_layers

from hpsearch.report import write_report
from hpsearch.report.figures import layers as figures
from hpsearch.report.illnessgallery import TITLES, layer_exhibits
from hpsearch.report.style import house_style
from hpsearch.report.svg import inline, picture
from hpsearch.results.illness import ILLNESSES
from hpsearch.results.layers import COLUMNS
from hpsearch.study.studyfile import from_table


@pytest.fixture(autouse=True)
def _style():
    with house_style():
        yield


@pytest.fixture(scope="module")
def search():
    return made_up("none", n=40, pruner="none")


def is_faint(params):
    return params["weight_scale"] < 0.01


@pytest.fixture(scope="module")
def faint(search):
    return with_layers(search, lambda params: "vanishing" if is_faint(params) else "")


def exhibits(frames):
    return {exhibit.name: exhibit for exhibit in layer_exhibits(frames)}


def test_every_illness_has_a_title_and_a_quantity_that_is_drawn():
    assert set(TITLES) == set(ILLNESSES)
    assert {illness.quantity for illness in ILLNESSES.values()} <= set(figures.QUANTITIES)


def test_a_study_without_layers_has_no_section(search):
    vars(search)["layers"] = pd.DataFrame(columns=list(COLUMNS))
    assert list(layer_exhibits(search)) == []


def test_a_sane_study_shows_steps_and_statistics_alone(search):
    assert list(exhibits(with_layers(search, lambda params: ""))) == ["update-ratios", "layers"]


def test_no_two_parts_of_a_page_share_their_name(search, tmp_path):
    """A link to the section of the layers would end at one of its figures, whose name that was too."""
    frames = with_layers(replace(search, folder=tmp_path), lambda params: "")
    page = write_report(frames).read_text("utf-8")
    assert "Inside the layers" in page
    names = re.findall(r'\sid="([^"]+)"', page)
    assert [name for name, count in Counter(names).items() if count > 1] == []
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(names)


def test_a_single_epoch_has_one_tick(search):
    """Nets that diverge at once leave a single look, at epoch 0, which had ticks from -0.045 to 0.045."""
    ratios = pd.DataFrame({"number": [0, 1], "epoch": [0, 0], "update": [1e3, 1e4]})
    axes = figures.update_ratios(ratios, [0], (1e-4, 1e-1)).axes[0]
    low, high = axes.get_xlim()
    assert [tick for tick in axes.get_xticks() if low <= tick <= high] == [0]


def test_ill_trials_are_lines_over_the_bands_of_the_others(faint):
    exhibit = exhibits(faint)["illness-vanishing"]
    axes = exhibit.draw().axes[0]
    numbers = faint.trials.loc[faint.trials["params.weight_scale"] < 0.01, "number"].tolist()
    gids = [line.get_gid() for line in axes.lines if str(line.get_gid()).startswith("trials:")]
    assert gids == [f"trials:{number}" for number in numbers]
    assert axes.lines[1].get_xydata()[:, 0].tolist() == [1, 2, 3]  # scores are no activations
    assert axes.lines[1].get_xydata()[:, 1].tolist() == pytest.approx([0.02, 1e-3, 1e-5])
    assert (axes.get_yscale(), axes.get_xlabel()) == ("log", "layer")
    assert f"one of {len(numbers)} trials that did not learn and show it" in exhibit.caption
    assert exhibit.data["half of the ill below"].tolist() == pytest.approx([0.02, 1e-3, 1e-5])
    assert exhibit.data["half of the others below"].tolist() == pytest.approx([0.6] * 3)


def test_a_net_with_a_single_layer_of_activations_is_a_dot_and_not_an_unseen_line(faint):
    """The figure of vanishing activations of two-layer nets showed nothing of those that it was about."""
    numbers = faint.trials["number"].tolist()
    looks = pd.DataFrame({"number": numbers, "layer": 1, "epoch": 0, "spread": 1e-4, "update": 1e-3})
    ill = figures.by_layer(looks, "spread", numbers[:3], (5e-3, math.inf)).axes[0]
    steps = figures.update_ratios(looks, numbers[:3], (1e-5, 1e-1)).axes[0]
    for axes in (ill, steps):
        drawn = [line for line in axes.lines if str(line.get_gid()).startswith("trials:")]
        assert [line.get_marker() for line in drawn] == ["o"] * 3
        inline(picture(axes.figure), "one-layer", "alt")


@pytest.mark.parametrize("illness", ILLNESSES)
def test_each_illness_can_be_drawn_where_all_have_it(search, illness):
    frames = with_layers(search, lambda params: illness)
    exhibit = exhibits(frames)[f"illness-{illness}"]
    inline(picture(exhibit.draw()), exhibit.name, exhibit.alt)


def test_steps_are_drawn_by_epoch_with_their_limits(faint):
    exhibit = exhibits(faint)["update-ratios"]
    axes = exhibit.draw().axes[0]
    assert axes.get_yscale() == "log"
    assert exhibit.data["epoch"].tolist() == [0, 4]
    assert exhibit.data["50 % quantile"].tolist() == pytest.approx([1e-3, 1e-3])
    inline(picture(exhibit.draw()), exhibit.name, exhibit.alt)


def test_steps_of_0_lie_on_the_lower_end(search):
    frames = with_layers(search, lambda params: "frozen")
    exhibit = exhibits(frames)["illness-frozen"]
    assert exhibit.caption.endswith(" Values below 1e-12 or above 1e+12 are drawn at these ends.")
    axes = exhibit.draw().axes[0]
    assert axes.lines[0].get_ydata().tolist() == [figures.FLOOR] * N_LAYERS


def test_a_study_of_one_parameter_names_its_nets_by_it():
    frames = made_up("none", n=6, pruner="none")
    table = {**frames.study.table, "space": {"weight_scale": frames.study.table["space"]["weight_scale"]}}
    frames = replace(frames, study=from_table(table, "one", "one.toml"))
    figure = exhibits(with_layers(frames, lambda params: ""))["layers"].draw()
    names = [f"weight_scale {value:g}" for value in frames.trials["params.weight_scale"]]
    assert [text.get_text() for text in figure.legends[0].texts] == names


def test_the_statistics_of_few_trials_are_all_there(search):
    few = made_up("none", n=6, pruner="none")
    exhibit = exhibits(with_layers(few, lambda params: ""))["layers"]
    assert exhibit.data["trial"].unique().tolist() == list(range(6))
    assert len(exhibit.data) == 6 * 2 * N_LAYERS
    assert "saturated" not in exhibit.data  # these are ReLUs
    figure = exhibit.draw()
    assert [axes.get_ylabel() for axes in figure.axes] == ["deviation of activations", "deviation of weights"]
    assert [text.get_text() for text in figure.legends[0].texts] == [f"trial {n}" for n in range(6)]


def test_deviations_that_hardly_differ_have_plain_ticks():
    looks = pd.DataFrame({"number": 0, "is_last": True, "layer": [1, 2]})
    looks = looks.assign(deviation=[0.6, 0.9], weight_deviation=[0.1, 0.2])
    figure = figures.layer_by_layer(looks, {0: "trial 0"})
    figure.draw_without_rendering()
    labels = [text.get_text() for axes in figure.axes for text in axes.get_yticklabels(which="both")]
    assert len(labels) >= 4
    assert not any("$" in label for label in labels)
