"""Which pruner finds the best net with the fewest epochs, and would it help to take up pruned trials again?

Searches at random over recorded curves: tables of configurations, a line each, with the validation accuracy
after each epoch (recorded_curves_tables.py makes them). A search draws lines without putting them back and
asks as a run does: when segment k is asked for, segments up to k - lookahead are told. Segments are new
trials, or with some policies trials that were paused.

What counts is how far the best accuracy of any epoch trained so far is from the best of the table, after
shares of the epochs of 60 whole trials (of an eighth of the table if that is less). Printed are its mean
over seeds in points, and its ratio to the percentile pruner's with its band (95 %, bootstrap over seeds).

    OPENBLAS_NUM_THREADS=1 python tests/benchmarks/recorded_curves.py search FILE TABLE ... [--seeds 20]
        [--lookahead 8] [--only percentile "percentile thaw" ...] [--complete]
    python tests/benchmarks/recorded_curves.py table FILE

FILE gets a line a table and policy; what it has is not searched again. --complete: only trials that trained
to their end count, as in hpsearch's ranking. A search with less than the median configuration has, has that.
"""

import argparse
import json
from collections import deque
from pathlib import Path

import numpy as np
from recorded_curves_policies import POLICIES, Seen

REFERENCE = "percentile"
AFTER = (0.1, 0.2, 0.33, 0.5, 1.0)
N_WHOLE, N_DRAWS, FLOOR = 60, 2000, 0.01


class Search:
    """A search over a table: what it trained, and what it is told of that.

    Attributes:
        best: of each epoch trained, the best accuracy of its trial so far, 0 where it does not count.
        reached: how many epochs each trial trained, (lines of the table,), in the order of drawing.
    """

    def __init__(self, table, seed, only_complete):
        self.best = []
        self._curves = table[np.random.default_rng(seed).permutation(len(table))]
        self._seed, self._only_complete = seed, only_complete
        self._known = np.full(table.shape, np.nan)
        self.reached = np.zeros(len(table), dtype=int)
        self._flying, self._n_drawn, self._n_told = deque(), 0, 0

    def train(self, policy, lookahead):
        """Trains one more segment; says whether there was one."""
        while len(self._flying) >= lookahead:
            self._tell()
        trial, goes_on = policy(self._seen())
        while trial is None and self._n_drawn == len(self._curves):
            if not self._flying:
                return False
            self._tell()
            trial, goes_on = policy(self._seen())
        if trial is None:
            trial, self._n_drawn = self._n_drawn, self._n_drawn + 1
        self._flying.append(trial)
        while self._train_epoch(trial) and goes_on(self._curves[trial][: self.reached[trial]], trial):
            pass
        return True

    def _train_epoch(self, trial):
        """Says whether the trial may go on: it is neither at its end nor diverged."""
        curve = self._curves[trial]
        self.reached[trial] += 1
        so_far, is_last = curve[: self.reached[trial]], self.reached[trial] == len(curve)
        counts = np.isfinite(curve).all() and (is_last or not self._only_complete)
        self.best.append(so_far.max() if counts else 0.0)
        return np.isfinite(so_far[-1]) and not is_last

    def _tell(self):
        """Tells of the oldest segment; of a diverged trial that it shows no curve."""
        trial = self._flying.popleft()
        so_far = self._curves[trial, : self.reached[trial]]
        self._known[trial, : len(so_far)] = so_far if np.isfinite(so_far[-1]) else np.nan
        self._n_told = max(self._n_told, trial + 1)

    def _seen(self):
        known = self._known[: self._n_told]
        n_known = np.isfinite(known).sum(axis=1)
        is_paused = (n_known > 0) & (n_known < known.shape[1])
        paused = set(np.flatnonzero(is_paused).tolist()) - set(self._flying)
        return Seen(
            known, n_known == known.shape[1], sorted(paused), self._seed, self._n_drawn == len(self._curves)
        )


