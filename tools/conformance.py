#!/usr/bin/python3
"""What was shown of which engine: from the reports of a test run to docs/conformance.md.

    collect FOLDER    what the tests wrote there (HOLDFAST_TEST_REPORT) → build/conformance.json. `./dev test` does this.
    accept            build/conformance.json → docs/conformance.json and docs/conformance.md, when all tests of all engines were run and passed

A test of tests/laws sees that docs/conformance.md is what docs/conformance.json makes. A ✓ stands for tests that were executed and passed,
their number behind it; everything else says what was not run, and why.
"""
import argparse
import collections
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
LAST, ACCEPTED, TABLE = ROOT / "build" / "conformance.json", ROOT / "docs" / "conformance.json", ROOT / "docs" / "conformance.md"
ENGINES = ("sqlite", "postgres", "pgbouncer", "mongodb")
OF_THE_LAW = ("sqlite", "postgres", "mongodb")  # a pooler is seen from outside only
SPECIFICATION = "memory"
DIFFERENTIAL = "answers whatever the specification answers"
GROUPS = {  # in this order: title, and what its rows are
    "law": ("The law", "What every engine does at its seam (`src/engine/testing/store_contract.h`), and the differential test: models, records and requests made by "
            "chance, whole answers compared with the specification in plain code."),
    "scenarios": ("Scenarios", "Requests and what must come of them, `tests/scenarios/NAME.yaml`; a row of the file is a test."),
    "contract": ("Processes", "`tests/contract/NAME.py`: many connections, restarts, drains."),
    "interop": ("With others", "`tests/interop/NAME.py`: the same database used by other software."),
    "chaos": ("Bad worlds", "`tests/chaos/NAME.py`: killed processes, cut connections, full disks."),
}
NOT_HERE = {  # why a cell is empty, where it is not for want of a run
    ("law", SPECIFICATION): "the others are compared with it",
    ("contract", "test_transcript"): "the others are compared with it",
    ("interop", "test_mongoose"): "Mongoose speaks to MongoDB only",
    ("interop", "test_prisma"): "Prisma is tried on PostgreSQL",
    ("chaos", "test_lost_mongodb"): "about MongoDB",
    ("chaos", "test_lost_postgres"): "about PostgreSQL; `test_lost_mongodb` is about MongoDB",
    ("chaos", "sqlite"): "there is no server to lose",
    ("chaos", "postgres"): "about SQLite's file and its process",
    ("interop", "pgbouncer"): "the rows are those of PostgreSQL",
    ("chaos", "pgbouncer"): "PostgreSQL itself is lost",
    ("chaos", "mongodb"): "what is kept counts only with a real mongod; what is answered: `test_lost_mongodb`",
}
NOT_AN_ENGINE = {("chaos", "test_proxy"), ("chaos", "test_verdict")}  # tests of the tests
GAPS = ("validators and collMod", "secondary indexes: plans, speed, advice", "explain", "sessions, transactions, snapshot reads", "durability")


def read_reports(folder):
    """Of a test that was run again the last result."""
    last = {}
    for path in sorted(pathlib.Path(folder).glob("*.ndjson"), key=lambda path: path.stat().st_mtime):
        for line in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            last[line["kind"], line.get("test", line.get("engine"))] = line
    return list(last.values())


def place_of(line):
    """(group, name, title, engine), or None for what is not about engines."""
    if line["kind"] == "catch2":
        engine, _, sentence = line["test"].partition(": ")
        return ("law", sentence, sentence, engine) if engine in (*OF_THE_LAW, SPECIFICATION) else None
    if len(line["only"]) == 1 or (line["room"], line["feature"]) in NOT_AN_ENGINE:
        return None
    return line["room"], line["feature"], line["title"], line["engine"]


def collect(lines):
    servers, features = {}, {}
    for line in lines:
        if line["kind"] == "version":
            servers[line["engine"]] = {"version": line["version"], "stand_in": line["stand_in"]}
            continue
        place = place_of(line)
        if place is None:
            continue
        group, name, title, engine = place
        feature = features.setdefault((group, name), {"group": group, "name": name, "title": title, "engines": {}})
        note(feature["engines"].setdefault(engine, {"passed": 0, "failed": 0, "cases": 0, "not_run": {}}), line)
    kept = [feature for feature in features.values() if feature["group"] != "law" or is_law(feature)]
    order = list(GROUPS)
    return {"servers": {engine: servers[engine] for engine in ENGINES if engine in servers},
            "features": sorted(kept, key=lambda one: (order.index(one["group"]), one["name"] == DIFFERENTIAL, one["name"]))}


def is_law(feature):
    """A sentence that more than one engine is tested by; the others are about one engine's own way."""
    return sum(engine in feature["engines"] for engine in OF_THE_LAW) > 1


def note(cell, line):
    if line["outcome"] == "skipped":
        cell["not_run"][line["reason"]] = cell["not_run"].get(line["reason"], 0) + 1
        return
    cell[line["outcome"]] += 1
    cell["cases"] += line.get("cases", 0)


