"""docs/conformance.md says what the last accepted run showed, and the generator cannot make a ✓ of anything else."""
import json
import os
import sys

import pytest
from law_runner import ROOT

sys.path.insert(0, str(ROOT / "tools"))
import conformance  # noqa: E402


def version(engine, stand_in=False):
    return {"kind": "version", "engine": engine, "version": f"{engine} 1", "stand_in": stand_in}


def shown_by(engine, outcome="passed", room="scenarios", feature="filters", only=(), reason=""):
    return {"kind": "pytest", "room": room, "feature": feature, "title": "Filters.", "engine": engine, "only": list(only), "test": "t", "outcome": outcome,
            "reason": reason}


def law(engine, outcome="passed", sentence="keeps what is written", cases=0):
    return {"kind": "catch2", "test": f"{engine}: {sentence}", "outcome": outcome, "cases": cases}


def cells(lines, feature, engine):
    result = conformance.collect(lines)
    return [conformance.shown(one, engine) for one in result["features"] if one["name"] == feature]


def test_the_table_is_what_the_last_accepted_run_makes():
    result = json.loads((ROOT / "docs/conformance.json").read_text(encoding="utf-8"))
    assert (ROOT / "docs/conformance.md").read_text(encoding="utf-8") == conformance.table(result), \
        "docs/conformance.md was changed by hand: run all tests (./dev test), then tools/conformance.py accept"


def test_a_tick_stands_for_executed_tests_that_passed_and_nothing_else():
    assert cells([shown_by("postgres"), shown_by("postgres")], "filters", "postgres") == ["✓ 2"]
    assert cells([shown_by("postgres")], "filters", "mongodb") == ["not run: no such test"]
    assert cells([shown_by("postgres"), shown_by("postgres", "failed")], "filters", "postgres") == ["✗ 1 of 2 failed"]
    assert cells([shown_by("mongodb", "skipped", reason="not run: stand-in: order")], "filters", "mongodb") == ["1 not run: stand-in: order"]
    assert cells([shown_by("mongodb"), shown_by("mongodb", "skipped", reason="no time")], "filters", "mongodb") == ["✓ 1; 1 not run: no time"]


def test_the_law_has_the_sentences_that_engines_share():
    lines = [law("memory"), law("sqlite"), law("mongodb"), law("sqlite", sentence="its file is locked"), law("memory", sentence="strings compare"),
             law("sqlite", sentence=conformance.DIFFERENTIAL, cases=10_000), law("postgres", sentence=conformance.DIFFERENTIAL, cases=5)]
    assert cells(lines, "keeps what is written", "mongodb") == ["✓ 1"]
    assert cells(lines, "keeps what is written", "postgres") == ["not run: no such test"]
    assert cells(lines, conformance.DIFFERENTIAL, "sqlite") == ["✓ 10,000 cases"]
    assert cells(lines, "its file is locked", "sqlite") == cells(lines, "strings compare", "memory") == []


def test_a_test_that_was_run_again_counts_once(tmp_path):
    for number, outcome in enumerate(("failed", "passed")):
        (tmp_path / f"{number}.ndjson").write_text(json.dumps(shown_by("postgres", outcome)) + "\n", encoding="utf-8")
        os.utime(tmp_path / f"{number}.ndjson", (number, number))
    assert cells(conformance.read_reports(tmp_path), "filters", "postgres") == ["✓ 1"]


def test_what_is_about_one_engine_or_none_is_no_feature():
    lines = [shown_by("sqlite", room="contract", feature="test_database", only=["sqlite"]), shown_by("sqlite", room="chaos", feature="test_proxy")]
    assert conformance.collect(lines)["features"] == []


def test_gaps_are_named_where_the_stand_in_served_and_only_there():
    assert "explain: not run: stand-in" in conformance.table(conformance.collect([version("mongodb", stand_in=True), shown_by("mongodb")]))
    assert "stand-in" not in conformance.table(conformance.collect([version("mongodb"), shown_by("mongodb")]))


FULL = [line for engine in conformance.ENGINES for line in
        (version(engine), *([law(engine)] if engine in conformance.OF_THE_LAW else []), shown_by(engine), *(shown_by(engine, room=room, feature="a") for room in ("contract", "interop", "chaos")))]


def test_a_full_run_without_failures_may_be_accepted():
    assert list(conformance.refusals(conformance.collect([law("memory"), *FULL]))) == []


@pytest.mark.parametrize("lines, reason", [
    ([line for line in FULL if line.get("engine") != "mongodb"], "mongodb was not run"),
    ([*FULL, shown_by("postgres", "failed")], "filters failed on postgres"),
    ([*FULL, shown_by("sqlite", feature="sorting")], "sorting was not run on postgres"),
    ([line for line in FULL if line.get("room") != "chaos"], "nothing of `chaos` was run: run all tests"),
])
def test_any_other_may_not(lines, reason):
    assert reason in list(conformance.refusals(conformance.collect([law("memory"), *lines])))
