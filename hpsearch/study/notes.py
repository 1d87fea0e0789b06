"""What terminal and page say of a study beside its ranges, so that nobody takes a number for its opposite.

notes(study)           of what the study file says; imports no code of the user's
unchecked(study)       what is given to a net that takes `**kwargs`
all_notes(study, data) these, of code that seeds itself, and of the data
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hpsearch.study.datanotes import data_notes
from hpsearch.study.given import DROPOUT_MEANS
from hpsearch.study.owncode import is_own
from hpsearch.study.ownseeds import own_seeds
from hpsearch.words import listed

if TYPE_CHECKING:
    from hpsearch.study.study import Study
    from nets.data import TrainVal

_MEANINGS = {"keep": "keeping a unit, 1 = off", "drop": "dropping a unit, 0 = off"}


def notes(study: Study) -> list[str]:
    """Returns what an own net's probability of dropout is that of, where study file or name say so."""
    if study.is_function or not is_own(study.net_kind):
        return []
    said = str(study.net.get(DROPOUT_MEANS, ""))
    found = []
    for name in dict.fromkeys([*study.net, *(parameter.name for parameter in study.space)]):
        means = "keep" if "keep" in name else said  # a net may have both kinds
        if ("dropout" in name or "keep" in name) and name != DROPOUT_MEANS and means in _MEANINGS:
            found.append(f"{name} is the probability of {_MEANINGS[means]}")
    return found


def unchecked(study: Study) -> list[str]:
    """Returns that nobody checks names which a net takes as `**kwargs`; imports the net."""
    from hpsearch.study.owners import net_names, owners_of

    if study.is_function or not is_own(study.net_kind):
        return []
    owners = owners_of(study.net_kind, study.training, study.space)
    searched = {parameter.name.partition(".")[0] for parameter in study.space}
    free = [
        name
        for name in sorted({*study.net, *searched} - net_names(study.net_kind))
        if name in study.net or owners.of_net(name)
    ]
    return [f"{study.net_kind} takes any argument: nobody checks {listed(free)}"] if free else []


def all_notes(study: Study, data: TrainVal) -> list[str]:
    """Returns what is to be known of a study before it is searched; imports code of the user's."""
    of_data = data_notes(study.data.source, data)
    return [*study.notes, *unchecked(study), *own_seeds(study), *of_data]
