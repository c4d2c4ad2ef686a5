"""Connections as processes see them: pipelining, slow clients, the drain, and the access log."""
import json
import re
import subprocess
import threading

import pytest

import engines
import server as servers
import wire

pytestmark = pytest.mark.engines("sqlite")  # HTTP, the same in front of every engine; what waits for the database says so below

MODEL = {"things": "id: text\ntype: object\nproperties:\n  name: { type: string, maxLength: 2000 }\n  size: { type: integer }\n"}


def get(target):
    return wire.request_bytes("GET", target.encode(), [("Host", "x")], b"")


def post(body):
    data = json.dumps(body).encode()
    return wire.request_bytes("POST", b"/api/things", [("Host", "x"), ("Content-Type", "application/json"), ("Content-Length", str(len(data)))], data)


@pytest.fixture
def connected(serve):
    """A server with records 0…19 and one connection to it."""
    server = serve(MODEL)
    connection = server.connect()
    connection.send(b"".join(post({"id": str(number), "size": number}) for number in range(20)))
    assert [connection.read().status for _ in range(20)] == [201] * 20
    yield server, connection
    connection.close()


def test_pipelined_requests_are_answered_in_order(connected):
    _, connection = connected
    wanted = [str(number * 7 % 20) for number in range(200)]
    connection.send(b"".join(get(f"/api/things/{name}") for name in wanted))
    assert [connection.read().json["id"] for _ in wanted] == wanted


@pytest.mark.engines(*engines.NAMES)
def test_pipelined_requests_of_many_kinds_are_answered_in_order(connected):
    """Fast ones must not overtake slow ones, and a read sees the write before it."""
    _, connection = connected
    connection.send(post({"id": "new", "size": 1}) + get("/api/things/new") + get("/api/nothing") + get("/api/things?limit=2") + get("/health/live")
                    + wire.request_bytes("HEAD", b"/api/things/new", [("Host", "x")], b"") + wire.request_bytes("DELETE", b"/api/things/new", [("Host", "x")], b"")
                    + get("/api/things/new") + get("/api/things/count"))
    answers = [connection.read(head_only=number == 5) for number in range(9)]
    assert [answer.status for answer in answers] == [201, 200, 404, 200, 200, 200, 204, 404, 200]
    assert answers[1].json["id"] == "new"
    assert answers[2].json["code"] == "unknown_collection"
    assert answers[7].json["code"] == "not_found"
    assert answers[8].json == {"count": 20}


def test_request_of_single_bytes_is_understood(connected):
    _, connection = connected
    for byte in post({"id": "slow", "name": "é"}):
        connection.send(bytes([byte]))
    assert connection.read().json["name"] == "é"


def test_100_continue_is_said_before_the_body_is_sent(connected):
    _, connection = connected
    body = b'{"id": "expected"}'
    connection.send(wire.request_bytes("POST", b"/api/things", [("Host", "x"), ("Content-Type", "application/json"), ("Content-Length", str(len(body))), ("Expect", "100-continue")], b""))
    assert connection.read_interim() == 100
    connection.send(body)
    assert connection.read().status == 201


def test_100_continue_is_not_said_to_what_is_refused(connected):
    _, connection = connected
    connection.send(wire.request_bytes("POST", b"/api/nothing", [("Host", "x"), ("Content-Type", "application/json"), ("Content-Length", "5"), ("Expect", "100-continue")], b""))
    answer = connection.read()
    assert (answer.status, answer.interim) == (404, [])


def test_refused_request_does_not_harm_the_next_one_on_the_connection(connected):
    _, connection = connected
    for request, status in ((post({"id": "x", "nope": 1}), 422), (get("/api/things/%zz"), 400), (get("/nothing"), 404), (get("/api/things/1"), 200)):
        connection.send(request)
        assert connection.read().status == status


def test_body_of_a_refused_request_is_not_taken_for_a_request(connected):
    """What follows a head that was refused may be its body: the connection closes, or the body is skipped."""
    server, connection = connected
    inner = b"DELETE /api/things/0 HTTP/1.1\r\nHost: x\r\n\r\n"
    connection.send(wire.request_bytes("POST", b"/api/things", [("Host", "x"), ("Content-Type", "text/plain"), ("Content-Length", str(len(inner)))], inner) + get("/api/things/1"))
    assert connection.read().status == 415
    assert server.ask("GET", "/api/things/0").status == 200


