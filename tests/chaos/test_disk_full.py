"""A full disk, at any moment: writes are refused with 507, reads go on, nothing is done by half, and writes resume when there is room.

The disk is full by order (full_disk.py), so no rights are needed; test_small_disk.py does some of it on a real small one.
"""
import os
import random
import shutil
import sqlite3

import pytest

import full_disk
import server as servers
from verdict import check_files, check_records, check_replays
from workload import MODELS, Operation, finish, start_clients

LONG = os.environ.get("HOLDFAST_TEST_LONG") == "1"
ROUNDS = 400 if LONG else 10
REASONS = ["ENOSPC", "EDQUOT", "EROFS"]
UNREACHABLE = 69
MEBIBYTE = 1 << 20


@pytest.fixture(scope="session")
def library(tmp_path_factory):
    return full_disk.build(tmp_path_factory.mktemp("full-disk"))


@pytest.fixture
def disk(library, tmp_path):
    """The disk below the server that `start` starts. It has room until it is filled."""
    return full_disk.FullDisk(library, tmp_path / "project" / "data", tmp_path / "control")


@pytest.fixture
def start(serve, disk):
    def start_on_disk(models=MODELS):
        folder = disk.data.parent
        if not folder.exists():
            servers.write_project(folder, models)
        return serve(folder=folder, environment=disk.environment)
    return start_on_disk


def post(server, collection, body, key=None):
    return server.ask("POST", f"/api/{collection}", body, headers=[("Idempotency-Key", key)] if key else [])


def create(server, collection, *bodies):
    for body in bodies:
        answer = post(server, collection, body)
        assert answer.status == 201, str(answer)


def writes(*ids, text="some words"):
    return [{"id": key, "name": key, "client": 1, "text": text} for key in ids]


def ids(server, target):
    answer = server.ask("GET", target)
    assert answer.status == 200, str(answer)
    return sorted(one["id"] for one in answer.json["data"])


def assert_full(answer):  # provokes: storage_full
    assert answer.status == 507 and answer.json["code"] == "storage_full", str(answer)


def assert_reads_go_on(server, wanted):
    assert ids(server, "/api/writes?limit=200") == wanted
    assert ids(server, "/api/writes/search?q=words&limit=200") == wanted
    assert server.ask("GET", "/api/writes/count").json == {"count": len(wanted)}
    assert all(server.ask("GET", f"/api/writes/{key}").status == 200 for key in wanted)
    assert server.ask("GET", "/health/live").status == 200


def assert_resumes(server, disk, body):
    """By itself: only the disk has changed."""
    disk.lift()
    servers.poll(lambda: post(server, "writes", body).status == 201, what="a write on a disk that has room again")
    assert server.ask("GET", "/health/ready").json == {"status": "ready"}


@pytest.mark.parametrize("reason", REASONS)
def test_every_write_is_refused_and_reads_go_on(start, disk, tmp_path, reason):
    server = start()
    create(server, "writes", *writes("a", "b", "c"))
    create(server, "parents", {"id": "p", "name": "p"})
    create(server, "children", *({"id": f"k{number}", "parent": "p"} for number in range(20)))
    before = server.ask("GET", "/api/writes/a")
    disk.fill(reason, in_place=True)
    for _ in range(3):
        assert_full(post(server, "writes", writes("d")[0]))
        assert_full(post(server, "orders", {"token": "once"}, key="once"))
        assert_full(server.ask("PUT", "/api/writes/a", {"name": "a", "client": 2}))
        assert_full(server.ask("PATCH", "/api/writes/a", {"text": "other"}))
        assert_full(server.ask("DELETE", "/api/writes/a"))
        assert_full(server.ask("DELETE", "/api/parents/p"))
    assert disk.refused > 0
    assert_reads_go_on(server, ["a", "b", "c"])
    assert server.ask("GET", "/api/writes/a").body == before.body
    assert server.ask("GET", "/api/children/count?parent=p").json == {"count": 20}
    # Refusals that need no room are as ever.
    assert server.ask("DELETE", "/api/writes/none").status == 404
    assert server.ask("PATCH", "/api/writes/a", {"size": 1}, headers=[("If-Match", '"9-0"')]).status == 412
    assert server.ask("PATCH", "/api/writes/a", {"client": 1}).status == 200
    ready = server.ask("GET", "/health/ready")
    assert ready.status == 200 and ready.json["status"] == "degraded" and "room" in ready.json["detail"], str(ready)
    assert_resumes(server, disk, writes("d")[0])
    assert post(server, "orders", {"token": "once"}, key="once").header("Idempotency-Replayed") is None
    assert post(server, "orders", {"token": "once"}, key="once").header("Idempotency-Replayed") == "true"
    assert server.ask("GET", "/api/orders/count").json == {"count": 1}
    assert server.ask("DELETE", "/api/parents/p").status == 204
    server.kill()
    check_files(disk.data, tmp_path / "copy")
    again = start()
    assert_reads_go_on(again, ["a", "b", "c", "d"])
    assert again.ask("GET", "/api/children/count").json == {"count": 0}


