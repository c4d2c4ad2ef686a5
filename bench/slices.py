"""Alternating slices, and what is said about them. The machine is noisy, so each ratio is of two slices that are neighbours in time."""
import sys
from dataclasses import asdict, dataclass
from math import isnan
from statistics import median


@dataclass
class Slice:
    """One side, measured for a few seconds."""
    requests: int
    seconds: float
    cpu_us: float
    p50_us: float
    p99_us: float
    peak_megabytes: float | None = None

    @property
    def rate(self):
        return self.requests / self.seconds


@dataclass
class Side:
    """All slices of one side in one figure each: medians, and the highest peak."""
    rate: float
    cpu_us: float
    p50_us: float
    p99_us: float
    peak_megabytes: float | None

    @classmethod
    def of(cls, slices):
        peaks = [each.peak_megabytes for each in slices if each.peak_megabytes is not None]
        return cls(*(median(getattr(each, name) for each in slices) for name in ("rate", "cpu_us", "p50_us", "p99_us")),
                   max(peaks, default=None))

    def as_json(self):
        return {name: None if value is None or isnan(value) else round(value, 3) for name, value in asdict(self).items()}


def progress(text):
    print(text, file=sys.stderr, flush=True)


def alternate(name, sides, rounds):
    """Runs every side once a round, in turning order (A B, B A, …) so that a drift of the machine favours nobody.

    `sides`: name → function that runs one slice, given its number. Answers name → [Slice]; equal positions are neighbours in time."""
    measured = {side: [] for side in sides}
    for number in range(rounds):
        order = list(sides) if number % 2 == 0 else list(reversed(sides))
        for side in order:
            one = sides[side](number)
            measured[side].append(one)
            latency = "" if isnan(one.p99_us) else f", p99 {one.p99_us / 1000:.2f} ms"
            progress(f"  {name} {number + 1}/{rounds} {side}: {one.rate:,.0f}/s, CPU {one.cpu_us:.1f} µs{latency}")
    return measured


def ratios(ours, limits):
    return [our.rate / limit.rate for our, limit in zip(ours, limits, strict=True)]
