"""Made-up looks at layers for searches of `made_up`: a sane net, and nets with one illness each.

frames = with_layers(made_up("none"), lambda params: "vanishing" if params["reg"] < 1e-4 else "")
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from hpsearch.results.layers import COLUMNS

N_LAYERS = 4
SANE = {"update": 1e-3, "gradient": 0.5, "spread": 0.6, "dead": 0.0, "saturated": np.nan}
LOOKS = {
    "": {},
    "frozen": {"update": 0.0, "gradient": 0.0, "spread": 0.0, "dead": 1.0},
    "exploding": {"spread": [2.0, 60.0, 900.0, 9000.0]},
    "too-fast": {"update": 20.0},
    "weak-gradients": {"gradient": [1e-5, 1e-3, 0.1, 1.0], "saturated": 0.0, "dead": np.nan},
    "vanishing": {"spread": [0.02, 1e-3, 1e-5, 1e-7]},
    "dead": {"dead": [[0.0] * 4, [0.2, 0.95, 1.0, 1.0]]},
    "saturated": {"saturated": [0.7, 0.9, 0.9, 0.9], "dead": np.nan},
    "too-slow": {"update": 1e-7},
}
"""What a net with an illness shows in other than SANE: a number, one a layer, or one a look and layer."""
LAYER_OF = {
    "frozen": 1,
    "exploding": 2,
    "too-fast": 1,
    "weak-gradients": 1,
    "vanishing": 2,
    "dead": 2,
    "saturated": 1,
    "too-slow": 1,
}


def looks(illness, chance=0.1, number=0):
    """Returns the rows of `read_layers` of one trial with two looks."""
    table = dict.fromkeys(COLUMNS, 0.1) | SANE | LOOKS[illness]
    columns = {name: np.broadcast_to(values, (2, N_LAYERS)).ravel().copy() for name, values in table.items()}
    columns |= {"number": number, "chance": chance, "epoch": np.repeat([0, 4], N_LAYERS)}
    columns["layer"] = np.tile(np.arange(1, N_LAYERS + 1), 2)
    rows = pd.DataFrame(columns, columns=list(COLUMNS))
    hidden = ["mean", "deviation", "spread", "dead", "saturated"]
    rows.loc[rows["layer"] == N_LAYERS, hidden] = np.nan
    return rows


def with_layers(frames, illness_of):
    """Returns frames whose trials have layers, and those with an illness have not learned.

    Args:
        illness_of: gives a trial's illness, "" for a sane one, from its parameters by name.
    """
    names = [parameter.name for parameter in frames.parameters]
    trials, curves, rows = frames.trials.copy(), frames.curves.copy(), []
    for place, trial in trials.iterrows():
        illness = illness_of({name: trial[f"params.{name}"] for name in names})
        if illness:
            trials.loc[place, ["value", "train_accuracy"]] = 0.11
            mine = curves["number"] == trial["number"]
            curves.loc[mine, ["val_accuracy", "train_accuracy"]] = 0.11
            curves.loc[mine, "loss"] = 1e6 if illness == "too-fast" else 2.3
        rows.append(looks(illness, number=int(trial["number"])))
    changed = replace(frames, trials=trials, curves=curves, hits=None)
    vars(changed)["layers"] = pd.concat(rows, ignore_index=True)
    vars(changed)["enough"] = None
    return changed
