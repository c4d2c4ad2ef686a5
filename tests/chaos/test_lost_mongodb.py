"""A MongoDB that is cut off or silent: refusals are quick, nothing is done twice, and all heals by itself. Durability is for a real mongod."""
import concurrent.futures
import time
import urllib.parse

import pymongo
import pytest

import server as servers
from outage import MODELS, Told, ask, post, until_it_writes
from proxy import ANSWERS, QUESTIONS, Proxy

RECOVERY_SECONDS = 2.0
NOTICED_SECONDS = 5.0
MOST_PIECES = 6  # of the exchange of one write
MOST_WRITES = 60  # until one was cut where it had to be
REMOVAL_PIECES = 10  # at most, of that of a removal that reaches others
TAKEN_UP_SECONDS = 30.0  # 15 for its own marks to be old, 5 for the next heartbeat, and the work
FAMILIES = {
    "parents": "id: text\ntype: object\nproperties:\n  name: { type: string, maxLength: 60 }\n",
    "children": "id: text\ntype: object\nproperties:\n  parent: { ref: parents, onDelete: cascade }\n",
}


@pytest.fixture(autouse=True)
def engine():
    with servers.on_engine("mongodb") as opened:
        yield opened


@pytest.fixture
def proxy(engine):
    parts = urllib.parse.urlsplit(engine.uri)
    with Proxy(parts.port or 27017, parts.hostname) as one:
        yield one


@pytest.fixture
def server(serve, proxy, engine, tmp_path):
    folder = servers.write_project(tmp_path / "shop", MODELS | FAMILIES)
    direct = engine.environment(folder / "data")["MONGODB_URI"]
    through = urllib.parse.urlunsplit(urllib.parse.urlsplit(direct)._replace(netloc=f"127.0.0.1:{proxy.port}"))
    one = serve(folder=folder, environment={"MONGODB_URI": through + "?directConnection=true", "HOLDFAST_LOG": "warn,logfmt"})
    one.direct = direct
    return one


def stored(server):
    with pymongo.MongoClient(server.direct) as client:
        return {one["_id"]: one.get("size") for one in client.get_default_database().things.find()}


@pytest.mark.parametrize("direction, passes", [(QUESTIONS, False), (QUESTIONS, True), (ANSWERS, False)], ids=["before", "during", "after"])
def test_a_write_that_is_cut_anywhere_is_done_once_or_not_at_all(server, proxy, direction, passes):
    told, cuts = Told(), 0
    for size in range(1, MOST_WRITES + 1):
        # Each lane has a connection of its own: where the write meets one that is to be made, the pieces are those of its greeting.
        if size > MOST_PIECES and cuts and (direction != ANSWERS or told.unknown):
            break
        key = f"{direction}-{passes}-{size}"
        until_it_writes(server, RECOVERY_SECONDS, f"warm-{key}")
        sprung = proxy.cut_at(direction, (size - 1) % MOST_PIECES + 1, passes)
        answer = post(server, key, size)
        told.note(key, size, answer)
        cuts += sprung.is_set()
        proxy.heal()
    assert cuts >= 1, "no connection was cut while a write was under way"
    if direction == ANSWERS:
        assert told.unknown, f"no cut hid the answer to a write: {told.done} {told.not_done}"
    told.check(stored(server))


def test_a_write_whose_outcome_is_unknown_is_told_by_its_key(server, proxy):
    for number in range(1, MOST_PIECES + 1):
        key = f"keyed-{number}"
        until_it_writes(server, RECOVERY_SECONDS, f"warm-{key}")
        proxy.cut_at(ANSWERS, number)
        first = post(server, key, number, idempotency=key)
        proxy.heal()
        until_it_writes(server, RECOVERY_SECONDS, f"healed-{key}")
        assert first.status in (201, 503), str(first)
        again = post(server, key, number, idempotency=key)
        # A key whose first request died half-way is running until it is taken over, 30 seconds later.
        assert again.status == 201 or (again.status, again.json["code"]) == (409, "idempotency_in_progress"), str(again)
    rows = stored(server)
    assert len(rows) == len(set(rows)) and set(rows) <= {f"keyed-{number}" for number in range(1, MOST_PIECES + 1)}


