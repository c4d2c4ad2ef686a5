"""Clients from hell: slow, silent, half gone, gone, or far too many. None of them may cost much, and none may harm another."""
import json
import os
import re
import resource
import select
import signal
import socket
import statistics
import struct
import subprocess
import time

import pytest

import crowd
import server as servers
import wire

LONG = os.environ.get("HOLDFAST_TEST_LONG") == "1"
MODEL = {"things": "id: text\ntype: object\nproperties:\n  name: { type: string, maxLength: 2000 }\n  size: { type: integer }\n"}
QUIET = {"HOLDFAST_LOG": "warn"}
MEGABYTE = 1024 * 1024
IDLE = 10_000 if LONG else 3_000


def get(target):
    return wire.request_bytes("GET", target.encode(), [("Host", "x")], b"")


def post(body):
    data = json.dumps(body).encode()
    return wire.request_bytes("POST", b"/api/things", [("Host", "x"), ("Content-Type", "application/json"), ("Content-Length", str(len(data)))], data)


@pytest.fixture
def start(serve):
    """A quiet server with 200 records of 1,900 bytes and no connection, and settings by name."""
    def started(**settings):
        server = serve(MODEL, environment={**QUIET, **{f"HOLDFAST_{name}": value for name, value in settings.items()}})
        files = crowd.open_files(server)
        connection = server.connect()
        connection.send(b"".join(post({"id": str(number), "name": "x" * 1900, "size": number}) for number in range(200)))
        assert {connection.read().status for _ in range(200)} == {201}
        connection.close()
        servers.poll(lambda: crowd.open_files(server) == files, what="the end of the connection that wrote the records")
        return server
    return started


def trickle(connection, data):
    """A byte each 20 ms until the server says something. The rest of `data`, and what was said in how many seconds."""
    begun = time.monotonic()
    for number, byte in enumerate(data):
        connection.send(bytes([byte]))
        if select.select([connection.socket], [], [], 0.02)[0]:
            break
    return data[number + 1:], connection.read(), time.monotonic() - begun


@pytest.mark.parametrize("part", ["head", "body"])
def test_bytes_that_trickle_in_buy_no_time(start, part):
    server = start(**{f"{'HEADER' if part == 'head' else 'BODY'}_TIMEOUT_MS": 300})
    connection = server.connect()
    request = post({"id": "slow", "name": "y" * 1900})
    if part == "body":
        head = request.index(b"\r\n\r\n") + 4
        connection.send(request[:head])
        request = request[head:]
    rest, answer, seconds = trickle(connection, request)
    assert rest and (answer.status, answer.json["code"]) == (408, "request_timeout")
    assert seconds >= 0.3
    assert connection.is_closed()
    assert server.ask("GET", "/api/things/slow").status == 404


def test_request_of_a_client_that_sends_no_more_is_answered(start):
    """shutdown(SHUT_WR) behind a request is HTTP's half-closed connection: netcat and many proxies do so."""
    server = start()
    for request, statuses in ((get("/api/things/1"), [200]), (post({"id": "half"}), [201]), (get("/api/things?sortBy=name,size&count=exact"), [200]),
                              (get("/api/things/1") * 50 + post({"id": "half-2"}) + get("/api/nothing"), [200] * 50 + [201, 404])):
        connection = server.connect()
        connection.send(request)
        connection.socket.shutdown(socket.SHUT_WR)
        assert [connection.read().status for _ in statuses] == statuses
        assert connection.is_closed()


def test_half_of_a_request_and_no_more_ends_the_connection(start):
    server = start()
    for part in (b"GET /api/th", post({"id": "half"})[:-5]):
        connection = server.connect()
        connection.send(part)
        connection.socket.shutdown(socket.SHUT_WR)
        assert connection.is_closed()
    assert server.ask("GET", "/api/things/half").status == 404


