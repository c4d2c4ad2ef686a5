"""The table for people and the object for machines. Neither measures anything."""
from dataclasses import asdict
from math import isnan

HEADINGS = ["work", "limit", "ratio", "at least", "met", "req/s", "CPU µs", "p50 / p99 ms", "peak MB"]


def figure(row):
    if row.value is None:
        return "not run"
    if row.unit == "ratio":
        return f"{row.value:.2f} ({row.low:.2f}–{row.high:.2f})"
    if row.unit == "×":
        return f"{row.value:.2f} × ({row.low:.2f}–{row.high:.2f})"
    return f"{row.value:.1f} {row.unit}"


def target(row):
    if row.target is None:
        return "–"
    return f"{row.target:.2f}" if row.unit == "ratio" else f"< {row.target:.0f} {row.unit}" + (", flat" if row.name == "memory" else "")


def pair(row, read):
    """Holdfast's figure, and the limit's behind it."""
    if row.holdfast is None:
        return "–"
    return read(row.holdfast) + (f" ({read(row.other)})" if row.other else "")


def cells(row):
    return [
        row.work, row.limit, figure(row), target(row), {True: "yes", False: "NO", None: "–"}[row.met],
        pair(row, lambda side: f"{side.rate:,.0f}"),
        pair(row, lambda side: f"{side.cpu_us:.1f}"),
        pair(row, lambda side: "–" if isnan(side.p99_us) else f"{side.p50_us / 1000:.2f} / {side.p99_us / 1000:.2f}"),
        "–" if row.holdfast is None else f"{row.holdfast.peak_megabytes:.1f}",
    ]


def table(rows):
    lines = [HEADINGS, ["---"] * len(HEADINGS)] + [cells(row) for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    text = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines]
    notes = [f"{row.name}: {row.note}" for row in rows if row.note]
    return "\n".join(text + [""] * bool(notes) + notes)


def as_json(rows, failures, circumstances):
    def one(row):
        found = {**asdict(row), "holdfast": row.holdfast and row.holdfast.as_json(), "other": row.other and row.other.as_json()}
        return {name: round(value, 4) if isinstance(value, float) else value for name, value in found.items()}
    return {**circumstances, "rows": [one(row) for row in rows], "failures": failures}
