"""How the server ends: drained, at once, by a crash; what its status says then; and what systemd is told meanwhile."""
import array
import contextlib
import fcntl
import os
import pathlib
import re
import select
import signal
import socket
import subprocess
import termios
import threading
import time

import pytest

import server as servers
import wire

MODEL = {"things": "id: text\ntype: object\nproperties:\n  name: { type: string, maxLength: 1000000 }\n"}
DRAIN = {"HOLDFAST_DRAIN_TIMEOUT_MS": "400"}
AFTER_DRAIN = 2.0 * servers.SLOWNESS  # what closing may take behind the drain timeout, on a machine that does other things too
PIPE_BYTES = 65536  # that a pipe holds
LONG = os.environ.get("HOLDFAST_TEST_LONG") == "1"


def get(target):
    return wire.request_bytes("GET", target.encode(), [("Host", "ends")], b"")


def post(name, body):
    data = f'{{"id":"{name}","name":"{body}"}}'.encode()
    return wire.request_bytes("POST", b"/api/things", [("Host", "ends"), ("Content-Type", "application/json"), ("Content-Length", str(len(data)))], data)


def begin_post(server, name):
    """A connection that has begun a POST, and the bytes that are missing. It keeps a drain waiting."""
    connection = server.connect()
    connection.send(get("/health/live"))
    assert connection.read().status == 200  # so that the server knows the connection
    request = post(name, "x" * 100)
    connection.send(request[:-50])
    return connection, request[-50:]


def listens(host, port):
    try:
        wire.Connection(host, int(port)).close()
        return True
    except OSError:
        return False


def wait_for_drain(server):
    servers.poll(lambda: not listens(server.host, server.port), what="the end of listening")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_the_first_signal_drains(serve, number):
    server = serve(MODEL)
    begun, rest = begin_post(server, "begun")
    idle = server.connect()
    idle.send(get("/health/live"))
    assert idle.read().header("Connection") != "close"
    server.process.send_signal(number)
    assert idle.is_closed()
    wait_for_drain(server)
    begun.send(rest)
    answer = begun.read()
    assert (answer.status, answer.header("Connection")) == (201, "close"), str(answer)
    assert begun.is_closed()
    assert server.wait() == 0
    assert serve(folder=server.folder).ask("GET", "/api/things/begun").status == 200


def test_stuck_clients_do_not_prolong_the_drain(serve):
    server = serve(MODEL, environment=DRAIN)
    assert server.ask("POST", "/api/things", {"id": "large", "name": "x" * 900_000}).status == 201
    stuck = [begin_post(server, "never")[0], server.connect(), server.connect()]
    stuck[1].send(b"GET /api/things HTTP/1.1\r\nHo")
    stuck[2].send(get("/api/things/large") * 20)  # and reads none of it
    assert select.select([stuck[2].socket], [], [], 10)[0]
    began = time.monotonic()
    assert server.stop() == 0
    took = time.monotonic() - began
    assert 0.4 <= took < 0.4 + AFTER_DRAIN, f"the drain took {took:.2f} s"


def test_a_slow_query_does_not_prolong_the_drain(serve):
    server = serve(MODEL, environment={**DRAIN, "HOLDFAST_QUERY_TIMEOUT_MS": "60000"})
    for name in "abcd":
        assert server.ask("POST", "/api/things", {"id": name, "name": "a" * 900_000}).status == 201
    asking = server.connect()
    asking.send(get(f"/api/things/count?name[ilike]=%25{'a' * 490}b"))  # 4 × 900,000 × 490 comparisons: many seconds
    assert not select.select([asking.socket], [], [], 0.3)[0], "the query was not slow"
    began = time.monotonic()
    assert server.stop() == 0
    took = time.monotonic() - began
    assert took < 0.4 + AFTER_DRAIN, f"the drain took {took:.2f} s"


@pytest.mark.parametrize("first, second", [(signal.SIGINT, signal.SIGINT), (signal.SIGTERM, signal.SIGTERM), (signal.SIGINT, signal.SIGTERM)],
                         ids=lambda number: number.name)
def test_the_second_signal_ends_at_once_and_nothing_is_lost(serve, first, second):
    server = serve(MODEL)
    stuck = begin_post(server, "never")  # the drain would wait ten seconds for it
    acknowledged = []
    writer = threading.Thread(target=write_on, args=(server, acknowledged), daemon=True)
    writer.start()
    servers.poll(lambda: len(acknowledged) >= 100, what="100 writes")
    server.process.send_signal(first)
    wait_for_drain(server)
    began = time.monotonic()
    server.process.send_signal(second)
    assert server.wait() == -second
    assert time.monotonic() - began < 1 * servers.SLOWNESS
    writer.join(10)
    stuck[0].close()
    again = serve(folder=server.folder).connect()
    again.send(b"".join(get(f"/api/things/{name}") for name in acknowledged))
    lost = [name for name in acknowledged if again.read().status != 200]
    assert not lost


