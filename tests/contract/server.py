"""Starts and stops `holdfast serve` as a child process, on a free port, in a folder of its own.

A Server belongs to one test (or one scenario file). It is ended by its process id, never by name.
"""
import contextlib
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

import engines
import wire

ROOT = pathlib.Path(__file__).resolve().parents[2]
# ./dev test --sanitize and --tsan name another build of the program.
BINARY = pathlib.Path(os.environ.get("HOLDFAST_BINARY") or ROOT / "build" / "release" / "holdfast").resolve()
PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS")
SLOWNESS = float(os.environ.get("HOLDFAST_TEST_SLOWNESS", "1"))  # how much slower than a release a sanitized build may be
START_SECONDS = 15.0
STOP_SECONDS = 15.0
ADDRESS = re.compile(r"http://(\[[^\]]+\]|[^\s:/]+):(\d+)")


class StartFailed(AssertionError):
    """`serve` ended, or said no address, before the deadline. Carries what it printed."""

    def __init__(self, reason, status, output):
        super().__init__(f"{reason}; exit status {status}; it printed:\n{output}")
        self.status = status
        self.output = output


def require_binary():
    if not BINARY.is_file():
        raise AssertionError(f"{BINARY} is missing. Build it first: ./dev build")
    return BINARY


ENGINE = engines.Sqlite()  # that servers are started on


def use(engine):
    global ENGINE
    ENGINE = engine


@contextlib.contextmanager
def on_engine(name):
    """Servers that are started inside are on this engine."""
    before, opened = ENGINE, engines.opened(name)
    use(opened)
    try:
        yield opened
    finally:
        use(before)
        opened.close()


def clean_environment(extra=None, data="."):
    """Nothing of the caller's configuration may leak into a server under test. `data`: the data folder, which stands for its database."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    kept.update(ENGINE.environment(data))
    kept.update({name: str(value) for name, value in (extra or {}).items()})
    return kept


def run(arguments, environment=None, cwd=None, timeout=START_SECONDS):
    """Runs a command of the binary to its end, on the database of the project in `cwd`."""
    command = [str(require_binary()), *map(str, arguments)]
    return subprocess.run(command, env=clean_environment(environment, pathlib.Path(cwd or ".") / "data"), cwd=cwd, capture_output=True, text=True, timeout=timeout)


def write_project(folder, models, seeds=None):
    """Makes a project folder. `models` and `seeds` map a collection to the text of its file."""
    folder = pathlib.Path(folder)
    for room, files in (("models", models), ("seeds", seeds or {})):
        (folder / room).mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / room / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


class Server:
    def __init__(self, folder, *arguments, environment=None, data=None, port=0, prefix=()):
        """Starts and waits until the address is printed. Raises StartFailed otherwise. `prefix`: a command that becomes the server."""
        self.folder = pathlib.Path(folder)
        self.data = pathlib.Path(data) if data is not None else self.folder / "data"
        command = [*prefix, str(require_binary()), "serve", str(folder), "--port", str(port), *map(str, arguments)]
        if data is not None:
            command += ["--data", str(data)]
        self.output = []
        self.errors = []
        self.ready = threading.Event()
        self.host = self.port = None
        self.process = subprocess.Popen(command, env=clean_environment(environment, self.data), cwd=self.folder, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", errors="replace")
        self.readers = [threading.Thread(target=self._collect, args=(self.process.stdout, self.output, True), daemon=True),
                        threading.Thread(target=self._collect, args=(self.process.stderr, self.errors, False), daemon=True)]
        for reader in self.readers:
            reader.start()
        self._wait_until_ready()

    def _collect(self, stream, lines, announces):
        for line in stream:
            lines.append(line)
            found = ADDRESS.search(line) if announces and not self.ready.is_set() else None
            if found:
                self.host, self.port = found.group(1).strip("[]"), int(found.group(2))
                self.ready.set()
        if announces:
            self.ready.set()  # the stream ended: there is nothing more to wait for

    def _wait_until_ready(self):
        announced = self.ready.wait(START_SECONDS) and self.port is not None
        if announced:
            return
        self.kill()
        reason = "serve ended before it was ready" if self.ready.is_set() else f"serve printed no address within {START_SECONDS} s"
        raise StartFailed(reason, self.process.returncode, self.printed())

    @property
    def pid(self):
        return self.process.pid

    @property
    def authority(self):
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def printed(self):
        """All that it has printed so far, both streams."""
        return "".join(self.output) + "".join(self.errors)

    def connect(self, deadline=wire.DEADLINE_SECONDS):
        return wire.Connection(self.host, self.port, deadline)

    def ask(self, method, target, body=None, headers=()):
        """One request on a connection of its own; for tests that are about something else than HTTP."""
        import json
        data = b"" if body is None else json.dumps(body).encode()
        fields = [("Host", self.authority), *headers]
        if body is not None:
            fields += [("Content-Type", "application/json"), ("Content-Length", str(len(data)))]
        connection = self.connect()
        try:
            connection.send(wire.request_bytes(method, target.encode(), fields, data))
            return connection.read(head_only=method == "HEAD")
        finally:
            connection.close()

    def terminate(self):
        """Asks it to drain; does not wait."""
        self.process.send_signal(signal.SIGTERM)

    def wait(self, seconds=STOP_SECONDS):
        """Its exit status. Kills it, and fails, when it does not end in time."""
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"serve did not end within {seconds} s; it printed:\n{self.printed()}") from None
        self._join()
        return status

    def stop(self):
        """Drains, waits, returns the exit status. Safe to call twice."""
        if self.process.poll() is None:
            self.terminate()
        return self.wait()

    def kill(self):
        """The power cut of the process world: SIGKILL, no warning."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(STOP_SECONDS)
        self._join()

    def _join(self):
        # libmongoc's counters, which a killed process leaves behind: the next process of that number would be warned of them.
        pathlib.Path(f"/dev/shm/mongoc-{self.pid}").unlink(missing_ok=True)
        for reader in self.readers:
            reader.join(STOP_SECONDS)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill() if self.process.poll() is None else self._join()


def poll(question, seconds=10.0, what="the condition"):
    """Asks until the answer is true; fails at the deadline. The pause only saves processor time, no result depends on it."""
    until = time.monotonic() + seconds
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > until:
            raise AssertionError(f"{what} did not come true within {seconds} s")
        time.sleep(0.005)
