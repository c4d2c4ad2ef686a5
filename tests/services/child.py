"""Server processes: found, started on a private port in a folder of their own, ended by their process id."""
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import time

START_SECONDS = 60.0
STOP_SECONDS = 20.0
TRIES = 3  # another program may take a free port before the server does
ACCOUNTS = ("postgres", "nobody")  # who runs what refuses to run as root


class Missing(Exception):
    """A server that cannot be had here. Says how to get one."""


class Broken(Exception):
    """A server that is installed and did not start. Says what it printed."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port):
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def program(name, *folders):
    """Its path, or None. `folders` are looked into first."""
    return shutil.which(name, path=os.pathsep.join([*folders, os.environ.get("PATH", ""), "/usr/sbin"]))


def unprivileged():
    """The account that servers run as when we are root; None: as we are."""
    if os.geteuid() != 0:
        return None
    for name in ACCOUNTS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Missing(f"PostgreSQL refuses to run as root, and none of these accounts exists: {', '.join(ACCOUNTS)}. Make one: useradd --system postgres")


def as_unprivileged(command):
    account = unprivileged()
    if account is None:
        return command
    return ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups", *command]


def give_away(path):
    account = unprivileged()
    if account is not None:
        os.chown(path, account.pw_uid, account.pw_gid)


class Child:
    """One running process, in a session of its own so that Ctrl-C reaches only whoever started it."""

    def __init__(self, command, log, environment=None):
        self.log = pathlib.Path(log)
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd=self.log.parent,
                                            env={**os.environ, **(environment or {})}, start_new_session=True)

    @property
    def pid(self):
        return self.process.pid

    def runs(self):
        return self.process.poll() is None

    def wait_until(self, ready):
        """False: it ended first. Raises Broken at the deadline."""
        until = time.monotonic() + START_SECONDS
        while self.runs():
            if ready():
                return True
            if time.monotonic() > until:
                self.end(signal.SIGKILL)
                raise Broken(f"{self.process.args[0]} was not ready within {START_SECONDS} s. {self.printed()}")
            time.sleep(0.02)
        return False

    def end(self, how=signal.SIGTERM):
        if self.runs():
            self.process.send_signal(how)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()

    def printed(self):
        return f"It printed:\n{self.log.read_text(encoding='utf-8', errors='replace')[-3000:]}"


def start_on_free_port(start):
    """`start(port)` gives a Child and whether it became ready; tried again on another port when it ended at once."""
    for _ in range(TRIES):
        port = free_port()
        child, ready = start(port)
        if ready:
            return child, port
    raise Broken(f"{child.process.args} ended with status {child.process.returncode}. {child.printed()}")