def write_on(server, acknowledged):
    with contextlib.suppress(OSError, wire.WireError):
        connection = server.connect()
        for number in range(1_000_000):
            connection.send(post(f"w{number}", "x"))
            if connection.read().status == 201:
                acknowledged.append(f"w{number}")


@pytest.mark.parametrize("signals, status", [([signal.SIGINT], 0), ([signal.SIGTERM], 0), ([signal.SIGINT] * 2, 130), ([signal.SIGTERM] * 2, 143)],
                         ids=["INT", "TERM", "INT INT", "TERM TERM"])
def test_what_a_shell_says_of_the_end(tmp_path, signals, status):
    """A shell without job control has its background processes ignore SIGINT; the server hears it all the same."""
    folder = servers.write_project(tmp_path / "project", MODEL)
    command = ["sh", "-c", '"$@" & wait $!', "sh", str(servers.require_binary()), "serve", str(folder), "--port", "0"]
    shell = subprocess.Popen(command, env=servers.clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    pid = None
    try:
        host, port = servers.ADDRESS.search(shell.stdout.readline().decode()).groups()
        pid = int(pathlib.Path(f"/proc/{shell.pid}/task/{shell.pid}/children").read_text())
        held = wire.Connection(host, int(port))
        held.send(get("/health/live") + (post("never", "x" * 100)[:-50] if len(signals) == 2 else b""))
        assert held.read().status == 200
        for number in signals:
            os.kill(pid, number)
            servers.poll(lambda: not listens(host, port), what="the end of listening")
        assert shell.wait(servers.STOP_SECONDS) == status
    finally:
        shell.kill()
        shell.wait()
        if pid and os.path.exists(f"/proc/{pid}"):
            os.kill(pid, signal.SIGKILL)


# --- systemd

class Systemd:
    """The other end of NOTIFY_SOCKET."""

    def __init__(self, name):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + name[1:] if name.startswith("@") else name)

    def hear(self, seconds=10.0):
        """The next message, or None when none comes in time."""
        return self.socket.recv(4096).decode() if select.select([self.socket], [], [], seconds)[0] else None

    def hear_until(self, wanted):
        heard = []
        while not heard or wanted not in heard[-1].split("\n"):
            heard.append(self.hear())
            assert heard[-1] is not None, f"{wanted} was not told, but {heard[:-1]}"
        return heard

    def forget(self):
        while self.hear(0) is not None:
            pass


@pytest.fixture(params=["path", "abstract"])
def systemd(request, tmp_path):
    name = str(tmp_path / "notify") if request.param == "path" else f"@holdfast-{os.getpid()}-{tmp_path.name}"
    told = Systemd(name)
    told.name = name
    yield told
    told.socket.close()


def test_systemd_is_told_of_start_life_and_end(serve, systemd):
    server = serve(MODEL, environment={"NOTIFY_SOCKET": systemd.name, "WATCHDOG_USEC": "200000"})
    told = systemd.hear_until("READY=1")
    assert told == ["STATUS=Opening the database.", f"READY=1\nSTATUS=Serving http://{server.authority}."]
    began = time.monotonic()
    systemd.forget()  # so that all four are told after `began`, however late this process is
    assert [systemd.hear() for _ in range(4)] == ["WATCHDOG=1"] * 4
    assert 0.3 <= time.monotonic() - began, "the watchdog is fed more often than every half of its period"
    begun, rest = begin_post(server, "begun")
    server.terminate()
    assert systemd.hear_until("STOPPING=1")[-1].startswith("STOPPING=1\nSTATUS=Draining")
    assert systemd.hear() == "WATCHDOG=1"  # a drain may take longer than the watchdog's patience
    begun.send(rest)
    assert server.wait() == 0


def test_a_watchdog_of_another_process_is_left_alone(serve, tmp_path):
    systemd = Systemd(str(tmp_path / "notify"))
    server = serve(MODEL, environment={"NOTIFY_SOCKET": tmp_path / "notify", "WATCHDOG_USEC": "20000", "WATCHDOG_PID": "1"})
    systemd.hear_until("READY=1")
    assert systemd.hear(0.1) is None
    assert server.stop() == 0


