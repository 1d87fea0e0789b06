"""The samplers: a row each, with its options, how it is made, and what of it must survive a resume.

To add one: a function that makes Optuna's sampler, or a class of points by number in
`hpsearch.strategies.designs`, and its row here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hpsearch.errors import HpsearchError
from hpsearch.space import Parameter
from hpsearch.strategies import options
from hpsearch.strategies.designs import Design, Grid, Sobol, check_grid
from hpsearch.strategies.options import Option

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler

DEFAULT = "auto"


class SamplerSettings(options.Settings):
    """`[sampler]` of a study file."""


def random(seed: int, settings: SamplerSettings, space: Sequence[Parameter]) -> BaseSampler:
    """Draws each parameter by itself, whatever happened before."""
    from optuna.samplers import RandomSampler

    return RandomSampler(seed=seed)


def tpe(seed: int, settings: SamplerSettings, space: Sequence[Parameter]) -> BaseSampler:
    """Draws where good trials were rather than bad ones.

    Source: Watanabe 2023, Tree-structured Parzen estimator.
    """
    from optuna.samplers import TPESampler

    return TPESampler(
        seed=seed,
        n_startup_trials=int(settings.options["startup_trials"]),
        n_ei_candidates=int(settings.options["candidates"]),
        group=any(parameter.when for parameter in space),
    )


def gp(seed: int, settings: SamplerSettings, space: Sequence[Parameter]) -> BaseSampler:
    """Takes the point that a Gaussian process of the trials so far expects the most of.

    Sources: Snoek, Larochelle and Adams 2012; Ament et al. 2023.
    """
    from hpsearch.strategies.gaussian import GaussianProcess

    return GaussianProcess(seed, int(settings.options["startup_trials"]), space)


def auto(seed: int, settings: SamplerSettings, space: Sequence[Parameter]) -> BaseSampler:
    """Asks gp for the first 100 trials where at most 20 parameters are searched, else tpe."""
    from hpsearch.strategies.automatic import Automatic

    return Automatic({"gp": gp(seed, settings, space), "tpe": tpe(seed, settings, space)}, space)


def any_space(space: Sequence[Parameter]) -> None:
    """Every space can be searched."""


@dataclass(frozen=True)
class Sampler:
    """A row: how a sampler is made and what it needs.

    Attributes:
        make: returns Optuna's sampler for one trial, a pure function of its arguments. For a design, it
            draws what an enqueued trial leaves open.
        options: what `[sampler]` may say beside the name.
        attributes: how the names of the system attributes begin that it writes on a trial and reads again
            later; they go into task files and journal.
        design: returns its points by number, from the study's seed and the space, if it looks at no trial.
        check: raises ValueError if it cannot search a space.
    """

    make: Callable[[int, SamplerSettings, Sequence[Parameter]], BaseSampler] = random
    options: Mapping[str, Option] = field(default_factory=dict)
    attributes: tuple[str, ...] = ()
    design: Callable[[int, Sequence[Parameter]], Design] | None = None
    check: Callable[[Sequence[Parameter]], None] = any_space


_MANY = 1_000_000
_STARTUP_TRIALS = Option(10, 1, _MANY, "how many trials are drawn at random before it begins")
_TPE = {
    "startup_trials": _STARTUP_TRIALS,
    "candidates": Option(24, 1, _MANY, "among how many drawn points it takes the most promising"),
}

SAMPLERS: Mapping[str, Sampler] = {
    "tpe": Sampler(
        tpe,
        options=_TPE,
        attributes=("tpe:",),
    ),
    "gp": Sampler(gp, options={"startup_trials": _STARTUP_TRIALS}),
    "auto": Sampler(auto, options=_TPE, attributes=("auto:", "tpe:")),
    "random": Sampler(),
    "qmc": Sampler(design=Sobol),
    "grid": Sampler(design=Grid, check=check_grid),
}

_OURS = "fixed_params"  # the values of an enqueued trial, which its parameters have too


def parse_settings(section: Mapping[str, Any]) -> SamplerSettings:
    """Checks `[sampler]`.

    Raises:
        ValueError: `key: what is wrong`.
    """
    return SamplerSettings(*options.parse(section, SAMPLERS, DEFAULT))


def check_space(name: str, space: Sequence[Parameter]) -> None:
    """Raises ValueError if the space does not suit the sampler `name`; no design takes conditions."""
    for parameter in space:
        if SAMPLERS[name].design is not None and (parameter.when or "." in parameter.name):
            others = ", ".join(other for other, row in SAMPLERS.items() if row.design is None)
            raise ValueError(
                f"space.{parameter.name}: sampler {name!r} takes no conditional parameters; "
                f"expected one of {others}"
            )
    SAMPLERS[name].check(space)


def kept_attributes(name: str, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Returns those system attributes of a trial that its sampler must find again after a resume.

    Raises:
        HpsearchError: it wrote one that its row does not declare, so that a resumed search would not go
            on as the uninterrupted one.
    """
    declared = SAMPLERS[name].attributes
    kept = {key: value for key, value in attributes.items() if key.startswith(declared)}
    others = sorted(attributes.keys() - kept.keys() - {_OURS})
    if others:
        raise HpsearchError(
            f"sampler {name!r} wrote the attribute {others[0]!r} on a trial, which its row in "
            f"hpsearch/strategies/samplers.py does not declare; a resumed search would give other trials"
        )
    return kept