def budget_of(table):
    """Returns how many epochs a search may train."""
    return min(N_WHOLE, len(table) // 8) * table.shape[1]


def regret(table, policy, lookahead, seed, only_complete):
    """Returns what is missing to the table's best, in points, after the shares of the budget.

    A search that draws no more and takes nothing up ends earlier, and keeps what it has.
    """
    search, budget = Search(table, seed, only_complete), budget_of(table)
    while len(search.best) < budget and search.train(policy, lookahead):
        pass
    bests = np.where(np.isfinite(table).all(axis=1), table.max(axis=1), 0.0)
    best = np.maximum.accumulate([np.median(bests), *search.best])
    at = [min(round(share * budget), len(best) - 1) for share in AFTER]
    return 100 * (bests.max() - best[at])


def search_all(args):
    """Appends to the file what it does not have yet."""
    done = {tuple(key) for key, _ in _lines(args.file)} if args.file.exists() else set()
    for path in args.tables:
        table = np.loadtxt(path, delimiter=",")
        for name in args.only:
            key = (path.stem, name, args.lookahead, args.complete)
            if key not in done:
                found = [
                    regret(table, POLICIES[name], args.lookahead, seed, args.complete).tolist()
                    for seed in range(args.seeds)
                ]
                with args.file.open("a") as file:
                    file.write(json.dumps([key, found]) + "\n")


def _lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def print_tables(args):
    """Prints, for each lookahead and way to count, regrets and ratios by table and of all tables."""
    results = {tuple(key): np.array(found) for key, found in _lines(args.file)}
    for lookahead, complete in sorted({key[2:] for key in results}):
        some = {key[:2]: found for key, found in results.items() if key[2:] == (lookahead, complete)}
        tables = list(dict.fromkeys(table for table, _ in some))
        names = [name for name in POLICIES if all((table, name) in some for table in tables)]
        print(f"\nlookahead {lookahead}{', complete trials only' if complete else ''}")
        for table in tables:
            _print_head(f"{table}: regret")
            for name in names:
                cells = _cells(some[table, name], _ratios(some, [table], name))
                print(f"| {name} | " + " | ".join(cells) + " |")
        _print_head(f"ratio, {len(tables)} tables")
        for name in names:
            print(f"| {name} | " + " | ".join(_bands(_ratios(some, tables, name))) + " |")


def _print_head(first):
    print(f"\n| {first} | " + " | ".join(f"{100 * share:.0f} %" for share in AFTER) + " |")
    print("| --- |" + " --- |" * len(AFTER))


def _cells(found, ratios):
    means = found.mean(axis=0)
    return [f"{mean:.2f}, {band}" for mean, band in zip(means, _bands(ratios), strict=True)]


def _bands(ratios):
    return [f"{middle:.2f} ({low:.2f}-{high:.2f})" for middle, low, high in ratios.T]


def _ratios(some, tables, name):
    """Returns the ratio to the reference, a geometric mean over tables, and its band, (3, shares)."""
    logs, draws_of = [], np.random.default_rng(0)
    for table in tables:
        pair = np.maximum([some[table, name], some[table, REFERENCE]], FLOOR)
        n_seeds = pair.shape[1]
        draws = np.vstack([np.arange(n_seeds), draws_of.integers(n_seeds, size=(N_DRAWS, n_seeds))])
        means = pair[:, draws].mean(axis=2)
        logs.append(np.log(means[0] / means[1]))
    ratios = np.exp(np.mean(logs, axis=0))
    return np.array([ratios[0], *np.quantile(ratios[1:], [0.025, 0.975], axis=0)])


def main():
    """Searches, or prints the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["search", "table"])
    parser.add_argument("file", type=Path)
    parser.add_argument("tables", nargs="*", type=Path)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--lookahead", type=int, default=8)
    parser.add_argument("--only", nargs="+", default=POLICIES, choices=POLICIES, metavar="POLICY")
    parser.add_argument("--complete", action="store_true")
    args = parser.parse_args()
    search_all(args) if args.what == "search" else print_tables(args)


if __name__ == "__main__":
    main()