def reset(connection):
    """Ends a connection with RST instead of FIN."""
    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def test_clients_that_reset_their_connections_leave_nothing_behind(start):
    server = start()
    before = crowd.open_files(server)
    large, slow = get("/api/things?limit=200"), get("/api/things?name[like]=%25y%25&count=exact")
    for number in range(1500 if LONG else 150):
        connection = server.connect()
        connection.send([large * 50, slow * 3, post({"id": f"r{number}"}), post({"id": "never"})[:-5], get("/api/things/1")[:10]][number % 5])
        if number % 2 and number % 5 < 3:
            connection.socket.recv(1)  # in the middle of the answer
        reset(connection)
    servers.poll(lambda: crowd.open_files(server) == before, what="the end of connections that were reset")
    assert server.ask("GET", "/api/things/1").status == 200
    assert server.ask("GET", "/api/things/never").status == 404
    assert server.stop() == 0


def test_client_that_never_reads_is_not_read_either_and_is_closed(start):
    server = start(WRITE_TIMEOUT_MS=300)
    files, memory = crowd.open_files(server), crowd.anonymous_bytes(server)
    silent = [server.connect() for _ in range(10)]
    for connection in silent:
        connection.socket.setblocking(False)
        block = get("/api/things?limit=200") * 2000  # 100 bytes each, 400 KB each to answer
        try:
            while block:
                block = block[connection.socket.send(block):]
        except BlockingIOError:
            pass
        assert server.ask("GET", "/api/things/1").status == 200  # nobody else waits
    grown = crowd.anonymous_bytes(server) - memory
    assert grown < 20 * MEGABYTE, f"10 clients that never read cost {grown // MEGABYTE} MB"
    servers.poll(lambda: crowd.open_files(server) == files, what="the end of connections that take nothing")
    for connection in silent:
        connection.close()


def test_pipeline_of_a_thousand_requests_is_answered_in_order(start):
    server = start()
    connection = server.connect(deadline=20)
    wanted = [number * 7 % 200 for number in range(1000)]
    connection.send(b"".join(post({"id": f"p{number}"}) if number % 10 == 5 else get(f"/api/things/{name}") for number, name in enumerate(wanted)))
    found = [connection.read().json["id"] for _ in wanted]
    assert found == [f"p{number}" if number % 10 == 5 else str(name) for number, name in enumerate(wanted)]


def test_storm_of_connections_leaves_nothing_behind(start):
    server = start()
    steady = server.connect()
    assert asked(steady) == 200  # it is accepted, so its file counts
    before = crowd.open_files(server)
    for number in range(20_000 if LONG else 1_000):
        one = socket.create_connection((server.host, server.port), timeout=10)
        if number % 3 == 1:
            one.send(get("/api/things/1"))
        elif number % 3 == 2:
            one.send(b"GET /")
        one.close()
        if number % 200 == 0:
            steady.send(get("/api/things/1"))
            assert steady.read().status == 200
    servers.poll(lambda: crowd.open_files(server) == before, what="the end of the storm's connections")
    assert server.stop() == 0


def test_server_without_descriptors_waits_without_spinning_and_goes_on(start):
    server = start()
    steady = server.connect()
    steady.send(get("/api/things/1"))
    assert steady.read().status == 200
    _, hard = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
    held = crowd.open_files(server)
    resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (held + 5, hard))
    waiting = [server.connect() for _ in range(30)]
    for connection in waiting:
        connection.send(get("/api/things/2"))
    servers.poll(lambda: crowd.open_files(server) >= held + 5, what="the last descriptor's use")
    used, begun = crowd.processor_seconds(server), time.monotonic()
    while time.monotonic() - begun < 0.5:
        steady.send(get("/api/things/1"))
        assert steady.read().status == 200  # who is there is served
        time.sleep(0.02)
    assert crowd.processor_seconds(server) - used < 0.25, "the server spins while it has no descriptors"
    resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (hard, hard))
    assert {connection.read().status for connection in waiting} == {200}


@pytest.mark.parametrize("setting, word", [("CONNECTIONS", "The server holds"), ("CONNECTIONS_PER_ADDRESS", "Your address holds")])
def test_one_connection_too_many_is_told_at_once(start, setting, word):
    server = start(**{setting: 5})
    held = [servers.poll(lambda: admitted(server), what="the place of the one before") for _ in range(5)]
    extra = server.connect()
    begun = time.monotonic()
    extra.send(post({"id": "extra"}))
    answer = extra.read()
    assert (answer.status, answer.json["code"]) == (503, "overloaded")
    assert answer.json["detail"].startswith(word)
    assert (answer.header("Retry-After"), answer.header("Connection")) == ("1", "close")
    assert time.monotonic() - begun < 1
    assert extra.is_closed()
    held.pop().close()
    found = servers.poll(lambda: (answer := server.ask("GET", "/api/things/extra").status) != 503 and answer, what="a free place")
    assert found == 404
    for connection in held:
        assert asked(connection) == 200


