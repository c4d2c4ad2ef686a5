"""./dev services without a server: what is said when none can be had, what is taken instead, and that a keeper never outlives its owner."""
import os
import subprocess
import sys
import time

import pytest
from law_runner import ROOT

sys.path.insert(0, str(ROOT / "tests/services"))
import child  # noqa: E402
import mongodb  # noqa: E402
import postgres  # noqa: E402

NAMED = {"HOLDFAST_TEST_DATABASE_URL": "postgresql://u:it's@127.0.0.1:1/d", "HOLDFAST_TEST_POOLER_URL": "postgresql://u:p@127.0.0.1:2/d",
         "HOLDFAST_TEST_MONGODB_URI": "mongodb://127.0.0.1:3"}
DEADLINE_SECONDS = 20.0


def services(state, *arguments, **environment):
    command = [sys.executable, ROOT / "tests/services/services.py", *arguments, "--state", state]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **NAMED, **environment}, timeout=60)


def ends(question):
    until = time.monotonic() + DEADLINE_SECONDS
    while question() and time.monotonic() < until:
        time.sleep(0.01)
    return not question()


def test_no_mongodb_at_all_is_an_error_that_names_every_way_to_one(monkeypatch, tmp_path):
    monkeypatch.setattr(child, "program", lambda *_: None)
    with pytest.raises(child.Missing) as missing:
        mongodb.server(tmp_path)
    assert all(way in str(missing.value) for way in ("HOLDFAST_TEST_MONGODB_URI", "mongod", "docker", "maven"))


def test_no_postgresql_at_all_is_an_error_that_says_how_to_get_one(monkeypatch):
    monkeypatch.setattr(child, "program", lambda *_: None)
    with pytest.raises(child.Missing, match="apt-get install postgresql.*HOLDFAST_TEST_DATABASE_URL"):
        postgres.tool("initdb")


@pytest.mark.parametrize("there, kind", [({"mongod", "java", "mvn"}, mongodb.Mongod), ({"java", "mvn"}, mongodb.StandIn)])
def test_a_real_mongodb_is_taken_before_the_stand_in(monkeypatch, tmp_path, there, kind):
    monkeypatch.setattr(child, "program", lambda name, *_: name if name in there else None)
    assert type(mongodb.server(tmp_path)) is kind


def test_a_server_that_ends_at_once_is_told_with_what_it_printed(tmp_path):
    def start(port):
        started = child.Child(["sh", "-c", "echo the disk is gone; exit 3"], tmp_path / "log")
        return started, started.wait_until(lambda: False)

    with pytest.raises(child.Broken, match="status 3.*\n.*the disk is gone"):
        child.start_on_free_port(start)


def test_what_variables_name_is_not_started_but_told(tmp_path):
    up = services(tmp_path, "up")
    assert up.returncode == 0, up.stderr
    shown = subprocess.run(["bash", "-c", up.stdout + 'echo "$HOLDFAST_TEST_DATABASE_URL"'], capture_output=True, text=True, env={}).stdout
    assert shown == NAMED["HOLDFAST_TEST_DATABASE_URL"] + "\n"
    assert services(tmp_path, "up").stdout == up.stdout == services(tmp_path, "status").stdout
    assert services(tmp_path, "down").returncode == 0
    assert services(tmp_path, "status").returncode == 1 and services(tmp_path, "down").returncode == 0


def test_the_keeper_ends_with_its_owner(tmp_path):
    owner = subprocess.Popen(["sleep", "60"])
    try:
        assert services(tmp_path, "up", "--until", str(owner.pid)).returncode == 0
        assert (tmp_path / "state.json").exists()
    finally:
        owner.kill()
        owner.wait()
    assert ends((tmp_path / "state.json").exists)
