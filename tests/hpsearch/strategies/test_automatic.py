"""`auto` asks the sampler that suits space and trial number, and says in the record which one."""

from resumed import take_up

from hpsearch.records import PICKED
from hpsearch.strategies import automatic
from hpsearch.strategies.automatic import picked
from hpsearch.strategies.samplers import parse_settings
from hpsearch.strategies.sampling import Proposer
from hpsearch.study.spacetable import parse_space

LINE = parse_space({"x": {"low": 0.0, "high": 1.0}, "y": {"low": 1, "high": 9}})
WIDE = parse_space({f"x{i}": {"low": 0.0, "high": 1.0} for i in range(21)})
AUTO = parse_settings({"name": "auto", "startup_trials": 3})


def search(settings, space, make_up, n_trials, resumed_at=()):
    """Returns the proposals of a sequential search whose process is another one from these trials on."""
    proposer, proposals, records = Proposer(settings, 5, space), [], []
    for number in range(n_trials):
        if number in resumed_at:
            proposer = Proposer(settings, 5, space)
            take_up(proposer, records, [])
        elif number:
            proposer.tell(records[-1])
        proposals.append(proposer.ask(number))
        records.append(make_up(number, proposals[-1]))
    return proposals


def test_small_spaces_get_the_gaussian_process_as_long_as_it_is_quick():
    assert [picked(LINE, number) for number in (0, 99, 100, 5000)] == ["gp", "gp", "tpe", "tpe"]
    assert picked(WIDE, 0) == "tpe"


def test_it_is_each_of_them_where_it_picks_it_and_says_so(make_up, monkeypatch):
    monkeypatch.setattr(automatic, "N_TRIALS", 6)
    proposals = search(AUTO, LINE, make_up, 9)
    names = [one.attributes[PICKED] for one in proposals]
    assert names == ["gp"] * 6 + ["tpe"] * 3
    alone = search(parse_settings({"name": "gp", "startup_trials": 3}), LINE, make_up, 6)
    assert [one.params for one in proposals[:6]] == [one.params for one in alone]


def test_a_search_goes_on_as_the_uninterrupted_one(make_up, monkeypatch):
    monkeypatch.setattr(automatic, "N_TRIALS", 6)
    expected = search(AUTO, LINE, make_up, 9)
    assert search(AUTO, LINE, make_up, 9, resumed_at=range(1, 9)) == expected


def test_a_wide_space_is_searched_as_by_tpe(make_up):
    tpe = search(parse_settings({"name": "tpe", "startup_trials": 3}), WIDE, make_up, 6)
    auto = search(AUTO, WIDE, make_up, 6)
    assert [one.params for one in auto] == [one.params for one in tpe]
    assert {one.attributes[PICKED] for one in auto} == {"tpe"}