def test_full_disk_is_said_once_in_the_log(start, disk):
    server = start()
    disk.fill(in_place=True)
    for _ in range(20):
        assert_full(post(server, "orders", {}))
    assert_resumes(server, disk, writes("a")[0])
    assert server.stop() == 0
    lines = [line for line in server.errors if "no room to write" in line]
    assert len(lines) == 1 and "disk is full" in lines[0], server.printed()
    assert sum("there is room again" in line for line in server.errors) == 1, server.printed()


def test_full_from_a_random_byte_on_under_load(start, disk, tmp_path):
    """Room ends in the middle of anything; then there is room again, or the server is killed while there is none."""
    seed = int(os.environ.get("HOLDFAST_TEST_SEED") or random.SystemRandom().randrange(1 << 32))
    print(f"HOLDFAST_TEST_SEED={seed}")
    choice = random.Random(seed)
    server, journals, refused, killed = start(), {}, 0, 0
    for number in range(ROUNDS):
        if number % 40 == 0 and number > 0:
            server, journals = begin_anew(server, start, disk), {}
        disk.fill(choice.choice(REASONS), room=choice.randrange(200_000), in_place=choice.random() < 0.5)
        filler = "x" * choice.choice((0, 100, 5000, 50_000))
        clients, answered = start_clients(server, 4, f"f{number}", choice, may_refuse=True, filler=filler)
        answered.wait_for(choice.randrange(50, 250))
        if choice.random() < 0.5:
            disk.lift()
            answered.wait_for(answered.count + 50)  # the same clients go on
        dies = choice.random() < 0.5
        if dies:
            server.kill()
            killed += 1
        journal = finish(clients)
        refused += sum(one.refused for one in journal.values())
        journals.update(journal)
        if not dies and all(one.pending is None for one in journal.values()):
            check_records(server, journal, journals)  # on a disk that may still be full
        disk.lift()
        if dies:
            check_files(disk.data, tmp_path / "copy")
            server = start()
        check_records(server, journal, journals)
        check_replays(server, journal, choice)
    check_records(server, journals)
    assert server.stop() == 0
    check_files(disk.data, tmp_path / "copy")
    print(f"{ROUNDS} rounds, {refused} writes refused, {killed} kills")
    assert refused > ROUNDS, "the disk was hardly ever full"


def begin_anew(server, start, disk):
    assert server.stop() == 0
    shutil.rmtree(disk.data)
    return start()


class Held:
    """Another program holds the file, so that writes gather into one group."""

    def __init__(self, server):
        self.connection = sqlite3.connect(server.folder / "data" / "holdfast.db", isolation_level=None)
        self.connection.execute("begin immediate")

    def release(self):
        self.connection.execute("rollback")
        self.connection.close()


@pytest.mark.parametrize("reason", REASONS)
def test_one_write_that_does_not_fit_takes_no_neighbour_with_it(start, disk, reason):
    server = start()
    create(server, "writes", *writes("before"))
    bodies = writes(*(f"w{number:02}" for number in range(40)))
    bodies[17]["text"] = "a" * 900_000
    held = Held(server)
    disk.fill(reason, room=600_000, files=("log",))
    connections = [server.connect() for _ in bodies]
    for connection, body in zip(connections, bodies):
        connection.send(Operation("POST", "/api/writes", body, 201, {}).bytes())
    for _ in range(5):
        assert server.ask("GET", "/api/writes/before").status == 200  # meanwhile the others arrive
    held.release()
    answers = [connection.read() for connection in connections]
    assert_full(answers.pop(17))
    assert [answer.status for answer in answers] == [201] * 39
    assert ids(server, "/api/writes?limit=200") == ["before"] + [body["id"] for body in bodies if body["id"] != "w17"]
    disk.lift()
    assert post(server, "writes", bodies[17]).status == 201
    for connection in connections:
        connection.close()


