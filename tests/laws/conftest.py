"""Laws are judged on little trees written by the tests: a law that cannot refuse is no law."""

import dataclasses
import pathlib
import subprocess
import sys
import textwrap

import pytest

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


@pytest.fixture
def judge(tmp_path):
    """judge(law, {path: text}) → Verdict of the law on a tree with these files."""

    def judge_tree(name: str, files: dict[str, str]) -> Verdict:
        for path, text in files.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(textwrap.dedent(text), encoding="utf-8")
        return run_law(name, tmp_path)

    return judge_tree
