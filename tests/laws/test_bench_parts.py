"""The bench is not run by the tests, but its arithmetic is: its own unit tests, in a process of their own."""

import re
import subprocess
import sys

from law_runner import ROOT


def test_the_parts_of_the_bench_pass_their_own_tests():
    command = [sys.executable, "-m", "unittest", "discover", "-s", "bench", "-p", "*_test.py"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert run.returncode == 0, run.stderr
    assert re.search(r"^Ran [1-9]\d* tests?", run.stderr, re.MULTILINE), run.stderr