class Stuck:
    """A server whose loops hang: they write log lines to a stderr that nobody reads."""

    def __init__(self, folder, environment):
        command = [str(servers.require_binary()), "serve", str(folder), "--port", "0", "--threads", "2"]
        self.process = subprocess.Popen(command, env=servers.clean_environment(environment), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        host, port = servers.ADDRESS.search(self.process.stdout.readline().decode()).groups()
        self.address = (host, int(port))

    def hang(self):
        """Asks, on new connections that either loop may get, until one of them is not answered and the pipe of stderr is full."""
        for _ in range(1000):
            connection = wire.Connection(*self.address, 0.5)
            connection.send(get("/nothing/" + "x" * 8000) * 4)
            try:
                assert all(connection.read().status == 404 for _ in range(4))
            except wire.WireError:
                if self.unread() > PIPE_BYTES // 2:  # else the machine is slow
                    return
            finally:
                connection.close()
        raise AssertionError("no loop hangs")

    def unread(self):
        """Bytes in the pipe of stderr."""
        count = array.array("i", [0])
        fcntl.ioctl(self.process.stderr, termios.FIONREAD, count)
        return count[0]

    def let_go(self):
        threading.Thread(target=self.process.stderr.read, daemon=True).start()


@pytest.fixture
def stuck(tmp_path):
    started = []

    def start(environment):
        started.append(Stuck(servers.write_project(tmp_path / "project", MODEL), environment))
        return started[0]

    yield start
    for one in started:
        one.process.kill()
        one.process.wait()


def test_the_watchdog_is_fed_only_while_every_loop_turns(stuck, tmp_path):
    systemd = Systemd(str(tmp_path / "notify"))
    server = stuck({"NOTIFY_SOCKET": tmp_path / "notify", "WATCHDOG_USEC": "100000", "HOLDFAST_URL_LIMIT": "10000"})
    systemd.hear_until("WATCHDOG=1")
    server.hang()
    systemd.forget()
    assert systemd.hear(0.2) is None, "the watchdog is fed although a loop hangs"
    server.let_go()
    assert systemd.hear() == "WATCHDOG=1"
    server.process.terminate()
    assert server.process.wait(servers.STOP_SECONDS) == 0


def test_a_server_that_hangs_ends_at_the_second_signal(stuck, tmp_path):
    systemd = Systemd(str(tmp_path / "notify"))
    server = stuck({"NOTIFY_SOCKET": tmp_path / "notify", "HOLDFAST_URL_LIMIT": "10000"})
    server.hang()
    server.process.send_signal(signal.SIGTERM)
    systemd.hear_until("STOPPING=1")  # two signals that wait together would be one
    with pytest.raises(subprocess.TimeoutExpired):
        server.process.wait(0.1)
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(1 * servers.SLOWNESS) == -signal.SIGTERM


@pytest.mark.skipif(not LONG, reason="takes six seconds: ./dev test --long")
def test_a_server_that_hangs_ends_by_itself_after_the_drain(stuck):
    server = stuck({**DRAIN, "HOLDFAST_URL_LIMIT": "10000"})
    server.hang()
    server.process.terminate()
    assert server.process.wait(servers.STOP_SECONDS) == 1


# --- crashes

CRASHES = [signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGABRT]


@pytest.mark.parametrize("number", CRASHES, ids=lambda number: number.name)
def test_a_crash_says_why_and_where_and_nothing_else(serve, number):
    server = serve(MODEL, environment={"HOLDFAST_API_KEY": "sesame-open-9", "HOLDFAST_LOG": "warn,logfmt"})
    written = server.ask("POST", "/api/things", {"id": "kept", "name": "of-a-client"}, headers=[("Authorization", "Bearer sesame-open-9")])
    assert written.status == 201
    server.process.send_signal(number)
    assert server.wait() == -number
    reason, *frames = "".join(server.errors).splitlines()
    assert re.fullmatch(rf"holdfast \d+\.\d+\.\d+ crashed: {number.name} sent by process {os.getpid()}, pid {server.pid}, thread \S+", reason), reason
    assert len(frames) > 3 and all(re.fullmatch(r"\S+\(\S*\+0x[0-9a-f]+\) ?\[0x[0-9a-f]+\]", frame) for frame in frames), frames
    assert any("/holdfast(+0x" in frame for frame in frames)
    assert "sesame" not in server.printed().replace(str(server.folder), "") and "of-a-client" not in server.printed()
    again = serve(folder=server.folder)
    assert again.ask("GET", "/api/things/kept").status == 200


def test_who_connects_while_the_drain_begins_is_answered_or_told(serve):
    """Each loop stops accepting by itself. What it has accepted by then waits neither for the other loops nor for the timeout."""
    for _ in range(200 if LONG else 10):
        server = serve(MODEL)
        begun, rest = begin_post(server, "begun")
        server.terminate()
        while True:
            try:
                late = server.connect()
            except OSError:
                break
            with contextlib.suppress(OSError):
                late.send(get("/health/live"))
            assert select.select([late.socket], [], [], 5)[0], "a connection was neither answered nor closed"
            late.close()
        begun.send(rest)
        assert begun.read().status == 201
        assert server.wait() == 0
