"""What many connections may rely on at once: an acknowledged write is seen by everybody, one writer wins, nobody loses an update."""
import json
import threading

import wire

MODEL = {"things": "id: text\ntype: object\nproperties:\n  name: { type: string, maxLength: 20, unique: true }\n  size: { type: integer, default: 0 }\nindexes: [[size]]\n"}
CONNECTIONS = 8


def request(method, target, body=None, headers=()):
    data = b"" if body is None else json.dumps(body).encode()
    fields = [("Host", "x"), *headers]
    fields += [("Content-Type", "application/json"), ("Content-Length", str(len(data)))] if body is not None else []
    return wire.request_bytes(method, target.encode(), fields, data)


def exchange(connection, *arguments, **named):
    connection.send(request(*arguments, **named))
    return connection.read()


def at_once(server, work):
    """Runs work(connection, number) on CONNECTIONS threads that start together; returns what they return."""
    results, gate = [None] * CONNECTIONS, threading.Barrier(CONNECTIONS)

    def run(number):
        connection = server.connect()
        gate.wait(10)
        results[number] = work(connection, number)
        connection.close()

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads), "a request was never answered"
    return results


def test_acknowledged_write_is_seen_on_every_other_connection(serve):
    """Each loop reads through a handle of its own; none may lag behind the writer."""
    server = serve(MODEL, environment={"HOLDFAST_THREADS": "4"})
    connections = [server.connect() for _ in range(CONNECTIONS)]
    for number in range(60):
        writer, key = connections[number % CONNECTIONS], f"k{number}"
        assert exchange(writer, "POST", "/api/things", {"id": key, "size": number}).status == 201
        for reader in connections:
            reader.send(request("GET", f"/api/things/{key}") + request("GET", f"/api/things/count?size={number}"))
        for reader in connections:
            assert reader.read().status == 200, key
            assert reader.read().json == {"count": 1}, key
        assert exchange(writer, "PATCH", f"/api/things/{key}", {"size": -number - 1}).status == 200
        for reader in connections:
            assert exchange(reader, "GET", f"/api/things/{key}").json["size"] == -number - 1
        assert exchange(writer, "DELETE", f"/api/things/{key}").status == 204
        for reader in connections:
            assert exchange(reader, "GET", f"/api/things/{key}").status == 404


def test_one_of_many_wins_a_unique_key(serve):
    server = serve(MODEL)
    for attempt in range(20):
        answers = at_once(server, lambda connection, number: exchange(connection, "POST", "/api/things", {"id": f"a{attempt}-{number}", "name": f"n{attempt}"}))
        assert sorted(answer.status for answer in answers) == [201] + [409] * (CONNECTIONS - 1)
        assert {tuple(answer.json["fields"]) for answer in answers if answer.status == 409} == {("name",)}
    assert server.ask("GET", "/api/things/count").json == {"count": 20}


def test_one_of_many_wins_a_text_id(serve):
    server = serve(MODEL)
    for attempt in range(20):
        answers = at_once(server, lambda connection, number: exchange(connection, "POST", "/api/things", {"id": f"same{attempt}", "size": number}))
        assert sorted(answer.status for answer in answers) == [201] + [409] * (CONNECTIONS - 1)
        winner = next(answer for answer in answers if answer.status == 201)
        assert server.ask("GET", f"/api/things/same{attempt}").json == winner.json


def test_no_update_is_lost_under_if_match(serve):
    """Read, add one, write back under the tag; again when it was refused. The sum must be right."""
    server = serve(MODEL)
    assert server.ask("POST", "/api/things", {"id": "counter", "size": 0}).status == 201
    rounds = 15

    def count_up(connection, _):
        refused = 0
        for _ in range(rounds):
            while True:
                before = exchange(connection, "GET", "/api/things/counter")
                after = exchange(connection, "PATCH", "/api/things/counter", {"size": before.json["size"] + 1}, headers=[("If-Match", before.header("ETag"))])
                if after.status == 200:
                    break
                assert after.status == 412, str(after)
                refused += 1
        return refused

    refusals = at_once(server, count_up)
    final = server.ask("GET", "/api/things/counter")
    assert final.json["size"] == CONNECTIONS * rounds
    assert final.header("ETag").startswith(f'"{CONNECTIONS * rounds + 1}-')
    assert sum(refusals) > 0, "the writers never met: the test proved nothing"


def test_one_of_many_deletes_wins(serve):
    server = serve(MODEL)
    for attempt in range(20):
        assert server.ask("POST", "/api/things", {"id": f"d{attempt}"}).status == 201
        statuses = sorted(at_once(server, lambda connection, _: exchange(connection, "DELETE", f"/api/things/d{attempt}").status))
        assert statuses == [204] + [404] * (CONNECTIONS - 1)


def test_refused_write_in_a_group_harms_none_of_its_neighbours(serve):
    """Writes that wait together share a commit; each keeps its own outcome."""
    server = serve(MODEL)

    def write(connection, number):
        outcomes = []
        for attempt in range(30):
            key = f"g{number}-{attempt}"
            body = {"id": key, "name": "taken" if number % 2 else key, "size": attempt}
            outcomes.append((key, exchange(connection, "POST", "/api/things", body).status))
        return outcomes

    assert server.ask("POST", "/api/things", {"id": "first", "name": "taken"}).status == 201
    for number, outcomes in enumerate(at_once(server, write)):
        for key, status in outcomes:
            assert status == (409 if number % 2 else 201)
            assert server.ask("GET", f"/api/things/{key}").status == (404 if number % 2 else 200)
