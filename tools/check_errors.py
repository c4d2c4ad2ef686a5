#!/usr/bin/python3
"""Law: every error code has its entry in docs/errors.md and a test that provokes it.

The codes are `enum class Code` of src/base/error.h; the table of src/base/error.cpp must name them in the same order.
An entry is a heading `## code` of docs/errors.md. A test that provokes it is a row `problem: code` in tests/scenarios/,
or a test in tests/**/*.py or src/**/*_test.cpp that says so in a comment, `provokes: code, code`, and names the code in what it asserts.
Codes that this version cannot reach yet stand in the list under the heading `## Not reachable yet` (`- `code`: why`);
they need no entry and may have no test.
"""

import re

import cpp_text
import law

HEADER, TABLE, DOCUMENT = "src/base/error.h", "src/base/error.cpp", "docs/errors.md"
NOT_YET = "Not reachable yet"

_ENUM = re.compile(r"\benum\s+class\s+Code\b[^{;]*\{")
_ENUMERATOR = re.compile(r"\bk([A-Z]\w*)")
_ROW = re.compile(r'\{\s*"([a-z_]+)"\s*,\s*\d{3}\s*,')
_HEADING = re.compile(r"^## +(.+?)\s*$", re.MULTILINE)
_LISTED = re.compile(r"^[-*] +`([a-z_]+)`", re.MULTILINE)
_CODE = re.compile(r"`?([a-z][a-z_]*)`?")
_PROBLEM = re.compile(r"(?:^|[{,\s-])problem:\s*[\"']?([a-z_]+)", re.MULTILINE)
_PROVOKES = re.compile(r"(?:#|//)\s*provokes:\s*([a-z_]+(?:\s*,\s*[a-z_]+)*)")

Places = dict[str, tuple[str, int]]  # code → file and line


def snake_case(camel: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", camel).lower()


def declared(tree: law.Tree) -> Places:
    """The codes of the enumeration, in its order."""
    code = cpp_text.code_only(tree.read(HEADER)) if tree.exists(HEADER) else ""
    enum = _ENUM.search(code)
    if not enum:
        return {}
    end = cpp_text.end_of_group(code, enum.end() - 1)
    return {snake_case(name[1]): (HEADER, law.line_of(code, name.start())) for name in _ENUMERATOR.finditer(code, enum.end(), end)}


def documented(tree: law.Tree) -> tuple[Places, Places]:
    """The codes with an entry, and those listed as not reachable yet."""
    text = tree.read(DOCUMENT) if tree.exists(DOCUMENT) else ""
    entries, not_yet = {}, {}
    headings = list(_HEADING.finditer(text))
    for number, heading in enumerate(headings):
        end = headings[number + 1].start() if number + 1 < len(headings) else len(text)
        if heading[1] == NOT_YET:
            not_yet |= {item[1]: (DOCUMENT, law.line_of(text, item.start())) for item in _LISTED.finditer(text, heading.end(), end)}
        elif code := _CODE.fullmatch(heading[1]):
            entries[code[1]] = (DOCUMENT, law.line_of(text, heading.start()))
    return entries, not_yet


def provoked(tree: law.Tree) -> tuple[Places, list[law.Finding]]:
    """The codes that a test provokes, and comments that promise what their file does not do."""
    places, findings = {}, []
    for path in tree.files("tests/scenarios", (".yaml", ".yml")):
        text = re.sub(r"(?m)(?:^|\s)#.*$", "", tree.read(path))
        for match in _PROBLEM.finditer(text):
            places.setdefault(match[1], (path, law.line_of(text, match.start(1))))
    tests = [path for path in tree.files("tests", (".py",)) if not path.startswith("tests/laws/")]
    tests += [path for path in tree.files("src", (".cpp",)) if path.endswith("_test.cpp")]
    for path in tests:
        text = tree.read(path)
        rest = _PROVOKES.sub("", text)
        for match in _PROVOKES.finditer(text):
            for code in re.split(r"\s*,\s*", match[1]):
                line = law.line_of(text, match.start())
                camel = "Code::k" + "".join(word.capitalize() for word in code.split("_"))
                if f'"{code}"' not in rest and f"'{code}'" not in rest and camel not in rest:
                    findings.append(law.Finding(path, line, f"says that it provokes {code} but asserts no \"{code}\": assert it, or drop the comment"))
                places.setdefault(code, (path, line))
    return places, findings


def table_findings(tree: law.Tree, codes: list[str]) -> list[law.Finding]:
    """describe() indexes its table by the code: one name out of order and clients are told a wrong status."""
    text = cpp_text.comments_blanked(tree.read(TABLE)) if tree.exists(TABLE) else ""
    rows = list(_ROW.finditer(text))
    for number, (code, row) in enumerate(zip(codes, rows)):
        if code != row[1]:
            return [law.Finding(TABLE, law.line_of(text, row.start()), f"row {number} is {row[1]}, but code {number} of {HEADER} is {code}: put them in one order")]
    if len(codes) != len(rows):
        return [law.Finding(TABLE, 1, f"{len(rows)} rows for {len(codes)} codes of {HEADER}: give each code its row")]
    return []


def check(tree: law.Tree) -> tuple[int, list[law.Finding]]:
    codes = declared(tree)
    entries, not_yet = documented(tree)
    tests, findings = provoked(tree)
    findings += table_findings(tree, list(codes))
    for code, (path, line) in codes.items():
        if code not in not_yet and code not in entries:
            findings.append(law.Finding(path, line, f"{code} has no entry: add `## {code}` to {DOCUMENT}"))
        if code not in not_yet and code not in tests:
            findings.append(law.Finding(path, line, f"no test provokes {code}: add a row with `problem: {code}` to tests/scenarios/"))
    for code, (path, line) in not_yet.items():
        if code in entries or code in tests:
            there = entries.get(code) or tests[code]
            findings.append(law.Finding(path, line, f"{code} is called not reachable, but see {there[0]}:{there[1]}: take it from this list"))
    for kind, places in (("an entry", entries), ("a place in the list", not_yet), ("a test", tests)):
        for code, (path, line) in places.items():
            # What later versions will have may be announced in the list before the enumeration has it.
            if code not in codes and places is not not_yet:
                findings.append(law.Finding(path, line, f"{code} has {kind} but is no code of {HEADER}: correct the name, or remove it"))
    return len(codes), findings


if __name__ == "__main__":
    law.main("errors", "codes", check)
