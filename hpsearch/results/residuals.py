"""How trials stand beside what their other parameters, and when they were tried, say of them.

A greedy sampler settles on a value of every parameter while it learns which learning rate is good: later
trials are better and have that value, whether it matters or not. What is left of their standings, once other
parameters and the time are known, does not have that.
"""

from typing import TYPE_CHECKING

import pandas as pd

from hpsearch.results.regression import (
    MAX_TRIALS,
    best_shape,
    evenly,
    left_out_errors,
    parameter_kernel,
    precision,
    rank_scores,
)
from hpsearch.results.standing import standings
from hpsearch.space import Parameter

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames


def beside_others(frames: "StudyFrames", parameter: Parameter) -> pd.Series:
    """Returns what standings have that other parameters and the time do not predict.

    Of at most 400 trials, none of them failed. In standard deviations of the standings' ranks, each trial
    predicted by all others.
    """
    standing = standings(frames.trials, frames.curves).dropna()
    standing = standing.iloc[evenly(len(standing), MAX_TRIALS)]
    told, scores = frames.trials.loc[standing.index], rank_scores(standing)
    others = [one for one in frames.parameters if one.name != parameter.name]
    kernels = [parameter_kernel(told[f"params.{one.name}"], one.kind == "choice") for one in others]
    kernels.append(parameter_kernel(told["number"], False))
    rule = precision(kernels, len(kernels), best_shape(kernels, scores))
    return pd.Series(left_out_errors(rule, scores), standing.index)
