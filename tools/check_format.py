#!/usr/bin/python3
"""Law: all C++ is in the house format (.clang-format, clang-format 14). `./dev format` puts it there."""

import re
import shutil
import subprocess
import sys

import law

_VIOLATION = re.compile(r"^(?P<path>[^:\n]+):(?P<line>\d+):\d+: (?:error|warning): code should be clang-formatted", re.MULTILINE)


def check(tree: law.Tree) -> tuple[int, list[law.Finding]]:
    if shutil.which("clang-format") is None:
        sys.exit("format: there is no clang-format: apt-get install clang-format, or run ./dev check, which installs it")
    paths = [path for folder in ("src", "tests", "bench") for path in tree.files(folder, (".h", ".cpp"))]
    if not paths:
        return 0, []
    run = subprocess.run(["clang-format", "--dry-run", "-Werror", "--style=file", *paths], cwd=tree.root, capture_output=True, text=True, check=False)
    first_lines: dict[str, int] = {}
    for violation in _VIOLATION.finditer(run.stderr):
        first_lines.setdefault(violation["path"], int(violation["line"]))
    if run.returncode != 0 and not first_lines:
        sys.exit(f"format: clang-format failed:\n{run.stderr}")
    return len(paths), [law.Finding(path, line, "not in the house format from here on: run ./dev format") for path, line in first_lines.items()]


if __name__ == "__main__":
    law.main("format", "files", check)
