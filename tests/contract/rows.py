"""Reads tests/scenarios/*.yaml into rows and refuses what it does not understand. The form is described in tests/scenarios/README.md."""
import pathlib
import re

import yaml

import engines

SCENARIOS = pathlib.Path(__file__).resolve().parents[1] / "scenarios"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
REQUEST_KEYS = {"headers", "body", "raw", "chunks", "send", "exact", "walk", "after", "server", "needs"}
EXPECTATION_KEYS = {"status", "problem", "detail", "errors", "errors in any order", "answer", "answer exactly", "members", "contains", "lacks",
                    "matches", "headers out", "no headers", "at", "lists", "finds", "closes", "interim", "capture"}
FILE_KEYS = {"about", "project", "env", "arguments", "identify", "given", "scenarios"}


class RowError(Exception):
    """A scenario file that is itself wrong: where, and what."""


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML 1.2 core scalars only (no dates, no `on`, no 12:30), and no duplicate keys."""

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise RowError(f"line {key.start_mark.line + 1}: `{key.value}` twice")
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


Loader.yaml_implicit_resolvers = {}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(true|false)$"), list("tf"))
Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(null|~|)$"), ["n", "~", ""])
Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?(0|[1-9][0-9]*)$"), list("-+0123456789"))
Loader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9]+(\.[0-9]+([eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+)$"),
                             list("-+0123456789"))


class Row:
    """One request and what must come of it. `targets` has one entry per spelling; all of them must answer alike."""

    def __init__(self, source, spec):
        self.source = source
        self.spec = spec
        self.opens = "name" in spec
        self.title = spec.get("name") or spec.get("then")
        self._check()
        self.method = next((method for method in METHODS if method in spec), None)
        target = spec.get(self.method) if self.method else None
        self.targets = target if isinstance(target, list) else [target]
        if self.method and not all(isinstance(one, str) and one.startswith(("/", "${", "*")) for one in self.targets):
            raise RowError(f"{source}: `{self.title}` has a target that is no path (a comma outside quotes splits a list): {self.targets}")

    def _check(self):
        spec = self.spec
        if not isinstance(self.title, str):
            raise RowError(f"{self.source}: a row needs `name` or `then`: {spec}")
        verbs = [key for key in spec if key in METHODS or key == "send"]
        if len(verbs) != 1:
            raise RowError(f"{self.source}: `{self.title}` needs exactly one of {', '.join(METHODS)}, send")
        unknown = set(spec) - set(METHODS) - REQUEST_KEYS - EXPECTATION_KEYS - {"name", "then"}
        if unknown:
            raise RowError(f"{self.source}: `{self.title}` has unknown keys: {', '.join(sorted(unknown))}")
        if spec.get("needs", engines.NEEDS[0]) not in engines.NEEDS:
            raise RowError(f"{self.source}: `{self.title}` needs `{spec['needs']}`, known are: {', '.join(engines.NEEDS)}")
        if not set(spec) & {"status", "problem", "lists", "finds"}:
            raise RowError(f"{self.source}: `{self.title}` expects no status, problem, lists or finds, so it could never fail")

    def get(self, key, default=None):
        return self.spec.get(key, default)

    def has(self, key):
        return key in self.spec


class ScenarioFile:
    """One file: the project it runs on and its scenarios, each a list of chained rows."""

    def __init__(self, path):
        self.path = path
        content = load(path)
        unknown = set(content) - FILE_KEYS
        if unknown:
            raise RowError(f"{path.name}: unknown keys: {', '.join(sorted(unknown))}")
        self.about = content.get("about", path.stem)
        self.project = content["project"]
        self.environment = content.get("env", {})
        self.arguments = content.get("arguments", [])
        self.identify = content.get("identify", "name")
        self.given = [Row(path.name, spec) for spec in content.get("given", [])]
        self.scenarios = []
        for spec in content["scenarios"]:
            row = Row(path.name, spec)
            if row.opens:
                self.scenarios.append([])
            elif not self.scenarios:
                raise RowError(f"{path.name}: `then` comes before any `name`")
            self.scenarios[-1].append(row)


def load(path):
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader)
    except (RowError, yaml.YAMLError) as error:
        raise RowError(f"{path.name}: {error}") from None


def scenario_files():
    return [ScenarioFile(path) for path in sorted(SCENARIOS.glob("*.yaml"))]


REPEAT = re.compile(r"\$\{repeat (.+?) (\d+)\}", re.S)
NAME = re.compile(r"\$\{([A-Za-z][A-Za-z0-9]*)\}")


def fill(value, captured):
    """Puts captured values into strings, at any depth. A string that is one `${name}` becomes the value itself, type and all."""
    if isinstance(value, list):
        return [fill(one, captured) for one in value]
    if isinstance(value, dict):
        return {fill(key, captured): fill(one, captured) for key, one in value.items()}
    if not isinstance(value, str):
        return value
    value = REPEAT.sub(lambda found: found.group(1) * int(found.group(2)), value)
    alone = NAME.fullmatch(value)
    if alone:
        return look_up(alone.group(1), captured)
    return NAME.sub(lambda found: str(look_up(found.group(1), captured)), value)


def look_up(name, captured):
    if name not in captured:
        raise RowError(f"${{{name}}} was not captured by an earlier row of this scenario (did that row fail?)")
    return captured[name]
