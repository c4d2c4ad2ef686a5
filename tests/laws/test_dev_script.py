"""What ./dev says and does around the tools: sourced with stand-ins for apt-get, dpkg-query and id, so nothing is installed."""

import pathlib
import re
import shutil
import signal
import subprocess

import pytest
from law_runner import ROOT

COMMANDS = ("build", "run", "test", "services", "fuzz", "bench", "format", "check", "clean")


def dev(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([ROOT / "dev", *arguments], capture_output=True, text=True, check=False, timeout=60)


def hear_interrupts() -> None:
    """Who was started in the background by a shell without job control ignores SIGINT, and so would bash, which then cannot trap it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def sourced(script: str, folder: pathlib.Path) -> subprocess.CompletedProcess:
    """Runs bash code that sees the functions of dev, in an empty folder."""
    return subprocess.run(["bash", "-c", f"source {ROOT}/dev\n{script}"], cwd=folder, capture_output=True, text=True, check=False, timeout=60,
                          preexec_fn=hear_interrupts)


def test_the_help_names_every_command():
    help_ = dev("--help")
    assert help_.returncode == 0
    assert all(re.search(rf"^  {command} +\w", help_.stdout, re.MULTILINE) for command in COMMANDS)
    assert dev().stdout == help_.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_teaches_itself_and_does_nothing_then(command):
    run = dev(command, "--help")
    assert run.returncode == 0 and run.stderr == ""
    assert run.stdout.startswith(f"./dev {command}")


def test_an_unknown_command_is_a_usage_error_that_names_the_known_ones():
    run = dev("biuld")
    assert run.returncode == 64
    assert "`biuld` is not a command" in run.stderr and all(command in run.stderr for command in COMMANDS)


def test_a_command_without_arguments_refuses_them():
    run = dev("clean", "everything")
    assert run.returncode == 64 and "takes no arguments, got: everything" in run.stderr


def test_when_all_is_installed_one_dpkg_query_is_all_it_costs(tmp_path):
    run = sourced(
        """
        dpkg-query() { echo called >>calls; shift 2; printf 'installed %s\\n' "$@"; }
        apt-get() { echo "apt-get $*" >>calls; }
        warn_unless_debian_12() { :; }
        install_packages "${build_packages[@]}" "${test_packages[@]}"
        """,
        tmp_path,
    )
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "calls").read_text() == "called\n"
    assert run.stderr == ""


def test_root_installs_what_is_missing_and_only_that(tmp_path):
    run = sourced(
        """
        dpkg-query() { echo 'installed git'; echo 'config-files mold'; return 1; }
        apt-get() { echo "apt-get $*"; }
        without_services() { "$@"; }
        id() { echo 0; }
        install_packages git mold wrk
        """,
        tmp_path,
    )
    assert run.returncode == 0, run.stderr
    assert "installing 2 packages: mold wrk" in run.stderr
    assert "update" in (tmp_path / "build/log/apt-update.log").read_text()
    installed = (tmp_path / "build/log/apt-install.log").read_text()
    assert "--no-install-recommends mold wrk" in installed and "git" not in installed


def test_anyone_else_is_told_the_packages_and_the_one_line(tmp_path):
    run = sourced(
        """
        dpkg-query() { echo 'installed git'; return 1; }
        apt-get() { echo "apt-get was called" >&2; }
        id() { echo 1000; }
        install_packages git mold wrk
        echo "went on" >&2
        """,
        tmp_path,
    )
    assert run.returncode == 1
    assert "2 packages are missing: mold wrk" in run.stderr
    assert "\nsudo apt-get install --yes --no-install-recommends mold wrk\n" in run.stderr
    assert "was called" not in run.stderr and "went on" not in run.stderr


def test_a_tool_that_fails_shows_the_end_of_what_it_said(tmp_path):
    run = sourced("broken() { seq 100; echo the reason >&2; return 7; }\nquietly build broken tool", tmp_path)
    assert run.returncode == 7
    assert "\n99\n100\nthe reason\n" in run.stderr and "\n40\n" not in run.stderr
    assert "build/log/build.log" in run.stderr


@pytest.mark.parametrize(("ctest_status", "pytest_status", "expected"), [(0, 0, 0), (8, 0, 1), (0, 1, 1), (0, 5, 1)])
def test_the_test_command_runs_both_and_fails_when_either_does(tmp_path, ctest_status, pytest_status, expected):
    run = sourced(
        f"""
        install_packages() {{ :; }}
        build_targets() {{ mkdir -p "$logs"; }}
        start_services() {{ :; }}
        ctest() {{ echo '90% tests passed, 1 tests failed out of 10'; echo 'Total Test time (real) =   0.02 sec'; return {ctest_status}; }}
        fake_python() {{ echo "arguments: $*, long=${{HOLDFAST_TEST_LONG:-}}"; echo '=== 3 passed in 0.10s ==='; return {pytest_status}; }}
        python=fake_python
        main test --long -k cursor
        """,
        tmp_path,
    )
    assert run.returncode == expected, run.stderr
    assert "arguments: -m pytest -k cursor, long=1" in run.stdout
    assert run.stdout.endswith("90% tests passed, 1 tests failed out of 10\nTotal Test time (real) =   0.02 sec\n=== 3 passed in 0.10s ===\n")


STAND_INS = """
install_packages() { echo "packages: $*"; }
build_targets() { mkdir -p "$logs"; echo "built in $preset: $*"; }
start_services() { echo "servers are up"; }
ctest() { echo "ctest $*"; echo '100% tests passed, 0 tests failed out of 10'; }
fake_python() { echo "pytest $*, program=${HOLDFAST_BINARY:-}"; echo '=== 3 passed in 0.10s ==='; }
python=fake_python
fuzz_names() { echo filter; }
fuzz_one() { echo "fuzz $1 for $2 s"; }
"""


def test_the_sanitized_run_has_its_own_build_and_fuzzes(tmp_path):
    sanitized = sourced(STAND_INS + "main test --sanitize -x", tmp_path)
    assert sanitized.returncode == 0, sanitized.stderr
    assert "built in sanitize: holdfast holdfast_tests fuzzers" in sanitized.stdout
    assert "ctest --test-dir build/sanitize" in sanitized.stdout and "fuzz filter for 5 s" in sanitized.stdout
    assert f"pytest -m pytest tests/contract -x, program={tmp_path}/build/sanitize/holdfast" in sanitized.stdout
    assert sanitized.stdout.endswith("no findings of the sanitizers\n")


def test_the_ordinary_run_tests_the_release_and_then_fuzzes_every_target_for_5_seconds(tmp_path):
    plain = sourced(STAND_INS + "main test", tmp_path)
    assert plain.returncode == 0, plain.stderr
    steps = ["pgbouncer", "clang-16", "built in release: holdfast holdfast_tests\n", "servers are up\n", "ctest --test-dir build/release", "pytest -m pytest, program=\n",
             "built in sanitize: fuzzers\n", "fuzz filter for 5 s\n", "3 passed"]
    places = [plain.stdout.find(step) for step in steps[:-1]] + [plain.stdout.rfind(steps[-1])]
    assert -1 not in places and places == sorted(places), plain.stdout


def test_who_looks_for_one_test_does_not_wait_for_the_fuzz_targets(tmp_path):
    run = sourced(STAND_INS + "main test -k cursor", tmp_path)
    assert run.returncode == 0 and "fuzz" not in run.stdout


def test_a_fuzz_target_that_finds_something_fails_the_ordinary_run_too(tmp_path):
    run = sourced(STAND_INS + "fuzz_one() { return 1; }\nmain test", tmp_path)
    assert run.returncode == 1


def test_the_thread_run_takes_what_has_threads_and_leaves_out_the_kill_test(tmp_path):
    run = sourced(STAND_INS + "main test --tsan", tmp_path)
    assert run.returncode == 0, run.stderr
    assert "ctest --test-dir build/tsan" in run.stdout and "-R ^(engine|postgres|mongo|http)$" in run.stdout
    assert "test_concurrency.py" in run.stdout and "test_connection.py" in run.stdout and "chaos" not in run.stdout


def test_a_finding_of_a_killed_server_fails_the_run_and_one_of_an_earlier_run_does_not(tmp_path):
    (tmp_path / "build/log").mkdir(parents=True)
    (tmp_path / "build/log/finding.1").write_text("an old race")
    script = STAND_INS + "fake_python() { [ -z \"${FINDING:-}\" ] || echo 'a new race' >build/log/finding.2; }\nmain test --tsan"
    assert sourced(script, tmp_path).returncode == 0
    run = sourced("FINDING=1\n" + script, tmp_path)
    assert run.returncode == 1
    assert "a new race" in run.stderr and "a finding: build/log/finding.2" in run.stderr and "old race" not in run.stderr


@pytest.mark.parametrize(("arguments", "what"), [
    (("nonsense",), "`nonsense` is not a fuzz target: cursor filter json model parameters request search"),
    (("--seconds", "soon"), "--seconds takes a number"),
    (("--seconds",), "--seconds takes a number"),
])
def test_fuzzing_refuses_what_it_does_not_know_before_it_builds(arguments, what):
    run = dev("fuzz", *arguments)
    assert run.returncode == 64 and what in run.stderr


def test_a_fuzz_target_that_finds_something_fails_the_run(tmp_path):
    (tmp_path / "build/sanitize/tests/fuzz").mkdir(parents=True)
    program = tmp_path / "build/sanitize/tests/fuzz/fuzz_filter"
    program.write_text("#!/bin/sh\necho 'this does not hold'\nexit 77\n")
    program.chmod(0o755)
    run = sourced("fuzz_names() { echo filter; }\nfuzz_all 1", tmp_path)
    assert run.returncode == 1 and "this does not hold" in run.stderr and "fuzz filter: a finding" in run.stderr


KEEPER = """
fake_python() {
  echo "$2 $*" >>calls
  case $2 in
    up) echo "export HOLDFAST_TEST_DATABASE_URL='a b'"; echo '# words for people'; return "${UP:-0}" ;;
  esac
}
python=fake_python
logs=.
"""


@pytest.mark.parametrize("end", ["exit 3", "kill -INT $$; sleep 5", "kill -TERM $$; sleep 5", "false"])
def test_servers_are_stopped_however_the_run_ends(tmp_path, end):
    run = sourced(KEEPER + f'start_services\necho "url: $HOLDFAST_TEST_DATABASE_URL"\n{end}', tmp_path)
    assert run.returncode != 0 and "url: a b\n" in run.stdout
    assert [line.split()[0] for line in (tmp_path / "calls").read_text().splitlines()] == ["up", "down"]


def test_a_run_without_servers_ends_before_it_tests_anything(tmp_path):
    run = sourced(STAND_INS.replace("start_services()", "no_start_services()") + KEEPER + "UP=1\nmain test", tmp_path)
    assert run.returncode == 1 and "ctest" not in run.stdout


@pytest.mark.parametrize("arguments", [(), ("sideways",), ("up", "now")])
def test_services_takes_one_word(arguments):
    run = dev("services", *arguments)
    assert run.returncode == 64 and "takes up, down or status" in run.stderr


def test_another_system_is_warned_and_served(tmp_path):
    run = sourced("dpkg-query() { shift 2; printf 'installed %s\\n' \"$@\"; }\nwarn_unless_debian_12", tmp_path)
    assert run.returncode == 0
    here = pathlib.Path("/etc/os-release").read_text(encoding="utf-8")
    is_debian_12 = "\nID=debian\n" in f"\n{here}" and 'VERSION_ID="12"' in here
    assert ("Debian 12. Going on" in run.stderr) != is_debian_12


def test_services_are_held_back_while_installing_and_only_then(tmp_path):
    run = sourced("service_policy=policy\nwithout_services ./policy", tmp_path)
    assert run.returncode == 101
    assert not (tmp_path / "policy").exists()


def test_the_policy_of_the_machines_owner_stays_as_it_is(tmp_path):
    (tmp_path / "policy").write_text("mine")
    assert sourced("service_policy=policy\nwithout_services cat policy", tmp_path).stdout == "mine"
    assert (tmp_path / "policy").read_text() == "mine"


def test_the_scripts_are_clean_for_shellcheck():
    assert shutil.which("shellcheck"), "shellcheck is missing: ./dev test installs it"
    run = subprocess.run(["shellcheck", ROOT / "dev", ROOT / ".ci/run"], capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 0, run.stdout


def test_ci_is_the_test_command_and_nothing_else():
    lines = (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()
    assert lines[-1] == "exec ./dev test"
