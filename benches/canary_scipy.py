#!/usr/bin/env python3
"""SciPy's mannwhitneyu on the arrays of benches/canary.rs.

1,000 metrics of 1,000 points a side, two-sided, by the normal approximation;
the best of five. It needs scipy: `pip install scipy`.
"""

import time

import numpy
from scipy.stats import mannwhitneyu

METRICS, POINTS = 1000, 1000
MASK = (1 << 64) - 1


def series(seed):
    state = seed
    values = []
    for _ in range(POINTS):
        total = 0.0
        for _ in range(4):
            state = (state * 6364136223846793005 + 1442695040888963407) & MASK
            total += (state >> 11) / (1 << 53)
        values.append(100.0 + 17.0 * (total - 2.0))
    return values


canary = numpy.array([series(2 * metric + 1) for metric in range(METRICS)])
baseline = numpy.array([series(2 * metric + 2) for metric in range(METRICS)])


def best(run):
    times = []
    for _ in range(5):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times) * 1000


def one_by_one():
    for x, y in zip(canary, baseline):
        mannwhitneyu(x, y, method="asymptotic")


def at_once():
    mannwhitneyu(canary, baseline, axis=1, method="asymptotic")


print(f"one call a metric: {best(one_by_one):.0f} ms")
print(f"one call for all:  {best(at_once):.0f} ms")