def test_a_removal_that_is_cut_when_it_was_decided_goes_on_by_itself(server, proxy):
    left = None
    for number in range(3 * REMOVAL_PIECES):
        parent = f"parent-{number}"
        until_it_writes(server, RECOVERY_SECONDS, f"warm-{number}")
        assert ask(server, "POST", "/api/parents", {"id": parent}).status == 201
        assert ask(server, "POST", "/api/children", {"id": f"child-{number}", "parent": parent}).status == 201
        proxy.cut_at(QUESTIONS, 1 + number % REMOVAL_PIECES)
        answer = ask(server, "DELETE", f"/api/parents/{parent}")
        proxy.heal()
        with pymongo.MongoClient(server.direct) as client:
            if client.get_default_database().parents.find_one({"_id": parent, "_hf.deleting.decided": True}):
                assert (answer.status, answer.json["code"]) == (503, "outcome_unknown"), str(answer)
                left = parent
                break
    assert left, "no removal was cut behind its decision"
    servers.poll(lambda: ask(server, "GET", f"/api/parents/{left}").status == 404, TAKEN_UP_SECONDS, "taken to its end")
    assert ask(server, "GET", f"/api/children/count?parent={left}").json["count"] == 0


def test_while_the_server_is_gone_requests_are_refused_and_it_is_found_again(server, proxy):
    assert post(server, "a", 1).status == 201
    proxy.refuse()
    for method, target, body in [("GET", "/api/things/a", None), ("GET", "/api/things", None), ("POST", "/api/things", {"id": "b"}), ("DELETE", "/api/things/a", None)]:
        before = time.monotonic()
        answer = ask(server, method, target, body)
        assert answer.status == 503 and answer.json["code"] in ("database_unavailable", "outcome_unknown") and answer.header("Retry-After"), str(answer)
        assert time.monotonic() - before < NOTICED_SECONDS
    servers.poll(lambda: ask(server, "GET", "/health/ready").status == 503, NOTICED_SECONDS, "not ready")
    proxy.heal()
    assert until_it_writes(server, RECOVERY_SECONDS, "back") < RECOVERY_SECONDS
    assert sorted(key for key in stored(server) if len(key) == 1) == ["a"]


def test_readiness_follows_a_server_that_nobody_asks_for_anything(server, proxy):
    assert ask(server, "GET", "/health/ready").status == 200
    proxy.refuse()
    servers.poll(lambda: ask(server, "GET", "/health/ready").status == 503, 2 * NOTICED_SECONDS, "not ready")
    proxy.heal()
    servers.poll(lambda: ask(server, "GET", "/health/ready").status == 200, 2 * RECOVERY_SECONDS, "ready")
    server.terminate()
    assert server.wait(NOTICED_SECONDS) == 0


def test_a_black_hole_is_noticed_within_5_seconds_and_left_when_it_ends(server, proxy):
    assert post(server, "a", 1).status == 201
    proxy.black_hole()
    told, before = Told(), time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        reads = [pool.submit(ask, server, "GET", target) for target in ("/api/things/a", "/api/things", "/api/others/count")]
        writes = [pool.submit(post, server, f"hole{number}", 100 + number) for number in range(4)]
        for one in reads:
            answer = one.result()
            assert answer.status in (503, 504), str(answer)
        for number, one in enumerate(writes):
            told.note(f"hole{number}", 100 + number, one.result())
    assert time.monotonic() - before < NOTICED_SECONDS + 1.0
    assert not told.done and not told.strange, (told.done, told.strange)
    proxy.heal()
    assert until_it_writes(server, RECOVERY_SECONDS, "healed") < RECOVERY_SECONDS
    told.check({key: size for key, size in stored(server).items() if key.startswith("hole")})