def test_client_that_leaves_in_the_middle_harms_nobody(connected):
    server, _ = connected
    for part in (b"GET /api/th", post({"id": "left", "name": "x" * 500})[:200], get("/api/things?limit=200") * 50):
        leaver = server.connect()
        leaver.send(part)
        leaver.close()
    assert server.ask("GET", "/api/things/left").status == 404
    assert server.ask("GET", "/api/things/1").status == 200


def test_large_answers_reach_a_client_that_reads_late(serve):
    server = serve(MODEL)
    connection = server.connect(deadline=20)
    connection.send(b"".join(post({"id": str(number), "name": "x" * 1900}) for number in range(200)))
    assert {connection.read().status for _ in range(200)} == {201}
    connection.send(get("/api/things?limit=200") * 40)  # 16 MB wait before the first byte is read
    assert {len(connection.read().json["data"]) for _ in range(40)} == {200}


@pytest.mark.parametrize("part", [b"GET /api/things HTTP/1.1\r\nHost: x\r\n", b"GET /api/thi"], ids=["headers", "request line"])
def test_head_that_does_not_come_is_408(serve, part):  # provokes: request_timeout
    server = serve(MODEL, environment={"HOLDFAST_HEADER_TIMEOUT_MS": "200"})
    connection = server.connect()
    connection.send(part)
    answer = connection.read()
    assert (answer.status, answer.json["code"]) == (408, "request_timeout")
    assert connection.is_closed()


def test_body_that_does_not_come_is_408(serve):
    server = serve(MODEL, environment={"HOLDFAST_BODY_TIMEOUT_MS": "200"})
    connection = server.connect()
    connection.send(post({"id": "slow", "name": "x" * 100})[:-50])
    answer = connection.read()
    assert (answer.status, answer.json["code"]) == (408, "request_timeout")
    assert connection.is_closed()
    assert server.ask("GET", "/api/things/slow").status == 404


def test_idle_connection_is_closed_without_a_word(serve):
    server = serve(MODEL, environment={"HOLDFAST_IDLE_TIMEOUT_MS": "200"})
    connection = server.connect()
    connection.send(get("/api/things"))
    assert connection.read().status == 200
    assert connection.is_closed()


@pytest.mark.engines(*engines.NAMES)
def test_drain_finishes_the_request_that_has_begun(serve):
    server = serve(MODEL)
    request = post({"id": "last", "name": "x" * 100})
    connection = server.connect()
    connection.send(get("/api/things"))
    assert connection.read().status == 200  # so that the connection is known to the server
    connection.send(request[:-50])
    server.terminate()
    servers.poll(lambda: draining(server), what="the drain")
    connection.send(request[-50:])
    answer = connection.read()
    assert answer.status == 201, str(answer)
    assert server.wait() == 0
    again = serve(folder=server.folder)
    assert again.ask("GET", "/api/things/last").status == 200


def draining(server):
    """New connections are refused, or readiness is denied."""
    try:
        return server.ask("GET", "/health/ready").status == 503
    except (OSError, wire.WireError):
        return True


def test_drain_does_not_wait_for_idle_connections(serve):
    server = serve(MODEL)
    idle = [server.connect() for _ in range(5)]
    for connection in idle[:3]:
        connection.send(get("/api/things"))
        assert connection.read().status == 200
    assert server.stop() == 0  # the idle timeout is 75 s, the deadline of stop() far below
    assert all(connection.is_closed() for connection in idle)


def test_drain_gives_up_a_request_that_never_ends(serve):
    server = serve(MODEL, environment={"HOLDFAST_DRAIN_TIMEOUT_MS": "300"})
    connection = server.connect()
    connection.send(post({"id": "never", "name": "x" * 100})[:-50])
    server.terminate()
    assert server.wait() == 0


