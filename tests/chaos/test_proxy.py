"""The proxy breaks what it is told to break, and nothing else."""
import contextlib
import socket
import socketserver
import threading
import time

import pytest

from proxy import ANSWERS, QUESTIONS, Proxy

QUIET_SECONDS = 0.15  # in which nothing must arrive
DEADLINE_SECONDS = 5.0


class Echo(socketserver.BaseRequestHandler):
    """Sends back what comes; remembers it."""

    def handle(self):
        with contextlib.suppress(OSError):
            while data := self.request.recv(65536):
                self.server.heard.append(data)
                self.request.sendall(data)
        self.server.gone.release()


class EchoServer(socketserver.ThreadingTCPServer):
    daemon_threads, allow_reuse_address = True, True


@pytest.fixture
def echo():
    server = EchoServer(("127.0.0.1", 0), Echo)
    server.heard, server.gone = [], threading.Semaphore(0)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def proxy(echo):
    with Proxy(echo.server_address[1]) as one:
        yield one


@pytest.fixture
def connect(proxy):
    opened = []

    def make():
        one = socket.create_connection(("127.0.0.1", proxy.port), DEADLINE_SECONDS)
        opened.append(one)
        return one

    yield make
    for one in opened:
        one.close()


def says(one, text):
    one.sendall(text)
    return hears(one, len(text))


def hears(one, count):
    data = b""
    while len(data) < count:
        piece = one.recv(count - len(data))
        if not piece:
            break
        data += piece
    return data


def is_quiet(one):
    one.settimeout(QUIET_SECONDS)
    try:
        return one.recv(1) is None
    except TimeoutError:
        return True
    finally:
        one.settimeout(DEADLINE_SECONDS)


def test_unbroken_it_carries_everything_both_ways(connect):
    one, other = connect(), connect()
    large = bytes(range(256)) * 40_000
    sender = threading.Thread(target=one.sendall, args=(large,), daemon=True)
    sender.start()
    assert says(other, b"small") == b"small"
    assert hears(one, len(large)) == large
    sender.join(DEADLINE_SECONDS)


def test_the_end_of_one_side_reaches_the_other(connect, echo):
    one = connect()
    assert says(one, b"a") == b"a"
    one.shutdown(socket.SHUT_WR)
    assert one.recv(1) == b"" and echo.gone.acquire(timeout=DEADLINE_SECONDS)


def test_delay_holds_each_direction_back(connect, proxy):
    one = connect()
    proxy.set_delay(0.4)
    before = time.monotonic()
    assert says(one, b"a") == b"a"
    assert 0.8 <= time.monotonic() - before < 4.0
    proxy.heal()
    before = time.monotonic()
    assert says(one, b"b") == b"b"
    assert time.monotonic() - before < 0.4


def test_cut_resets_both_sides_and_new_connections_work(connect, proxy, echo):
    one = connect()
    assert says(one, b"a") == b"a"
    proxy.cut()
    with pytest.raises(ConnectionResetError):
        one.recv(1)
    assert echo.gone.acquire(timeout=DEADLINE_SECONDS)
    assert says(connect(), b"b") == b"b"


def test_half_close_ends_the_answers_and_carries_the_questions(connect, proxy, echo):
    one = connect()
    assert says(one, b"a") == b"a"
    proxy.half_close()
    assert one.recv(1) == b""
    one.sendall(b"still")
    until = time.monotonic() + DEADLINE_SECONDS
    while b"".join(echo.heard) != b"astill" and time.monotonic() < until:
        time.sleep(0.005)
    assert b"".join(echo.heard) == b"astill"


def test_black_hole_swallows_without_a_word_until_it_heals(connect, proxy, echo):
    one = connect()
    assert says(one, b"a") == b"a"
    proxy.black_hole()
    one.sendall(b"lost?")
    late = connect()
    late.sendall(b"late")
    assert is_quiet(one) and is_quiet(late) and b"".join(echo.heard) == b"a"
    proxy.heal()
    assert hears(one, 5) == b"lost?" and hears(late, 4) == b"late"


def test_refusing_is_as_if_nobody_listened(connect, proxy):
    one = connect()
    assert says(one, b"a") == b"a"
    proxy.refuse()
    with pytest.raises(ConnectionResetError):
        one.recv(1)
    with pytest.raises(ConnectionRefusedError):
        connect()
    proxy.heal()
    assert says(connect(), b"b") == b"b"


@pytest.mark.parametrize("direction, passes, heard", [(QUESTIONS, False, [b"1", b"2"]), (QUESTIONS, True, [b"1", b"2", b"3"]),
                                                      (ANSWERS, False, [b"1", b"2", b"3"])])
def test_cut_at_a_piece_cuts_there_and_nowhere_else(connect, proxy, echo, direction, passes, heard):
    one = connect()
    assert says(one, b"1") == b"1"
    sprung = proxy.cut_at(direction, 2, passes)
    assert says(one, b"2") == b"2" and not sprung.is_set()
    one.sendall(b"3")
    with pytest.raises(ConnectionResetError):
        one.recv(1)
    assert sprung.wait(DEADLINE_SECONDS) and echo.gone.acquire(timeout=DEADLINE_SECONDS)
    assert echo.heard == heard
    assert says(connect(), b"4") == b"4"


def test_a_server_that_is_not_there_resets_the_client(connect, proxy, echo):
    echo.shutdown()
    echo.server_close()
    with pytest.raises(ConnectionResetError):
        connect().recv(1)