def test_checkpoint_that_finds_no_room_loses_nothing(start, disk, tmp_path):
    """The log takes everything, the file cannot grow: writes go on, and the file catches up when it can."""
    server = start()
    disk.fill(files=("database",))
    large = "x" * 990_000
    for number in range(36):  # beyond the 32 MiB after which the log is copied into the file
        create(server, "orders", {"token": f"t{number}", "filler": large})
    assert disk.refused > 0, "no checkpoint was tried"
    assert (disk.data / "holdfast.db-wal").stat().st_size > 32 * MEBIBYTE
    check_files(disk.data, tmp_path / "copy")
    assert server.ask("GET", "/api/orders/count").json == {"count": 36}
    assert server.stop() == 0  # its last checkpoint finds no room either: the log stays
    assert (disk.data / "holdfast.db-wal").stat().st_size > 32 * MEBIBYTE
    disk.lift()
    again = start()
    assert again.ask("GET", "/api/orders/count").json == {"count": 36}
    assert again.stop() == 0
    assert not (disk.data / "holdfast.db-wal").exists()
    check_files(disk.data, tmp_path / "copy")


def test_full_disk_takes_removals(start, disk):
    """The log is copied into the file and starts over, so what frees room needs none."""
    server = start()
    create(server, "orders", *({"filler": "x" * 100_000} for _ in range(10)))
    create(server, "writes", *writes("a"))
    assert server.stop() == 0  # so that the file has all of it
    server = start()
    for number in range(20):
        assert server.ask("PATCH", "/api/writes/a", {"size": number}).status == 200
    disk.fill()
    assert_full(post(server, "orders", {"filler": "x" * 900_000}))
    for order in server.ask("GET", "/api/orders?fields=id&limit=200").json["data"]:
        assert server.ask("DELETE", f"/api/orders/{order['id']}").status == 204
    assert post(server, "orders", {"filler": "x" * 50_000}).status == 201  # where they were
    assert server.ask("GET", "/api/orders/count").json == {"count": 1}


CASCADE = {"parents": MODELS["parents"], "children": MODELS["children"], "writes": MODELS["writes"]}


def test_cascade_is_done_as_a_whole_or_not_at_all(start, disk, tmp_path):
    """Room ends at 12 places of one removal, its search data among them; last it does not end."""
    server = start(CASCADE)
    create(server, "parents", {"id": "p", "name": "p"})
    connection = server.connect()
    for number in range(150):
        body = {"id": f"k{number:03}", "parent": "p", "text": f"words number{number}"}
        connection.send(Operation("POST", "/api/children", body, 201, {}).bytes())
        assert connection.read().status == 201
    connection.close()
    refused = 0
    for step in range(12):
        disk.fill(REASONS[step % 3], room=step * 6_000, in_place=True, files=("log",))
        answer = server.ask("DELETE", "/api/parents/p")
        if answer.status == 204:
            break
        assert_full(answer)
        refused += 1
        assert server.ask("GET", "/api/parents/p").status == 200
        assert server.ask("GET", "/api/children/count?parent=p").json == {"count": 150}
        assert server.ask("GET", "/api/children/search?q=words&count=exact&limit=1").json["page"]["total"] == 150
        assert ids(server, "/api/children/search?q=number149") == ["k149"]
        if step % 4 == 3:
            server.kill()
            disk.lift()
            check_files(disk.data, tmp_path / "copy")
            server = start()
    assert refused > 4, "the removal needs less room than this test thinks"
    disk.lift()
    assert server.ask("DELETE", "/api/parents/p").status in (204, 404)
    assert server.ask("GET", "/api/children/count").json == {"count": 0}
    assert server.ask("GET", "/api/children/search?q=words").json["data"] == []
    server.kill()
    check_files(disk.data, tmp_path / "copy")


def test_search_data_that_finds_no_room_leaves_records_and_words_as_they_were(start, disk, tmp_path):
    server = start()
    create(server, "writes", *writes("a", text="before"))
    words = " ".join(f"after{number}" for number in range(20_000))
    refused = 0
    for room in range(0, 2 * MEBIBYTE, 150_000):
        disk.fill("EDQUOT", room=room, in_place=True)
        answer = server.ask("PATCH", "/api/writes/a", {"text": words})
        if answer.status == 200:
            break
        assert_full(answer)
        refused += 1
        assert ids(server, "/api/writes/search?q=before") == ["a"]
        assert ids(server, "/api/writes/search?q=after7") == []
        assert server.ask("GET", "/api/writes/a").json["text"] == "before"
    assert refused > 2 and answer.status == 200, str(answer)
    disk.lift()
    server.kill()
    check_files(disk.data, tmp_path / "copy")
    assert ids(start(), "/api/writes/search?q=after19999") == ["a"]


