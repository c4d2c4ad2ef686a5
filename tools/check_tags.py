#!/usr/bin/python3
"""Law: every C++ test is run by ctest.

CMakeLists.txt registers one ctest test a room, which runs the tests tagged `[room]`; a test with another tag, or of a room
that is not in that list, would never run and nobody would see it. So each TEST_CASE below src/ carries the tag of its room,
the first folder of its path or, when ctest runs that one too, the second (engine/postgres: tests that need a server are tagged [postgres],
the others [engine]), but not both, which would run it twice. Each room that has tests is in the list, and no room is there that has none
(Catch2 2 calls a run of no tests a success).
"""

import re

import cpp_text
import law

_TEST = re.compile(r'\b(?:TEMPLATE_)?(?:LIST_)?(?:TEST_CASE|SCENARIO)(?:_METHOD)?\s*\(')
_TAGS = re.compile(r'"(?:\\.|[^"\\])*"\s*,\s*"((?:\\.|[^"\\])*)"')
_ROOMS = re.compile(r"^foreach\s*\(\s*room\s+([^)]*)\)", re.MULTILINE)


def check(tree: law.Tree) -> tuple[int, list[law.Finding]]:
    cmake = tree.read("CMakeLists.txt") if tree.exists("CMakeLists.txt") else ""
    rooms = _ROOMS.search(cmake)
    registered = rooms[1].split() if rooms else []
    line = law.line_of(cmake, rooms.start()) if rooms else 1
    findings, tested, tests = [], set(), 0
    for path in [*tree.files("src", (".cpp", ".h")), *tree.files("tests", (".cpp", ".h"))]:
        text = cpp_text.comments_blanked(tree.read(path))
        room = path.split("/")[1]
        for match in _TEST.finditer(text):
            tests += 1
            head = text[match.end() : cpp_text.end_of_group(text, match.end() - 1)]
            tags = _TAGS.search(head)
            wanted = [room, *(folder for folder in path.split("/")[2:-1] if folder in registered)] if path.startswith("src/") else registered
            carried = [tag for tag in wanted if tags and f"[{tag}]" in tags[1]]
            tested.update(carried or wanted[:1])
            if not carried:
                findings.append(law.Finding(path, law.line_of(text, match.start()), f"ctest never runs this test: tag it [{wanted[0] if wanted else room}]"))
            if len(carried) > 1:
                findings.append(law.Finding(path, law.line_of(text, match.start()), f"ctest runs this test twice: tag it [{carried[0]}] or [{carried[1]}]"))
            if tags and "[." in tags[1]:
                findings.append(law.Finding(path, law.line_of(text, match.start()), "a hidden test ([.]) is never run: make it run, or delete it"))
    findings += [law.Finding("CMakeLists.txt", line, f"ctest does not run the tests of src/{room}/: add {room} to `foreach(room …)`")
                 for room in sorted(tested - set(registered)) if room != "unit"]
    findings += [law.Finding("CMakeLists.txt", line, f"ctest runs [{room}], but src/{room}/ has no test: write one, or take it from `foreach(room …)`")
                 for room in registered if room not in tested]
    return tests, findings


if __name__ == "__main__":
    law.main("tags", "tests", check)
