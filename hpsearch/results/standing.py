"""How trials stand against each other, at epochs that both have reached.

standings(trials, curves)   one number a trial, from 0 (beaten by all) to 1 (beats all)

The value of a pruned trial is that of an early epoch: beside the value of a complete one it says more
about when it was stopped than about its parameters.
"""

import numpy as np
import pandas as pd


def standings(trials: pd.DataFrame, curves: pd.DataFrame) -> pd.Series:
    """Returns which share of the other trials a trial is ahead of; a draw counts half.

    Two trials are compared by their best accuracies up to the last epoch that both have reached. A
    diverged trial is behind every other one. A failed trial says nothing and has NaN, as has one
    without an epoch.

    Args:
        trials: rows as `trials_frame` makes them.
        curves: rows as `curves_frame` makes them.

    Returns:
        float64, with the index of trials.
    """
    best = _best_up_to(trials, curves)
    diverged = (trials["state"] == "diverged").to_numpy()
    lengths = np.where(diverged, 0, np.isfinite(best).sum(axis=1))
    told = diverged | ((lengths > 0) & (trials["state"] != "failed").to_numpy())
    places = np.flatnonzero(told)
    found = np.full(len(trials), np.nan)
    if len(places) > 1:
        found[places] = [_share_ahead(best[places], lengths[places], place) for place in range(len(places))]
    return pd.Series(found, trials.index)


def _best_up_to(trials: pd.DataFrame, curves: pd.DataFrame) -> np.ndarray:
    """Returns the best accuracy of each trial up to each epoch, (trials, epochs), NaN after its end."""
    n_epochs = int(curves["epoch"].max()) if len(curves) else 0
    table = np.full((len(trials), n_epochs), np.nan)
    rows = pd.Index(trials["number"]).get_indexer(curves["number"])
    table[rows, curves["epoch"].to_numpy(np.intp) - 1] = curves["val_accuracy"]
    return np.where(np.isnan(table), np.nan, np.fmax.accumulate(table, axis=1))


def _share_ahead(best: np.ndarray, lengths: np.ndarray, place: int) -> float:
    """Returns the share of the others that one trial is ahead of; length 0 is that of a diverged one."""
    common = np.minimum(lengths, lengths[place])
    both = common > 0
    at = np.maximum(common - 1, 0)
    others = np.arange(len(lengths))
    won = np.sign(best[place, at] - best[others, at]) if best.shape[1] else np.zeros(len(lengths))
    won = np.where(both, won, np.sign(lengths[place] - lengths))
    return float((won.sum() / (len(lengths) - 1) + 1) / 2)
