"""Many connections to one server from one thread, and what the server pays for them.

A Crowd holds idle sockets. A Load sends one request after another over many connections, at a rate (whether or not the server keeps up) or
as fast as answers come, and tells of each request when it was sent, when it was answered, and with what.
"""
import collections
import pathlib
import re
import resource
import select
import socket
import time

import pytest

LENGTH = re.compile(rb"\r\nContent-Length: (\d+)\r\n", re.IGNORECASE)
Outcome = collections.namedtuple("Outcome", "status sent answered")


class PiledUp(AssertionError):
    """Every connection of a load waits for an answer, so no more can be asked."""


def need_descriptors(count):
    """Both ends of each connection are open files. Too few allowed is a failure with advice, never a skip."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count:
        pytest.fail(f"this test needs {count} open files and only {hard} are allowed: ulimit -Hn {count}")
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))


def anonymous_bytes(server):
    """Memory of the process that is not a file's: what connections can cost."""
    status = pathlib.Path(f"/proc/{server.pid}/status").read_text()
    return int(re.search(r"RssAnon:\s+(\d+) kB", status).group(1)) * 1024


def open_files(server):
    return len(list(pathlib.Path(f"/proc/{server.pid}/fd").iterdir()))


def processor_seconds(server):
    """User and system time that the process has used."""
    fields = pathlib.Path(f"/proc/{server.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


class Crowd:
    """Idle connections; each has asked once when `request` is given, so that it holds what such a connection holds.

    `together` of them ask at a time: with more than one, what the server's allocator keeps of that moment counts as theirs.
    """

    def __init__(self, server, count, request=None, together=500):
        self.sockets = []
        for start in range(0, count, together):
            some = [socket.create_connection((server.host, server.port), timeout=10) for _ in range(min(together, count - start))]
            self.sockets += some
            for one in some if request else []:
                one.sendall(request)
            for one in some if request else []:
                assert one.recv(65536).startswith(b"HTTP/1.1 200"), "a connection of the crowd was not served"

    def close(self):
        for one in self.sockets:
            one.close()
        self.sockets = []


def rate(connection, request, seconds, at_once=100):
    """Requests a second that one connection gets, `at_once` in one write."""
    block = request * at_once
    count, begun = 0, time.monotonic()
    while True:
        connection.send(block)
        for _ in range(at_once):
            assert connection.read().status == 200
        count += at_once
        passed = time.monotonic() - begun
        if passed >= seconds:
            return count / passed


def latencies(connection, request, seconds):
    """Of one request after another, in seconds, in order of length."""
    found, until = [], time.monotonic() + seconds
    while time.monotonic() < until:
        begun = time.monotonic()
        connection.send(request)
        assert connection.read().status == 200
        found.append(time.monotonic() - begun)
    return sorted(found)


def percentile(values, part):
    """Of values in order."""
    return values[min(len(values) - 1, int(len(values) * part))]


class Load:
    """Connections that carry one request at a time each."""

    def __init__(self, server, connections):
        self.poll = select.epoll()
        self.idle = []
        self.sockets = {}
        self.buffers = {}
        self.sent = {}
        for _ in range(connections):
            one = socket.create_connection((server.host, server.port), timeout=10)
            one.setblocking(False)
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.sockets[one.fileno()] = one
            self.buffers[one.fileno()] = b""
            self.poll.register(one.fileno(), select.EPOLLIN)
            self.idle.append(one.fileno())

    def close(self):
        for one in self.sockets.values():
            one.close()
        self.poll.close()

    def saturate(self, request, clients, seconds):
        """`clients` connections, each of which asks again as soon as it is answered."""
        begun = time.monotonic()
        outcomes = []
        while time.monotonic() - begun < seconds:
            for _ in range(clients - len(self.sent)):
                self._send(request)
            self._receive(outcomes, 0.01)
        return self._finish(outcomes)

    def offer(self, request, per_second, seconds):
        """A request each 1/per_second, whatever becomes of those before it."""
        begun = time.monotonic()
        outcomes, asked = [], 0
        while (passed := time.monotonic() - begun) < seconds:
            due = int(passed * per_second)
            while asked < due:
                if not self.idle:
                    raise PiledUp(f"all {len(self.sockets)} connections wait for an answer")
                self._send(request)
                asked += 1
            self._receive(outcomes, max(0.0, (asked + 1) / per_second - passed))
        return outcomes

    def _finish(self, outcomes):
        until = time.monotonic() + 20
        while self.sent:
            assert time.monotonic() < until, f"{len(self.sent)} requests were not answered within 20 s"
            self._receive(outcomes, 0.05)
        return outcomes

    def drain(self):
        """Waits for what is under way."""
        return self._finish([])

    def _send(self, request):
        number = self.idle.pop()
        self.sent[number] = time.monotonic()
        assert self.sockets[number].send(request) == len(request)

    def _receive(self, outcomes, seconds):
        for number, _ in self.poll.poll(seconds):
            data = self.sockets[number].recv(65536)
            assert data, "the server closed a connection of the load"
            buffer = self.buffers[number] + data
            end = buffer.find(b"\r\n\r\n")
            length = LENGTH.search(buffer) if end >= 0 else None
            if end < 0 or len(buffer) < end + 4 + (int(length.group(1)) if length else 0):
                self.buffers[number] = buffer
                continue
            self.buffers[number] = b""
            outcomes.append(Outcome(int(buffer[9:12]), self.sent.pop(number), time.monotonic()))
            self.idle.append(number)
