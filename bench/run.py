#!/usr/bin/python3
"""How far Holdfast is from what the machine allows: every row is a ratio to a limit, measured side by side in one run. See bench/README.md."""
import argparse
import json
import os
import platform
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

from failure import BenchFailure
import growth
import mongo_rows
import postgres_rows
from report import as_json, table
from rows import WORKS as EMBEDDED, Options
from servers import Nginx, find_nginx
from slices import progress
from stage import Stage

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "release"
WORKS = {**EMBEDDED, **postgres_rows.WORKS, **mongo_rows.WORKS}


def parse_arguments():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", metavar="NAME", help=f"one row; may be repeated: {', '.join(WORKS)}; with --growth: {', '.join(growth.WORKS)}")
    parser.add_argument("--growth", action="store_true", help="another table: what a request costs on 10,000, 100,000 and 1,000,000 rows")
    parser.add_argument("--seconds", type=int, default=None, metavar="N", help="length of a slice (default 2, quick 1)")
    parser.add_argument("--rounds", type=int, default=None, metavar="N", help="slices of each side (default 7, quick 3)")
    parser.add_argument("--quick", action="store_true", help="short slices and 200,000 requests for the memory row: a look, not a verdict")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a target is missed")
    parser.add_argument("--items", type=int, default=None, metavar="N", help="rows in the table (default 100,000)")
    parser.add_argument("--holdfast", type=Path, default=BUILD / "holdfast", metavar="FILE", help="the binary to measure")
    parser.add_argument("--keep", action="store_true", help="leave the temporary folder for a look")
    arguments = parser.parse_args()
    works = growth.WORKS if arguments.growth else WORKS
    for name in arguments.only or []:
        if name not in works:
            parser.error(f"--only {name}: that is no row of this table. Rows: {', '.join(works)}")
    if arguments.growth and arguments.items:
        parser.error("--growth has sizes of its own; leave --items out")
    arguments.items = arguments.items or 100_000
    return arguments


def check_tools(binary, limits):
    tools = {"wrk": shutil.which("wrk"), **({"nginx": find_nginx()} if limits else {})}
    missing = [package for package, found in tools.items() if not found]
    if missing:
        raise BenchFailure(f"missing: {' '.join(missing)}. Install: apt-get install {' '.join(missing)}")
    if not binary.exists():
        raise BenchFailure(f"{binary} does not exist. Run ./dev build first")


def build(program):
    done = subprocess.run(["cmake", "--build", str(BUILD), "--target", program], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BenchFailure(f"{program} was not built: {(done.stdout + done.stderr)[-1500:]}")
    return BUILD / "bench" / program


def circumstances(arguments, options):
    """What a figure is worth nothing without."""
    def first_line(*command):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return (done.stdout + done.stderr).splitlines()[0].strip()

    found = {"cores": os.cpu_count(), "kernel": platform.release(), "wrk": first_line("wrk", "-v").split("[")[0].strip(),
             "sqlite": sqlite3.sqlite_version, "seconds": options.seconds, "rounds": options.rounds, "quick": arguments.quick}
    if arguments.growth:
        return {**found, "sizes": growth.SIZES}
    return {**found, "nginx": first_line(find_nginx(), "-v"), "items": arguments.items, "requests": options.requests}


def measure(folder, arguments, options):
    wanted = [name for name in WORKS if not arguments.only or name in arguments.only]
    rows, failures = [], []

    def attempt(name, work):
        progress(name)
        try:
            rows.extend(work())
        except BenchFailure as failure:  # one row that cannot be measured leaves the others standing
            failures.append(f"{name} was not measured: {failure}")
            progress(f"  {failures[-1]}")

    embedded = [name for name in wanted if name in EMBEDDED]
    if embedded:
        measure_embedded(folder, arguments, options, embedded, attempt)
    on_postgres = [name for name in wanted if name in postgres_rows.WORKS]
    if on_postgres:
        try:
            postgres_rows.measure(ROOT, arguments.holdfast, arguments.items, on_postgres, options, attempt)
        except BenchFailure as failure:
            failures.append(f"{', '.join(on_postgres)} were not measured: {failure}")
    for name in [name for name in wanted if name in mongo_rows.WORKS]:
        attempt(name, lambda name=name: mongo_rows.WORKS[name](ROOT, arguments.holdfast, arguments.items, folder / "mongo", options, build))
    return rows, failures


def measure_embedded(folder, arguments, options, wanted, attempt):
    stage = Stage(folder, ROOT, arguments.holdfast, arguments.items)
    if "post" in wanted:
        stage.raw_program = build("raw_sqlite_bench")
    if "search" in wanted or "scan" in wanted:
        stage.raw_query = build("raw_query_bench")
    if "parse" in wanted:
        stage.parse_filter = build("parse_filter_bench")
    stage.prepare()
    samples = {**stage.samples, "logs": stage.samples["item"]}
    with Nginx(folder, samples, logged=["logs"]) as nginx:
        nginx.wait_and_check()
        for name in wanted:
            attempt(name, lambda name=name: WORKS[name](stage, nginx, options))


def in_folder(keep, work):
    """What `work` answers, given a folder of its own."""
    parent = ROOT / "build" / "bench"
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=parent))
    try:
        return work(folder)
    finally:
        if keep:
            progress(f"kept {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


def run():
    arguments = parse_arguments()
    options = Options(arguments.seconds or (1 if arguments.quick else 2), arguments.rounds or (3 if arguments.quick else 7),
                      200_000 if arguments.quick else 1_000_000)
    check_tools(arguments.holdfast, limits=not arguments.growth)
    if arguments.growth:
        rows, failures = in_folder(arguments.keep, lambda folder: growth.measure(folder, ROOT, arguments.holdfast, arguments.only, options))
        told, shown = growth.as_json, growth.table
    else:
        rows, failures = in_folder(arguments.keep, lambda folder: measure(folder, arguments, options))
        told, shown = as_json, table
    if arguments.json:
        print(json.dumps(told(rows, failures, circumstances(arguments, options)), ensure_ascii=False, indent=2))
    else:
        print(shown(rows))
    for failure in failures:
        print(f"bench: {failure}", file=sys.stderr)
    missed = any(row.met is False for row in rows)
    return 1 if failures or (arguments.strict and missed) else 0


def main():
    def interrupted(*_):
        for each in signals:
            signal.signal(each, signal.SIG_IGN)  # a second Ctrl-C must not keep the servers from being stopped
        raise KeyboardInterrupt

    signals = [signal.SIGINT, signal.SIGTERM] + [signal.SIGHUP] * (signal.getsignal(signal.SIGHUP) == signal.SIG_DFL)  # not under nohup
    for each in signals:
        signal.signal(each, interrupted)
    try:
        return run()
    except BenchFailure as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bench: interrupted; the servers are stopped", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
