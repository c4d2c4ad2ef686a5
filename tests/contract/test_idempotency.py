"""One Idempotency-Key sent by many at once, while the first is still running, and after the server has died."""
import select
import sqlite3
import threading

import pytest

import wire
from test_concurrency import CONNECTIONS, at_once, exchange, request

MODEL = {"things": "type: object\nrequired: [name]\nproperties:\n  name: { type: string, maxLength: 40 }\n  size: { type: integer, unique: true }\n"}


def key(text):
    return [("Idempotency-Key", text)]


def race(server, bodies, keys, target="/api/things"):
    """One answer for each of CONNECTIONS requests that are sent together."""
    return at_once(server, lambda connection, number: exchange(connection, "POST", target, bodies[number], headers=key(keys[number])))


def test_many_of_one_key_at_once_make_one_record(serve):
    server = serve(MODEL, environment={"HOLDFAST_THREADS": "4"})
    rounds = 25
    for attempt in range(rounds):
        answers = race(server, [{"name": f"n{attempt}"}] * CONNECTIONS, [f"k{attempt}"] * CONNECTIONS)
        made = [answer for answer in answers if answer.status == 201 and answer.header("Idempotency-Replayed") is None]
        replayed = [answer for answer in answers if answer.status == 201 and answer.header("Idempotency-Replayed") == "true"]
        running = [answer for answer in answers if answer.status == 409]
        assert len(made) == 1 and len(made) + len(replayed) + len(running) == CONNECTIONS, [str(answer) for answer in answers]
        assert {answer.json["code"] for answer in running} <= {"idempotency_in_progress"}
        for answer in replayed:
            assert answer.body == made[0].body
            assert (answer.header("ETag"), answer.header("Location")) == (made[0].header("ETag"), made[0].header("Location"))
    assert server.ask("GET", "/api/things/count").json == {"count": rounds}


def test_many_of_one_key_with_different_bodies_make_one_record(serve):
    """Whoever loses is told that the key is in use, now or before; never is a second body written."""
    server = serve(MODEL, environment={"HOLDFAST_THREADS": "4"})
    rounds = 15
    for attempt in range(rounds):
        answers = race(server, [{"name": f"n{attempt}-{number}"} for number in range(CONNECTIONS)], [f"k{attempt}"] * CONNECTIONS)
        losers = [answer for answer in answers if answer.status != 201]
        assert len(losers) == CONNECTIONS - 1, [str(answer) for answer in answers]
        assert {(answer.status, answer.json["code"]) for answer in losers} <= {(409, "idempotency_in_progress"), (422, "idempotency_key_reused")}
    assert server.ask("GET", "/api/things/count").json == {"count": rounds}


def test_different_keys_at_once_are_no_concern_of_each_other(serve):
    server = serve(MODEL)
    answers = race(server, [{"name": "same"}] * CONNECTIONS, [f"k{number}" for number in range(CONNECTIONS)])
    assert [answer.status for answer in answers] == [201] * CONNECTIONS
    assert len({answer.json["id"] for answer in answers}) == CONNECTIONS


def test_losers_of_a_unique_key_keep_their_idempotency_keys(serve):
    """Only what succeeded is kept: each loser may try again under its own key when the way is free."""
    server = serve(MODEL)
    answers = race(server, [{"name": f"n{number}", "size": 1} for number in range(CONNECTIONS)], [f"k{number}" for number in range(CONNECTIONS)])
    assert sorted(answer.status for answer in answers) == [201] + [409] * (CONNECTIONS - 1)
    assert {answer.json["code"] for answer in answers if answer.status == 409} == {"unique_violation"}
    winner = next(answer for answer in answers if answer.status == 201)
    assert server.ask("DELETE", winner.header("Location")).status == 204
    loser = next(number for number, answer in enumerate(answers) if answer.status == 409)
    again = server.ask("POST", "/api/things", {"name": f"n{loser}", "size": 1}, headers=key(f"k{loser}"))
    assert again.status == 201 and again.header("Idempotency-Replayed") is None


def first_to_answer(connections, seconds=4.0):
    readable, _, _ = select.select([connection.socket for connection in connections], [], [], seconds)
    assert len(readable) == 1, f"{len(readable)} of {len(connections)} requests were answered while the first could not end"
    return next(connection for connection in connections if connection.socket is readable[0])


@pytest.mark.engines("sqlite")  # whose one writer can be held up by hand
def test_second_request_of_a_key_is_refused_while_the_first_is_running(serve):  # provokes: idempotency_in_progress
    """Another program holds the file, so the first cannot end; the second is told so at once, and the first ends well afterwards."""
    server = serve(MODEL)
    other = sqlite3.connect(server.folder / "data" / "holdfast.db", isolation_level=None)
    other.execute("begin immediate")
    pair = [server.connect(), server.connect()]
    for connection in pair:
        connection.send(request("POST", "/api/things", {"name": "one"}, headers=key("busy")))
    second = first_to_answer(pair)
    refused = second.read()
    assert refused.status == 409, str(refused)
    assert refused.json["code"] == "idempotency_in_progress"
    assert refused.header("Idempotency-Replayed") is None
    other.execute("rollback")
    other.close()
    first = next(connection for connection in pair if connection is not second).read()
    assert first.status == 201, str(first)
    replayed = exchange(second, "POST", "/api/things", {"name": "one"}, headers=key("busy"))
    assert replayed.status == 201 and replayed.header("Idempotency-Replayed") == "true" and replayed.body == first.body
    assert server.ask("GET", "/api/things/count").json == {"count": 1}
    for connection in pair:
        connection.close()


def test_key_outlives_the_server(serve):
    first = serve(MODEL)
    made = first.ask("POST", "/api/things", {"name": "one"}, headers=key("kept"))
    assert made.status == 201
    first.kill()
    second = serve(folder=first.folder)
    replayed = second.ask("POST", "/api/things", {"name": "one"}, headers=key("kept"))
    assert replayed.status == 201 and replayed.body == made.body
    assert (replayed.header("ETag"), replayed.header("Location"), replayed.header("Idempotency-Replayed")) == (made.header("ETag"), made.header("Location"), "true")
    reused = second.ask("POST", "/api/things", {"name": "two"}, headers=key("kept"))
    assert reused.status == 422 and reused.json["code"] == "idempotency_key_reused", str(reused)
    assert second.ask("GET", "/api/things/count").json == {"count": 1}


def test_client_that_hangs_up_finds_its_record_under_its_key(serve):
    """The very use of the header: the answer was lost, the request is sent again."""
    server = serve(MODEL)
    done = []

    def lose(number):
        connection = server.connect()
        connection.send(request("POST", "/api/things", {"name": f"lost{number}"}, headers=key(f"lost{number}")))
        connection.close()
        done.append(number)

    threads = [threading.Thread(target=lose, args=(number,), daemon=True) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(done) == list(range(CONNECTIONS))
    for number in range(CONNECTIONS):
        assert answered_in_the_end(server, number).status == 201
    assert server.ask("GET", "/api/things/count").json == {"count": CONNECTIONS}


def answered_in_the_end(server, number, tries=1000):
    for _ in range(tries):
        answer = server.ask("POST", "/api/things", {"name": f"lost{number}"}, headers=key(f"lost{number}"))
        if answer.status != 409:
            return answer
        assert answer.json["code"] == "idempotency_in_progress"
    raise wire.WireError(f"the key lost{number} was still in progress after {tries} tries")
