"""A line of JSON for each test that showed something of an engine, in the folder that HOLDFAST_TEST_REPORT names. tools/conformance.py reads them."""
import json
import os
import pathlib

import pytest

import server as servers

ROOMS = ("contract", "interop", "chaos")


class Report:
    """A pytest plugin."""

    def __init__(self, folder):
        self.file = pathlib.Path(folder) / f"pytest-{os.getpid()}.ndjson"
        self.versions = set()

    def pytest_runtest_logreport(self, report):
        told = dict(report.user_properties).get("conformance")
        if told and (report.when == "call" or report.outcome != "passed"):
            reason = report.longrepr[2] if report.skipped and isinstance(report.longrepr, tuple) else ""
            self._write({"kind": "pytest", **told, "test": report.nodeid, "outcome": report.outcome, "reason": reason.removeprefix("Skipped: ")})

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_setup(self, item):
        yield  # the engine is chosen there
        room, feature = item.path.parent.name, item.path.stem
        if room not in ROOMS:
            return
        engine = servers.ENGINE
        if engine.name not in self.versions:
            self.versions.add(engine.name)
            self._write({"kind": "version", "engine": engine.name, "version": engine.version(), "stand_in": bool(engine.stand_in)})
        told = {"room": room, "feature": feature, "title": first_line(item.module.__doc__), "engine": engine.name}
        parameters = item.callspec.params if hasattr(item, "callspec") else {}
        if "file" in parameters:
            file = parameters["file"]
            told.update(room="scenarios", feature=file.path.stem, title=file.about)
        marker = item.get_closest_marker("engines")
        told["only"] = list(marker.args) if marker else []
        item.user_properties.append(("conformance", told))

    def _write(self, line):
        with self.file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def first_line(text):
    return (text or "").strip().splitlines()[0]
