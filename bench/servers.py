"""The two servers: started on private loopback ports, stopped by process id, whatever happens in between."""
import http.client
import os
import re
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from failure import BenchFailure
from nginx_config import config

READY_WITHIN = 15.0
STOPPED_WITHIN = 15.0
SETTINGS_OF_HOLDFAST = re.compile(r"HOLDFAST_|REDIS_|CACHE_|DB_TYPE$|DATABASE_URL$|MONGODB_URI$|HOST$|PORT$")


@dataclass
class Sample:
    """One answer as it came."""
    status: int
    headers: list
    body: bytes


def ask(port, path, method="GET", body=None, expect=200):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
        response = connection.getresponse()
        sample = Sample(response.status, response.getheaders(), response.read())
    except OSError as error:
        raise BenchFailure(f"{method} {path} on port {port}: {error}") from error
    finally:
        connection.close()
    if sample.status != expect:
        raise BenchFailure(f"{method} {path} answered {sample.status}, not {expect}: {sample.body[:300].decode(errors='replace')}")
    return sample


def free_ports(count):
    """Ports that were free just now; all are held at once, so they differ."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Server:
    """A child process in a session of its own: Ctrl-C reaches the bench alone, which then stops the child."""

    def __init__(self, name, command, folder, environment=None):
        self.name, self.folder = name, Path(folder)
        self.output, self.log = self.folder / f"{name}.out", self.folder / f"{name}.log"
        with open(self.output, "wb") as output, open(self.log, "wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=log, env=environment, start_new_session=True)
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        if self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOPPED_WITHIN)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise BenchFailure(f"{self.name} did not stop within {STOPPED_WITHIN:.0f} s of SIGTERM and was killed") from None

    def wait_until(self, ready, pause=0.002, within=READY_WITHIN):
        deadline = time.monotonic() + within
        while not (found := ready()):
            if self.process.poll() is not None:
                raise BenchFailure(f"{self.name} ended with status {self.process.returncode}: {self.last_words()}")
            if time.monotonic() > deadline:
                self.stop()
                raise BenchFailure(f"{self.name} was not ready within {within:.0f} s: {self.last_words()}")
            time.sleep(pause)
        return found

    def last_words(self):
        return self.log.read_text(errors="replace").strip()[-1500:] or "it wrote nothing to stderr"


class Holdfast(Server):
    """`holdfast serve` on a project folder; access logs off unless `log` says info."""

    def __init__(self, binary, project, log="warn", port=0, environment=None):
        inherited = {name: value for name, value in os.environ.items() if not SETTINGS_OF_HOLDFAST.match(name)}
        environment = {**inherited, "HOLDFAST_LOG": f"{log},logfmt", **(environment or {})}
        command = [str(binary), "serve", str(project), "--host", "127.0.0.1", "--port", str(port)]
        super().__init__("holdfast", command, Path(project).parent, environment)
        self.port = port

    def wait_for_address(self, minutes=None):
        told = self.wait_until(lambda: re.search(r"http://127\.0\.0\.1:(\d+)", self.output.read_text()),
                               within=60 * minutes if minutes else READY_WITHIN)
        self.port = int(told.group(1))
        return self


class Nginx(Server):
    """nginx with one port for each sample. `samples`: name → Sample, `logged`: the names whose port writes an access log."""

    def __init__(self, folder, samples, logged=()):
        folder = Path(folder)
        self.ports = dict(zip(samples, free_ports(len(samples)), strict=True))
        servers = [(self.ports[name], sample, folder / "access.log" if name in logged else None) for name, sample in samples.items()]
        file = folder / "nginx.conf"
        file.write_text(config(folder, os.cpu_count(), servers, os.geteuid() == 0), encoding="utf-8")
        super().__init__("nginx", [find_nginx(), "-p", str(folder), "-c", str(file), "-e", "stderr"], folder)
        self.samples = samples

    def wait_and_check(self):
        for port in self.ports.values():
            self.wait_until(lambda port=port: accepts(port))
        for name, sample in self.samples.items():
            self.check(name, sample)
        return self

    def check(self, name, sample):
        """It is the limit only when it sends the same bytes."""
        method, content = ("POST", "{}") if sample.status == 201 else ("GET", None)
        same = ask(self.ports[name], "/", method, content, expect=sample.status)
        if same.body != sample.body:
            raise BenchFailure(f"nginx does not answer the bytes of Holdfast for {name}")


def find_nginx():
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin") or ""


def accepts(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
