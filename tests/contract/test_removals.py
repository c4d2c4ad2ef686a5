"""Removals that reach many records: 10,000 go, 10,001 are refused and nothing is done."""
import json

import pytest

import engines
import server as servers
import wire

MODELS = {
    "parents": "id: text\ntype: object\nproperties:\n  name: { type: string, maxLength: 20 }\n  above: { ref: parents, onDelete: cascade }\n",
    "children": "id: text\ntype: object\nproperties:\n  parent: { ref: parents, onDelete: cascade }\n",
    "friends": "id: text\ntype: object\nproperties:\n  parent: { ref: parents, onDelete: setNull }\n  size: { type: integer, default: 1 }\n",
    "guards": "id: text\ntype: object\nproperties:\n  parent: { ref: parents }\n",
}
LIMIT, BATCH = 10_000, 250
PATIENCE = 60 * servers.SLOWNESS


@pytest.fixture
def fast(engine):
    reason = engines.not_run(engine, engines.SPEED)
    if reason:
        pytest.skip(reason)


@pytest.fixture
def server(serve):
    return serve(MODELS)


def create(server, collection, bodies):
    """Many records over one connection, a batch of requests on the wire at a time."""
    connection = server.connect(PATIENCE)
    for start in range(0, len(bodies), BATCH):
        batch = [json.dumps(body).encode() for body in bodies[start:start + BATCH]]
        headers = [("Host", "x"), ("Content-Type", "application/json")]
        connection.send(b"".join(wire.request_bytes("POST", f"/api/{collection}".encode(), [*headers, ("Content-Length", str(len(body)))], body) for body in batch))
        for body in batch:
            answer = connection.read()
            assert answer.status == 201, f"{body}\n{answer}"
    connection.close()


def delete(server, target):
    connection = server.connect(PATIENCE)
    connection.send(wire.request_bytes("DELETE", target.encode(), [("Host", "x")], b""))
    answer = connection.read()
    connection.close()
    return answer


def count(server, target):
    return server.ask("GET", target).json["count"]


def refers(count, first=0, **members):
    return [{"id": f"k{number}", "parent": "p", **members} for number in range(first, first + count)]


def test_cascade_over_the_limit_is_refused_and_one_at_the_limit_is_done(fast, server):
    create(server, "parents", [{"id": "p"}, {"id": "q"}])
    create(server, "children", refers(LIMIT + 1) + [{"id": "other", "parent": "q"}])
    refused = delete(server, "/api/parents/p")
    assert refused.status == 409 and refused.json["code"] == "reference_violation", str(refused)
    assert (refused.json["collection"], refused.json["count"]) == ("children", LIMIT + 1)
    assert "10,000" in refused.json["detail"] or "10000" in refused.json["detail"], refused.json["detail"]
    assert count(server, "/api/children/count") == LIMIT + 2
    assert server.ask("GET", "/api/parents/p").status == 200
    assert delete(server, "/api/children/k7").status == 204
    assert delete(server, "/api/parents/p").status == 204
    assert count(server, "/api/children/count") == 1
    assert server.ask("GET", "/api/children/other").json == {"id": "other", "parent": "q"}
    assert server.ask("GET", "/api/parents/p").status == 404


def test_records_that_lose_a_reference_count_too(fast, server):
    create(server, "parents", [{"id": "p"}])
    create(server, "children", refers(LIMIT - 1))
    create(server, "friends", refers(2))
    refused = delete(server, "/api/parents/p")
    assert refused.status == 409 and refused.json["code"] == "reference_violation", str(refused)
    assert (refused.json["collection"], refused.json["count"]) == ("friends", LIMIT + 1)
    assert server.ask("GET", "/api/friends/k0").json["parent"] == "p"
    assert server.ask("GET", "/api/friends/k0").header("ETag").startswith('"1-')
    assert count(server, "/api/children/count?parent=p") == LIMIT - 1
    assert delete(server, "/api/friends/k1").status == 204
    assert delete(server, "/api/parents/p").status == 204
    assert server.ask("GET", "/api/friends/k0").json == {"id": "k0", "parent": None, "size": 1}
    assert server.ask("GET", "/api/friends/k0").header("ETag").startswith('"2-')
    assert count(server, "/api/children/count") == 0


def test_restriction_stops_a_cascade_before_it_begins(server):
    create(server, "parents", [{"id": "p"}])
    create(server, "guards", refers(3))
    create(server, "children", refers(5))
    refused = delete(server, "/api/parents/p")
    assert refused.status == 409, str(refused)
    assert (refused.json["collection"], refused.json["count"]) == ("guards", 3)
    assert count(server, "/api/children/count?parent=p") == 5
    assert server.ask("GET", "/api/children/k0").header("ETag").startswith('"1-')


def test_chain_of_a_thousand_goes_with_its_first(server):
    """Each refers to the one before it: breadth first takes a thousand steps."""
    chain = [{"id": "c0"}] + [{"id": f"c{number}", "above": f"c{number - 1}"} for number in range(1, 1000)]
    create(server, "parents", chain + [{"id": "apart"}])
    create(server, "children", [{"id": "last", "parent": "c999"}])
    create(server, "friends", [{"id": "last", "parent": "c999"}])
    assert delete(server, "/api/parents/c0").status == 204
    assert [one["id"] for one in server.ask("GET", "/api/parents").json["data"]] == ["apart"]
    assert count(server, "/api/children/count") == 0
    assert server.ask("GET", "/api/friends/last").json["parent"] is None


def test_removal_survives_a_restart_whole(serve, server):
    create(server, "parents", [{"id": "p"}])
    create(server, "children", refers(500))
    create(server, "friends", refers(500))
    assert delete(server, "/api/parents/p").status == 204
    server.kill()
    again = serve(folder=server.folder)
    assert again.ask("GET", "/api/parents/p").status == 404
    assert count(again, "/api/children/count") == 0
    assert count(again, "/api/friends/count?parent[null]=true") == 500