def admitted(server):
    """A connection that is served; None: there was no place for it, and it is closed. A place is free a moment after its file is."""
    connection = server.connect()
    if asked(connection) == 200:
        return connection
    connection.close()
    return None


def asked(connection):
    connection.send(get("/api/things/1"))
    return connection.read().status


def test_few_open_files_allowed_are_fewer_connections_and_a_warning(tmp_path):
    folder = servers.write_project(tmp_path / "project", MODEL)
    command = ["sh", "-c", 'ulimit -n 500 && exec "$0" serve "$1" --port 0 --threads 2', str(servers.require_binary()), str(folder)]
    process = subprocess.Popen(command, env=servers.clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        port = int(servers.ADDRESS.search(process.stdout.readline()).group(2))
        held = [wire.Connection("127.0.0.1", port) for _ in range(292)]
        assert [asked_for_health(connection) for connection in held] == [200] * 292
        assert asked_for_health(wire.Connection("127.0.0.1", port)) == 503
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=servers.STOP_SECONDS)
    finally:
        process.kill()
        process.wait()
    assert re.search(r"level=warn .*HOLDFAST_CONNECTIONS.*connections=292 files=500", errors), errors


def asked_for_health(connection):
    connection.send(get("/health/live"))
    return connection.read().status


def paired_rates(connection, other, wanted):
    """Rates of two connections in turns, so that other programs slow both; more turns while their usual ratio is not yet as good as wanted."""
    pairs = []
    while len(pairs) < 9 or (len(pairs) < 40 and ratio < wanted):
        pairs.append((crowd.rate(connection, get("/api/things/1"), 0.1), crowd.rate(other, get("/api/things/1"), 0.1)))
        ratio = statistics.median(one / two for one, two in pairs)
    return ratio, [statistics.median(rates) for rates in zip(*pairs)]


def test_idle_connections_cost_little_and_slow_nobody(start):
    crowd.need_descriptors(IDLE + 500)
    server, other = start(), start()
    before = crowd.anonymous_bytes(server)
    idle = crowd.Crowd(server, IDLE, get("/api/things/1"))
    held = crowd.anonymous_bytes(server)
    ratio, rates = paired_rates(server.connect(), other.connect(), 0.9)
    idle.close()
    servers.poll(lambda: crowd.open_files(server) < 100, what="the end of idle connections")
    print(f"{(held - before) / IDLE:.0f} bytes a connection, {held / MEGABYTE:.0f} MB in all; "
          f"{rates[0]:.0f} requests a second among {IDLE}, {rates[1]:.0f} without: {ratio:.2f}")
    assert held < 300 * MEGABYTE, f"RssAnon is {held / MEGABYTE:.0f} MB, before it was {before / MEGABYTE:.0f} MB"
    assert held - before < IDLE * 20 * 1024, f"an idle connection costs {(held - before) / IDLE:.0f} bytes"
    assert ratio >= 0.9, f"{rates[0]:.0f} requests a second among {IDLE} idle connections, {rates[1]:.0f} without"
    assert server.stop() == 0


def test_connections_that_sent_much_once_hold_no_more_than_others(start):
    """Room for a large head or body is given back when the connection is idle again."""
    server = start()
    many = 1000
    head = wire.request_bytes("GET", b"/api/things/1?" + b"&" * 7000, [("Host", "x"), *((f"X-{number}", "v" * 200) for number in range(70))], b"")
    first = crowd.Crowd(server, 100, head, together=1)  # so that the allocator has what it needs for any number of them
    before = crowd.anonymous_bytes(server)
    large = crowd.Crowd(server, many, head, together=1)
    grown = (crowd.anonymous_bytes(server) - before) / many
    assert grown < 20 * 1024, f"a connection that sent 22 KB once holds {grown:.0f} bytes"
    first.close()
    large.close()
