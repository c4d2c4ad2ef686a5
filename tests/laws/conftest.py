"""Laws are judged on little trees written by the tests: a law that cannot refuse is no law."""

import textwrap

import pytest
from law_runner import Verdict, run_law


@pytest.fixture(scope="session", autouse=True)
def binary():
    """Laws read sources: they need no build."""


@pytest.fixture
def judge(tmp_path):
    """judge(law, {path: text}) → Verdict of the law on a tree with these files."""

    def judge_tree(name: str, files: dict[str, str]) -> Verdict:
        for path, text in files.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(textwrap.dedent(text), encoding="utf-8")
        return run_law(name, tmp_path)

    return judge_tree
