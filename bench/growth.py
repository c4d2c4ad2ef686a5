"""The growth table: what a request costs on 10,000, 100,000 and 1,000,000 rows, and by how much more on the last than on the first.

The sizes take turns, slice by slice, so that a machine that is slow for a minute slows all of them."""
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median

from failure import BenchFailure
from rows import post_to_holdfast
from slices import Side, alternate, progress
from stage import LIST, Stage
from wrk import CONNECTIONS, load

SIZES = [10_000, 100_000, 1_000_000]
FLAT = 1.5  # an index is one level deeper, and the caches of the processor hold less of it


@dataclass
class GrowthRow:
    name: str
    work: str
    sides: dict = field(default_factory=dict)  # size → Side
    ratios: list = field(default_factory=list)  # of each round: CPU of the last size over that of the first
    target: float | None = FLAT
    note: str = ""

    @property
    def ratio(self):
        return median(self.ratios)

    @property
    def met(self):
        return None if self.target is None else self.ratio <= self.target


def growth_row(name, work, measured, target, note):
    """`measured`: size → [Slice]; equal positions are neighbours in time."""
    first, last = measured[min(measured)], measured[max(measured)]
    ratios = [large.cpu_us / small.cpu_us for small, large in zip(first, last, strict=True)]
    return GrowthRow(name, work, {size: Side.of(slices) for size, slices in measured.items()}, ratios, target, note)


def reads(work, request, serve=Stage.serve, connections=CONNECTIONS, target=FLAT, note=""):
    """A row of GETs: the servers of all sizes stay up."""
    def measure(name, stages, options):
        with ExitStack() as stack:
            sides = {}
            for stage in stages:
                server = stack.enter_context(serve(stage))
                server.wait_for_address()
                kind, *rest = request(stage)
                sides[stage.items] = lambda number, server=server, kind=kind, rest=rest: load(
                    server.port, server.pid, options.seconds, [kind, number, *rest], connections)
            for side in sides.values():
                side(0)  # warm-up, not counted
            return growth_row(name, work, alternate(name, sides, options.rounds), target, note)
    return measure


def writes(name, stages, options):
    """Each slice on a fresh copy of its rows."""
    sides = {stage.items: lambda number, stage=stage: post_to_holdfast(stage, options.seconds, ["post", number, stage.bodies_file])
             for stage in stages}
    return growth_row(name, f"POST, {CONNECTIONS} connections, no search", alternate(name, sides, options.rounds), FLAT, "")


WORKS = {
    "item": reads("GET item by id, uniform", lambda stage: ["item", stage.ids_file]),
    "list": reads("list of 10, default sort", lambda stage: ["fixed", LIST]),
    "filtered": reads("list of 10, filtered and sorted on an index", lambda stage: ["filtered"]),
    "post": writes,
    "rare": reads("search of a word that one item has", lambda stage: ["search", stage.rare_file], Stage.serve_searching, connections=2),
    "search": reads("search of a common word, 10 of it", lambda stage: ["search", stage.words_file], Stage.serve_searching, connections=2,
                    target=None, note="every item that has the word is ranked, and an eighth of all items has it: it grows with its hits"),
}


def measure(folder, root, binary, only, options):
    stages = [Stage(folder / str(size), root, binary, size) for size in SIZES]
    for stage in stages:
        stage.prepare()
    rows, failures = [], []
    for name, work in WORKS.items():
        if only and name not in only:
            continue
        progress(name)
        try:
            rows.append(work(name, stages, options))
        except BenchFailure as failure:  # one row that cannot be measured leaves the others standing
            failures.append(f"{name} was not measured: {failure}")
            progress(f"  {failures[-1]}")
    return rows, failures


def table(rows):
    headings = ["CPU µs a request (requests a second)", *(f"{size:,} rows" for size in SIZES), "most / fewest rows", "at most", "met"]
    lines = [headings, ["---"] * len(headings)]
    for row in rows:
        cells = [f"{row.sides[size].cpu_us:,.1f} ({row.sides[size].rate:,.0f})" for size in SIZES]
        spread = f"{row.ratio:.2f} ({min(row.ratios):.2f}–{max(row.ratios):.2f})"
        lines.append([row.work, *cells, spread, "–" if row.target is None else f"{row.target:.2f}", {True: "yes", False: "NO", None: "–"}[row.met]])
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    text = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines]
    notes = [f"{row.name}: {row.note}" for row in rows if row.note]
    return "\n".join(text + [""] * bool(notes) + notes)


def as_json(rows, failures, circumstances):
    def one(row):
        return {"name": row.name, "work": row.work, "ratio": round(row.ratio, 4), "low": round(min(row.ratios), 4), "high": round(max(row.ratios), 4),
                "target": row.target, "met": row.met, "note": row.note, "sides": {str(size): side.as_json() for size, side in row.sides.items()}}
    return {**circumstances, "rows": [one(row) for row in rows], "failures": failures}
