"""Runs one law on one tree."""

import dataclasses
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


@dataclasses.dataclass(frozen=True)
class Verdict:
    status: int
    output: str

    @property
    def findings(self) -> list[str]:
        """The finding lines, without the summary that ends the output."""
        return self.output.splitlines()[:-1]


def run_law(name: str, root: pathlib.Path) -> Verdict:
    run = subprocess.run([sys.executable, ROOT / "tools" / f"check_{name}.py", root], capture_output=True, text=True, check=False, timeout=120)
    return Verdict(run.returncode, run.stdout + run.stderr)