def test_index_of_the_log_that_cannot_grow_is_an_unknown_outcome_once(start, disk):  # provokes: outcome_unknown
    """The commit is in the log then, where a restart may find it: to say that nothing was written would be a lie."""
    server = start()
    disk.fill(files=("index",))
    answers = []
    for number in range(24):  # the first part of the index is full after 4,062 pages
        answers.append(post(server, "orders", {"token": f"t{number}", "filler": "x" * 990_000}))
    unknown = [number for number, answer in enumerate(answers) if answer.status != 201]
    assert len(unknown) == 1 and answers[unknown[0]].json["code"] == "outcome_unknown", [answer.status for answer in answers]
    assert server.ask("GET", "/health/ready").status == 200
    disk.lift()
    server.kill()
    again = start()
    stored = {one["token"] for one in again.ask("GET", "/api/orders?fields=token&limit=200").json["data"]}
    assert stored | {f"t{unknown[0]}"} == {f"t{number}" for number in range(24)}


@pytest.mark.parametrize("reason", REASONS)
def test_failed_sync_is_final_whatever_its_reason(start, disk, reason):  # provokes: outcome_unknown, database_unavailable
    """Room may come back, what an fsync has lost does not: no write is acknowledged until a restart."""
    server = start()
    create(server, "writes", *writes("a"))
    disk.fail_sync(reason)
    failed = post(server, "writes", writes("b")[0])
    assert failed.status == 503 and failed.json["code"] == "outcome_unknown", str(failed)
    disk.fail_sync(None)
    later = post(server, "writes", writes("c")[0])
    assert later.status == 503 and later.json["code"] == "database_unavailable", str(later)
    assert server.ask("GET", "/health/ready").status == 503
    assert server.ask("GET", "/api/writes/a").status == 200
    assert server.stop() == 0
    again = start()
    assert again.ask("GET", "/api/writes/a").status == 200
    assert again.ask("GET", "/api/writes/c").status == 404
    assert post(again, "writes", writes("c")[0]).status == 201


def start_is_refused(start):
    with pytest.raises(servers.StartFailed) as failure:
        start()
    assert failure.value.status == UNREACHABLE, failure.value
    assert "holdfast.db" in failure.value.output and "room" in failure.value.output, failure.value
    return failure.value.output


@pytest.mark.parametrize("reason, words", [("ENOSPC", "No space left"), ("EDQUOT", "quota")])
@pytest.mark.parametrize("room", [0, 100, 5000, 20_000])
def test_new_database_without_room_is_told_at_start(start, disk, reason, words, room):
    disk.fill(reason, room=room)
    assert words in start_is_refused(start)
    disk.lift()
    create(start(), "writes", *writes("a"))


@pytest.mark.parametrize("reason, words", [("ENOSPC", "No space left"), ("EDQUOT", "quota")])
def test_database_that_cannot_even_be_read_without_room_is_told_at_start(start, disk, reason, words):
    server = start()
    create(server, "writes", *writes("a"))
    assert server.stop() == 0
    disk.fill(reason)
    assert words in start_is_refused(start)
    disk.lift()
    assert_reads_go_on(start(), ["a"])


def test_disk_that_takes_no_new_file_is_told_at_start(start, disk):
    disk.fill(creation=True)
    assert "No space left" in start_is_refused(start)
    disk.lift()
    server = start()
    create(server, "writes", *writes("a"))
    assert server.stop() == 0
    disk.fill(creation=True)
    start_is_refused(start)
    disk.lift()
    assert_reads_go_on(start(), ["a"])


def test_server_starts_on_a_full_disk_and_reads(start, disk):
    """The index of the log alone takes some room, which the last end has given back."""
    server = start()
    create(server, "writes", *writes("a", "b"))
    assert server.stop() == 0
    disk.fill(files=("database", "log"))
    again = start()
    assert_reads_go_on(again, ["a", "b"])
    assert_full(post(again, "writes", writes("c")[0]))
    assert_resumes(again, disk, writes("c")[0])
