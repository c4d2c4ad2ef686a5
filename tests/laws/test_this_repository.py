"""Every law, on the repository itself."""

import pytest
from law_runner import ROOT, run_law

LAWS = sorted(path.stem.removeprefix("check_") for path in (ROOT / "tools").glob("check_*.py"))


@pytest.mark.parametrize("law", LAWS)
def test_this_repository_keeps_the_law(law):
    verdict = run_law(law, ROOT)
    assert verdict.status == 0, verdict.output


@pytest.mark.parametrize("law", LAWS)
def test_a_tree_with_nothing_to_check_does_not_pass(law, tmp_path):
    verdict = run_law(law, tmp_path)
    assert verdict.status == 1
    assert "nothing to check" in verdict.output


def test_the_laws_of_the_house_are_all_here():
    assert {"layers", "lengths", "coawait", "errors", "format", "tags"} <= set(LAWS)
