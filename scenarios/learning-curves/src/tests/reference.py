"""Writes what SciPy's curve_fit and Optuna's pruners make of random curves, beside this file.

Run by hand, with SciPy 1.17 and Optuna 5.0: the tests read what was written then.
"""

from pathlib import Path

import numpy as np
import optuna
from scipy.optimize import curve_fit

HERE = Path(__file__).parent
POINTS = 40


def curve(rng):
    """A rising exponential of a random level, height and pace, with noise."""
    level, height, pace, noise = rng.uniform(30, 95), rng.uniform(10, 60), rng.uniform(1.5, 12), rng.uniform(0.1, 1.5)
    x = np.arange(1, POINTS + 1)
    values = level - height * np.exp(-(x - 1) / pace) + noise * rng.standard_normal(POINTS)
    return np.round(np.clip(values, 0, 100), 3)


def fitted(values):
    """What the published engine predicts from these values for the last point."""
    x = np.arange(1, len(values) + 1)
    bounds = [(0.5, 1, 0), (200, np.inf, np.inf)]
    formula = lambda x, a, b, c: a - b ** (c - x)
    try:
        found, _ = curve_fit(formula, x, values, p0=[10, 1.001, 100], bounds=bounds, max_nfev=1000)
    except RuntimeError:
        return "none"
    return repr(float(formula(POINTS, *found)))


def stopped(pruner, curves):
    """After how many points each curve is stopped."""
    study = optuna.create_study(direction="maximize", pruner=pruner)
    points = []
    for values in curves:
        trial = study.ask()
        for step, value in enumerate(values, 1):
            trial.report(float(value), step)
            # Nothing is left to stop after the last point.
            if trial.should_prune() and step < POINTS:
                study.tell(trial, state=optuna.trial.TrialState.PRUNED)
                break
        else:
            study.tell(trial, float(values[-1]))
        points.append(step)
    return points


np.seterr(over="ignore")
optuna.logging.set_verbosity(optuna.logging.WARNING)
rng = np.random.default_rng(7)
curves = [curve(rng) for _ in range(30)]
columns = [
    stopped(optuna.pruners.MedianPruner(n_startup_trials=5), curves),
    stopped(optuna.pruners.MedianPruner(n_startup_trials=3, n_warmup_steps=4), curves),
    stopped(optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=4), curves),
    stopped(optuna.pruners.SuccessiveHalvingPruner(min_resource=3, reduction_factor=2), curves),
]
with open(HERE / "reference.csv", "w") as file:
    for at, values in enumerate(curves):
        seen = int(rng.integers(5, 30))
        counts = [column[at] for column in columns]
        file.write(",".join(map(str, [*counts, seen, fitted(values[:seen]), *values])) + "\n")
