"""What the laws of the house share: the tree they read, the findings they print, how they end.

A law is a program `tools/check_NAME.py [ROOT]`. It prints one line a finding, `file:line: what, and what to do`, then one
line of summary, and exits 1 when there was a finding. Without ROOT it reads the repository that it is part of.
"""

import argparse
import dataclasses
import pathlib
import sys
from collections.abc import Callable, Iterable, Iterator

HOME = pathlib.Path(__file__).resolve().parent.parent


@dataclasses.dataclass(frozen=True, order=True)
class Finding:
    path: str  # from the root, with forward slashes
    line: int  # from 1
    text: str  # what is wrong, and what to do

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


class Tree:
    """The files of one repository, by their path from its root."""

    def __init__(self, root: pathlib.Path):
        self.root = root

    def files(self, folder: str, suffixes: Iterable[str]) -> Iterator[str]:
        """Every file below `folder` that has one of the suffixes, sorted; none when there is no such folder."""
        for path in sorted((self.root / folder).rglob("*")):
            if path.suffix in suffixes and path.is_file() and "__pycache__" not in path.parts:
                yield path.relative_to(self.root).as_posix()

    def exists(self, path: str) -> bool:
        return (self.root / path).is_file()

    def read(self, path: str) -> str:
        return (self.root / path).read_text(encoding="utf-8")


def line_of(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def main(name: str, unit: str, check: Callable[[Tree], tuple[int, list[Finding]]]) -> None:
    """Runs one law. `check` returns how many `unit`s it looked at and what it found; to look at nothing is a failure too."""
    parser = argparse.ArgumentParser(prog=f"check_{name}.py", description=sys.modules["__main__"].__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", nargs="?", type=pathlib.Path, default=HOME, help="repository to check (default: this one)")
    root = parser.parse_args().root.resolve()
    looked_at, findings = check(Tree(root))
    for finding in sorted(set(findings)):
        print(finding)
    if looked_at == 0:
        print(f"{name}: found no {unit} under {root}, so there was nothing to check: is this the repository's root?")
    elif findings:
        print(f"{name}: {len(set(findings))} findings in {looked_at} {unit}")
    else:
        print(f"{name}: {looked_at} {unit} are fine")
    sys.exit(1 if findings or looked_at == 0 else 0)