def shown(feature, engine):
    """A cell of the table."""
    cell = feature["engines"].get(engine)
    if cell is None:
        return "not run: " + why_not(feature, engine)
    if cell["failed"]:
        return f"✗ {cell['failed']} of {cell['failed'] + cell['passed']} failed"
    parts = [f"✓ {cell['cases']:,} cases" if cell["cases"] else f"✓ {cell['passed']}"] if cell["passed"] else []
    parts += [f"{count} {reason if reason.startswith('not run') else 'not run: ' + reason}" for reason, count in sorted(cell["not_run"].items())]
    return "; ".join(parts)


def why_not(feature, engine):
    group, name = feature["group"], feature["name"]
    return NOT_HERE.get((group, name)) or NOT_HERE.get((group, engine)) or "no such test"


def table(result):
    servers = result["servers"]
    heads = {engine: f"{engine}: {servers[engine]['version'] if engine in servers else 'not run'}" for engine in ENGINES}
    lines = ["# Conformance: the same answers, on which server", "",
             "Made by `tools/conformance.py` from docs/conformance.json, which a run of all tests wrote (`./dev test`, then `tools/conformance.py accept`).",
             "✓ with the number of tests that were executed and passed; everything else says what was not run, and why.", ""]
    for group, (title, what) in GROUPS.items():
        rows = [feature for feature in result["features"] if feature["group"] == group]
        if rows:
            lines += section(group, title, what, rows, heads)
    lines += gaps(servers)
    return "\n".join(lines) + "\n"


def section(group, title, what, rows, heads):
    columns = (SPECIFICATION, *OF_THE_LAW) if group == "law" else ENGINES
    names = ["specification", *(heads[engine] for engine in OF_THE_LAW)] if group == "law" else list(heads.values())
    lines = [f"## {title}", what, "", "| what | " + " | ".join(names) + " |", "| --- |" + " --- |" * len(names)]
    for row in rows:
        what_it_is = row["title"] if group == "law" else f"`{row['name']}` {row['title']}"
        lines.append("| " + " | ".join([what_it_is.replace("|", "\\|"), *(shown(row, engine) for engine in columns)]) + " |")
    return [*lines, ""]


def gaps(servers):
    stand_in = servers.get("mongodb", {})
    if not stand_in.get("stand_in"):
        return []
    return ["## Not run: stand-in", f"No MongoDB could be had on the machine of this run; {stand_in['version']} stood in. What it cannot show was not run",
            "(docs/semantics.md); with `mongod` on the PATH, docker or `HOLDFAST_TEST_MONGODB_URI` it is run against the real one.", "",
            *(f"- {gap}: not run: stand-in" for gap in GAPS),
            "- order of characters beyond U+FFFF, comparison of decimals beyond what a double holds: not run: stand-in (the rows say so above)"]


def refusals(result):
    """Why this result may not be accepted as what the product does."""
    missing = [engine for engine in ENGINES if engine not in result["servers"]]
    yield from (f"{engine} was not run" for engine in missing)
    groups = collections.Counter(feature["group"] for feature in result["features"])
    yield from (f"nothing of `{group}` was run: run all tests" for group in GROUPS if not groups[group])
    for feature in result["features"]:
        failed = [engine for engine, cell in feature["engines"].items() if cell["failed"]]
        yield from (f"{feature['name']} failed on {engine}" for engine in failed)
        kept_by_all = feature["group"] == "law" and (SPECIFICATION in feature["engines"] or feature["name"] == DIFFERENTIAL)
        wanted = OF_THE_LAW if kept_by_all else ENGINES if feature["group"] == "scenarios" else ()
        yield from (f"{feature['name']} was not run on {engine}" for engine in wanted if engine not in feature["engines"])


def accept(with_faults):
    result = json.loads(LAST.read_text(encoding="utf-8"))
    refused = list(refusals(result))
    for one in refused:
        print(f"conformance: {one}", file=sys.stderr)
    if refused and not with_faults:
        return 1
    ACCEPTED.write_text(LAST.read_text(encoding="utf-8"), encoding="utf-8")
    TABLE.write_text(table(result), encoding="utf-8")
    return 0


def collect_to_last(folder):
    result = collect(read_reports(folder))
    LAST.parent.mkdir(exist_ok=True)
    LAST.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    for engine in ENGINES:
        cells = [feature["engines"][engine] for feature in result["features"] if engine in feature["engines"]]
        version = result["servers"].get(engine, {}).get("version", "version unknown")
        passed, failed = (sum(cell[outcome] for cell in cells) for outcome in ("passed", "failed"))
        not_run = sum(sum(cell["not_run"].values()) for cell in cells)
        print(f"conformance of {engine} ({version}): {passed} passed, {failed} failed, {not_run} not run")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("collect", "accept"))
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--with-faults", action="store_true", help="accept a run with failures or without an engine: the table then says so")
    arguments = parser.parse_args()
    if arguments.command == "collect" and not arguments.folder:
        parser.error("collect needs the folder that HOLDFAST_TEST_REPORT named")
    return collect_to_last(arguments.folder) if arguments.command == "collect" else accept(arguments.with_faults)


if __name__ == "__main__":
    sys.exit(main())
