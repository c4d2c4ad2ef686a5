"""A TCP proxy that breaks connections on order: delay, cut, half-close, black hole, no listener. One thread; every order holds from the moment it returns."""
import collections
import contextlib
import errno
import selectors
import socket
import struct
import threading
import time

CHUNK = 65536
MOST_HELD = 4 << 20  # bytes of one direction that wait; then the sender is held up, as a full network would
RETRY_SECONDS = 0.002  # until a full socket is tried again
QUESTIONS, ANSWERS = "questions", "answers"  # from the client to the server, and back


class Way:
    """One direction of one link: what was read and is not yet delivered."""

    def __init__(self, direction, source, sink):
        self.direction, self.source, self.sink = direction, source, sink
        self.held = collections.deque()  # (when it may go on, bytes); b"" is the end of the stream
        self.held_bytes = 0
        self.ended = False


class Link:
    def __init__(self, client, server):
        self.sockets = (client, server)
        self.ways = (Way(QUESTIONS, client, server), Way(ANSWERS, server, client))


class Trap:
    """Cuts every link at the `number`-th piece (from 1) that is read in one direction after it was laid."""

    def __init__(self, direction, number, passes):
        self.direction, self.left, self.passes = direction, number, passes
        self.sprung = threading.Event()


class Proxy:
    def __init__(self, port, host="127.0.0.1"):
        self.target = (host, port)
        self.lock = threading.RLock()
        self.selector = selectors.DefaultSelector()
        self.links = []
        self.delay = 0.0
        self.hole = False
        self.trap = None
        self.accepted = 0
        self.heard = time.monotonic()  # when a piece came last, from either side
        self.closing = False
        self.wake_reader, self.wake_writer = socket.socketpair()
        self.wake_reader.setblocking(False)
        self.selector.register(self.wake_reader, selectors.EVENT_READ, None)
        self.listener = None
        self.port = 0
        self._listen()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    # Orders. Each may be given by any thread.

    def set_delay(self, seconds):
        """Every byte from now on arrives so much later."""
        with self._order():
            self.delay = seconds

    def black_hole(self):
        """Nothing arrives any more and nobody is told. Connections are still accepted."""
        with self._order():
            self.hole = True

    def cut(self):
        """Resets every connection. New ones are accepted."""
        with self._order():
            for link in list(self.links):
                self._reset(link)

    def half_close(self):
        """Clients see the end of the stream; what they send still arrives."""
        with self._order():
            for link in self.links:
                self._end(link.sockets[0])

    def refuse(self):
        """Resets every connection and accepts none: as if the server were not there."""
        with self._order():
            if self.listener:
                self.selector.unregister(self.listener)
                self.listener.close()
                self.listener = None
        self.cut()

    def heal(self):
        """Delivers what the black hole held, without delay, and accepts again."""
        with self._order():
            self.delay, self.hole, self.trap = 0.0, False, None
            for link in self.links:
                for way in link.ways:
                    way.held = collections.deque((0.0, data) for _, data in way.held)
            if self.listener is None:
                self._listen()

    def cut_at(self, direction, number=1, passes=False):
        """Cuts every link at the so-many-th piece of `direction` from now on; `passes`: it is delivered first. Gives an event: it has happened."""
        with self._order():
            self.trap = Trap(direction, number, passes)
            return self.trap.sprung

    def close(self):
        with self._order():
            self.closing = True
        self.thread.join(10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # The thread.

    @contextlib.contextmanager
    def _order(self):
        with self.lock:
            yield
            self.wake_writer.send(b".")

    def _listen(self):
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", self.port))
        self.listener.listen(128)
        self.listener.setblocking(False)
        self.port = self.listener.getsockname()[1]
        self.selector.register(self.listener, selectors.EVENT_READ, None)

    def _run(self):
        pause = None
        while True:
            events = self.selector.select(pause)
            with self.lock:
                if self.closing:
                    return self._close_all()
                for key, _ in events:
                    self._on_event(key)
                pause = self._deliver_all()

    def _on_event(self, key):
        if key.fileobj is self.wake_reader:
            self.wake_reader.recv(CHUNK)
        elif key.fileobj is self.listener:
            self._accept()
        elif key.data and key.data[0] in self.links:
            self._read(*key.data)

    def _accept(self):
        try:
            client, _ = self.listener.accept()
        except OSError:
            return
        self.accepted += 1
        try:
            server = socket.create_connection(self.target, timeout=5)
        except OSError:
            reset(client)
            return
        link = Link(client, server)
        self.links.append(link)
        for way in link.ways:
            way.source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            way.source.setblocking(False)
            self.selector.register(way.source, selectors.EVENT_READ, (link, way))

    def _read(self, link, way):
        if way.held_bytes > MOST_HELD:
            time.sleep(RETRY_SECONDS)
            return
        try:
            data = way.source.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            return self._reset(link)
        self.heard = time.monotonic()
        if not data:
            self.selector.unregister(way.source)
            way.ended = True
        elif self._springs(way, data):
            return
        way.held.append((time.monotonic() + self.delay, data))
        way.held_bytes += len(data)

    def _springs(self, way, data):
        trap = self.trap
        if trap is None or trap.direction != way.direction:
            return False
        trap.left -= 1
        if trap.left > 0:
            return False
        self.trap = None
        if trap.passes:
            way.sink.setblocking(True)
            way.sink.sendall(b"".join(held for _, held in way.held) + data)
        trap.sprung.set()  # before anybody can notice: who sees the cut and looks here must find it
        for link in list(self.links):
            self._reset(link)
        return True

    def _deliver_all(self):
        """When to look again; None: only when something happens."""
        if self.hole:
            return None
        pauses = [self._deliver(link, way) for link in list(self.links) for way in link.ways if link in self.links]
        return min((pause for pause in pauses if pause is not None), default=None)

    def _deliver(self, link, way):
        while way.held:
            due, data = way.held[0]
            early = due - time.monotonic()
            if early > 0:
                return early
            way.held.popleft()
            if not data:
                self._end(way.sink)
                if all(one.ended and not one.held for one in link.ways):
                    self._forget(link)
                return None
            try:
                sent = way.sink.send(data)
            except BlockingIOError:
                sent = 0
            except OSError as error:
                if error.errno == errno.EPIPE:
                    continue  # that side was closed by half: what comes for it is nobody's
                self._reset(link)
                return None
            way.held_bytes -= sent
            if sent < len(data):
                way.held.appendleft((due, data[sent:]))
                return RETRY_SECONDS
        return None

    def _end(self, sink):
        try:
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def _reset(self, link):
        self._forget(link, reset)

    def _forget(self, link, end=socket.socket.close):
        if link not in self.links:
            return
        self.links.remove(link)
        for one in link.sockets:
            if one in self.selector.get_map():
                self.selector.unregister(one)
            end(one)

    def _close_all(self):
        for link in list(self.links):
            self._reset(link)
        for one in (self.listener, self.wake_reader, self.wake_writer):
            if one:
                one.close()
        self.selector.close()


def reset(one):
    """Closes with RST instead of FIN."""
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    one.close()
