"""kill -9 in the middle of writing: nothing that was acknowledged is lost, nothing is done by half, nothing is done twice.

Clients write and journal each answer (workload.py). The server is killed at a random instant, the files are checked as the kill left them,
the server is started again on them (some starts are killed too), and everything is compared with the journals (verdict.py).
"""
import os
import random
import shutil
import statistics
import subprocess
import time

import server as servers
from verdict import check_files, check_records, check_replays
from workload import MODELS, finish, start_clients

LONG = os.environ.get("HOLDFAST_TEST_LONG") == "1"
CHAPTERS = 25 if LONG else 1  # each begins with an empty database, which keeps the checks short
ROUNDS = 40 if LONG else 32  # of one chapter
CLIENTS = 4
START_KILLED = 0.25  # how often a restart is killed too, before one is let live
RESTART_SECONDS = 1.0


def test_nothing_acknowledged_is_lost_by_kill_9(serve, tmp_path):
    seed = int(os.environ.get("HOLDFAST_TEST_SEED") or random.SystemRandom().randrange(1 << 32))
    print(f"HOLDFAST_TEST_SEED={seed}")  # pytest shows it when the test fails
    choice = random.Random(seed)
    starts, records, replays = [], 0, 0
    for chapter in range(CHAPTERS):
        server = serve(MODELS)
        journals = {}
        for number in range(ROUNDS):
            journal = write_until_killed(f"h{chapter}r{number}", server, choice)
            journals.update(journal)
            check_files(server.folder / "data", tmp_path / "copy")
            server, seconds = restart(serve, server, choice)
            starts.append(seconds)
            check_records(server, journal, journals)
            replays += check_replays(server, journal, choice)
        check_records(server, journals)
        replays += check_replays(server, journals, choice, most=200)
        assert server.stop() == 0
        check_files(server.folder / "data", tmp_path / "copy")
        records += sum(len(journal.records) for journal in journals.values())
        shutil.rmtree(server.folder)
    print(f"{CHAPTERS * ROUNDS} kills, {records} records, {replays} replays; restarts {statistics.median(starts):.3f} s, at most {max(starts):.3f} s")
    # A machine that does something else for a moment may spoil one of them.
    assert sorted(starts)[len(starts) * 9 // 10] < RESTART_SECONDS * servers.SLOWNESS, sorted(starts)


def write_until_killed(name, server, choice):
    clients, answered = start_clients(server, CLIENTS, name, choice)
    answered.wait_for(choice.randrange(5, 350))
    server.kill()
    return finish(clients)


def restart(serve, server, choice):
    """(the new server, seconds until it had answered)."""
    while choice.random() < START_KILLED:
        kill_while_starting(server.folder, choice.uniform(0.001, 0.05))
    started = time.monotonic()
    again = serve(folder=server.folder)
    assert again.ask("GET", "/api/writes?limit=1").status == 200
    return again, time.monotonic() - started


def kill_while_starting(folder, seconds):
    command = [str(servers.require_binary()), "serve", str(folder), "--port", "0"]
    process = subprocess.Popen(command, env=servers.clean_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
    assert process.wait() == -9, "serve ended by itself while it was starting"


def test_restart_after_a_kill_with_a_long_log_answers_within_a_second(serve, tmp_path):
    """Until the log is copied into the file it grows to some 32 MiB: all of it is read again by the next start."""
    first = serve(MODELS)
    text = "long " * 190_000
    for number in range(32):
        assert first.ask("POST", "/api/orders", {"token": f"t{number}", "filler": text}).status == 201
    first.kill()
    log = first.folder / "data" / "holdfast.db-wal"
    assert log.stat().st_size > 25 << 20, "this log is not long"
    shutil.copytree(first.folder, tmp_path / "again")
    seconds = []
    for folder in (first.folder, tmp_path / "again"):  # the better of two
        started = time.monotonic()
        server = serve(folder=folder)
        assert server.ask("GET", "/api/orders/count").json == {"count": 32}
        seconds.append(time.monotonic() - started)
        server.kill()
    assert min(seconds) < RESTART_SECONDS * servers.SLOWNESS, seconds