@pytest.mark.engines(*engines.NAMES)
def test_writes_acknowledged_during_a_drain_are_kept(serve):
    server = serve(MODEL)
    acknowledged, enough = [], threading.Event()

    def write(prefix):
        try:
            connection = server.connect()
            for number in range(100000):
                connection.send(post({"id": f"{prefix}-{number}"}))
                if connection.read().status != 201:
                    return
                acknowledged.append(f"{prefix}-{number}")
                if len(acknowledged) >= 200:
                    enough.set()
        except (OSError, wire.WireError):
            return  # the end of the drain

    writers = [threading.Thread(target=write, args=(name,), daemon=True) for name in "abcd"]
    for writer in writers:
        writer.start()
    assert enough.wait(20), "200 writes were not acknowledged in 20 s"
    assert server.stop() == 0
    for writer in writers:
        writer.join(20)
    again = serve(folder=server.folder)
    connection = again.connect()
    connection.send(b"".join(get(f"/api/things/{name}") for name in acknowledged))
    lost = [name for name in acknowledged if connection.read().status != 200]
    assert not lost


def test_signal_that_comes_with_the_address_drains(serve):
    """Whoever reads the address may send SIGTERM the next moment."""
    for _ in range(20):
        server = serve(MODEL)
        assert server.stop() == 0


def test_sigint_ends_it_as_well(serve):
    import signal
    server = serve(MODEL)
    server.process.send_signal(signal.SIGINT)
    assert server.wait() == 0


def test_readme_lines_are_printed_at_the_start(serve):
    server = serve(MODEL)
    assert server.stop() == 0
    assert re.search(rf"http://127\.0\.0\.1:{server.port}\b", "".join(server.output))


def test_access_log_in_json_has_one_line_for_each_request(serve):
    server = serve(MODEL, environment={"HOLDFAST_LOG": "info,json"})
    problem = server.ask("GET", "/api/things/nobody-here").json
    server.ask("POST", "/api/things", {"id": "logged"})
    assert server.stop() == 0
    lines = [json.loads(line) for line in server.errors if line.strip()]
    mine = [line for line in lines if "/api/things/nobody-here" in json.dumps(line)]
    assert len(mine) == 1, lines
    assert problem["requestId"] in json.dumps(mine[0])
    assert 404 in mine[0].values() or "404" in mine[0].values(), mine[0]
    assert any("POST" in json.dumps(line) and "201" in json.dumps(line) for line in lines), lines


def test_access_log_in_logfmt_is_the_default(serve):
    server = serve(MODEL)
    problem = server.ask("GET", "/api/things/nobody-here").json
    assert server.stop() == 0
    mine = [line for line in server.errors if "/api/things/nobody-here" in line]
    assert len(mine) == 1, server.errors
    assert problem["requestId"] in mine[0] and "404" in mine[0]


def test_access_log_can_be_turned_off(serve):
    server = serve(MODEL, environment={"HOLDFAST_LOG": "warn,logfmt"})
    server.ask("GET", "/api/things/nobody-here")
    assert server.stop() == 0
    assert not [line for line in server.errors if "/api/things" in line]


def test_log_lines_cannot_be_forged(serve):
    server = serve(MODEL)
    server.ask("GET", "/api/things?name=x%0Alevel=error%20msg=forged&title=%22")
    assert server.stop() == 0
    assert not [line for line in server.errors if line.startswith("level=error")]
    assert len([line for line in server.errors if "/api/things" in line]) == 1


def test_server_outlives_the_readers_of_what_it_prints(tmp_path):
    """`holdfast serve 2>&1 | head` must not end the server when head ends."""
    folder = servers.write_project(tmp_path / "project", MODEL)
    process = subprocess.Popen([str(servers.require_binary()), "serve", str(folder), "--port", "0"], env=servers.clean_environment(),
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        address = servers.ADDRESS.search(process.stdout.readline().decode())
        process.stdout.close()
        process.stderr.close()
        connection = wire.Connection(address.group(1), int(address.group(2)), wire.DEADLINE_SECONDS)
        for _ in range(200):  # more than the log keeps before it writes
            connection.send(get("/nothing/" + "x" * 1000))
            assert connection.read().status == 404
        connection.close()
        process.terminate()
        assert process.wait(servers.STOP_SECONDS) == 0
    finally:
        process.kill()
        process.wait()


def test_key_never_reaches_the_log(serve):
    server = serve(MODEL, environment={"HOLDFAST_API_KEY": "sesame-open-9", "HOLDFAST_LOG": "trace,logfmt"})
    server.ask("GET", "/api/things", headers=[("Authorization", "Bearer sesame-open-9")])
    assert server.stop() == 0
    assert "sesame-open-9" not in server.printed()
