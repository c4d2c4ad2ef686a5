"""A small HTTP/1.1 client that sends exactly the bytes it is given.

Ordinary clients normalise targets, merge headers and refuse to send what a server must refuse; the contract is about just that.
One Connection is one socket, used by one thread. Every read has a deadline; a missed one is a WireError that says what had arrived.
"""
import ctypes
import ctypes.util
import json
import socket
import time
import zlib

DEADLINE_SECONDS = 10.0


class WireError(AssertionError):
    """The server closed, stalled, or sent something that is not HTTP/1.1."""


class Answer:
    """One response: `status`, `headers` (a list of pairs as sent), `body` (decoded bytes), `sent_body` (as on the wire)."""

    def __init__(self, status, headers, sent_body, interim):
        self.status = status
        self.headers = headers
        self.sent_body = sent_body
        self.interim = interim
        self.body = decode(sent_body, self.header("Content-Encoding"))

    def header(self, name):
        """The value of a header; repeated ones joined by a comma; None when absent."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(values) if values else None

    @property
    def text(self):
        return self.body.decode("utf-8")

    @property
    def json(self):
        return json.loads(self.body)

    def __str__(self):
        head = "\n".join(f"{key}: {value}" for key, value in self.headers)
        body = self.body[:3000].decode("utf-8", "backslashreplace")
        return f"{self.status}\n{head}\n\n{body}"


class Connection:
    def __init__(self, host, port, deadline=DEADLINE_SECONDS):
        self.deadline = deadline
        self.socket = socket.create_connection((host, port), timeout=deadline)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.settimeout(self.deadline)
        try:
            self.socket.sendall(data)
        except OSError:
            pass  # a server may refuse and close before it has read all; what it answered is still to be read

    def read(self, head_only=False):
        """The next response. `head_only`: it answers a HEAD request, so no body follows."""
        interim = []
        until = time.monotonic() + self.deadline
        while True:
            status, headers = self._read_head(until)
            if status >= 200 or status == 101:
                break
            interim.append(status)
        body = b"" if head_only or status in (204, 304) else self._read_body(headers, until)
        return Answer(status, headers, body, interim)

    def read_interim(self):
        """The next interim response (1xx) alone: its status."""
        return self._read_head(time.monotonic() + self.deadline)[0]

    def is_closed(self):
        """True when the server ends the connection (without sending more) before the deadline."""
        if self.buffer:
            return False
        self.socket.settimeout(self.deadline)
        try:
            return self.socket.recv(1) == b""
        except socket.timeout:
            return False
        except ConnectionError:
            return True

    def _fill(self, until, what):
        left = until - time.monotonic()
        if left <= 0:
            raise WireError(f"no complete {what} within {self.deadline} s; so far: {self.buffer[:300]!r}")
        self.socket.settimeout(left)
        try:
            data = self.socket.recv(65536)
        except socket.timeout:
            raise WireError(f"no complete {what} within {self.deadline} s; so far: {self.buffer[:300]!r}") from None
        except ConnectionError as error:
            raise WireError(f"connection broken while reading the {what}: {error}") from None
        if not data:
            raise WireError(f"connection closed before a complete {what}; so far: {self.buffer[:300]!r}")
        self.buffer += data

    def _read_head(self, until):
        while b"\r\n\r\n" not in self.buffer:
            self._fill(until, "response head")
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        parts = lines[0].split(" ", 2)
        if len(parts) < 2 or not parts[0].startswith("HTTP/1.") or not parts[1].isdigit():
            raise WireError(f"not a status line: {lines[0]!r}")
        headers = []
        for line in lines[1:]:
            key, colon, value = line.partition(":")
            if not colon:
                raise WireError(f"not a header line: {line!r}")
            headers.append((key, value.strip()))
        return int(parts[1]), headers

    def _read_body(self, headers, until):
        named = {key.lower(): value for key, value in headers}
        if "chunked" in named.get("transfer-encoding", "").lower():
            return self._read_chunks(until)
        if "content-length" in named:
            return self._take(int(named["content-length"]), until)
        while True:
            try:
                self._fill(until, "body")
            except WireError:
                body, self.buffer = self.buffer, b""
                return body

    def _take(self, count, until):
        while len(self.buffer) < count:
            self._fill(until, "body")
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def _read_chunks(self, until):
        body = b""
        while True:
            while b"\r\n" not in self.buffer:
                self._fill(until, "chunk size")
            line, self.buffer = self.buffer.split(b"\r\n", 1)
            size = int(line.split(b";")[0], 16)
            body += self._take(size, until)
            if self._take(2, until) != b"\r\n":
                raise WireError("a chunk does not end in CRLF")
            if size == 0:
                return body


def decode(body, encoding):
    """The body without its Content-Encoding; unknown encodings are left alone, the row then sees that."""
    if not body or not encoding:
        return body
    if encoding == "gzip":
        return zlib.decompress(body, 16 + zlib.MAX_WBITS)
    if encoding == "zstd":
        return decode_zstd(body)
    return body


def decode_zstd(body):
    """Python 3.11 has no zstd; the library that the server links is on every machine that runs these tests."""
    library = ctypes.CDLL(ctypes.util.find_library("zstd") or "libzstd.so.1")
    library.ZSTD_decompress.restype = ctypes.c_size_t
    library.ZSTD_decompress.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]
    library.ZSTD_isError.argtypes = [ctypes.c_size_t]
    room = ctypes.create_string_buffer(16 * 1024 * 1024)
    size = library.ZSTD_decompress(room, len(room), body, len(body))
    if library.ZSTD_isError(size):
        raise WireError("the body does not decompress as zstd")
    return room.raw[:size]


def request_bytes(method, target, headers, body):
    """The request as sent. `headers` is a list of pairs; nothing is added, merged or reordered. Target and headers go out as UTF-8."""
    lines = [f"{method} ".encode() + target + b" HTTP/1.1"]
    lines += [f"{key}: {value}".encode("utf-8") for key, value in headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body
