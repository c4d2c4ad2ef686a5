#!/usr/bin/python3
"""The servers that tests need: started, kept and ended. `./dev services` and `./dev test` are its users.

`up` starts a keeper, a process that owns the servers and ends them when it is told to (`down`) or when the process named by --until has ended.
What is already named by an environment variable is not started. Standard output is for the shell: eval "$(./dev services up)".
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import select
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import child
import mongodb
import postgres

ROOT = pathlib.Path(__file__).resolve().parents[2]
STATE = ROOT / "build" / "services"
DATABASE, POOLER, MONGODB, STAND_IN = (
    "HOLDFAST_TEST_DATABASE_URL", "HOLDFAST_TEST_POOLER_URL", "HOLDFAST_TEST_MONGODB_URI", "HOLDFAST_TEST_MONGODB_STAND_IN")
UP_SECONDS = 300.0  # the first time Maven fetches
POLL_SECONDS = 0.05


class Services:
    """Everything that was started, and the variables that name it."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.servers = []
        self.variables = {}
        self.told = []

    def start(self):
        with concurrent.futures.ThreadPoolExecutor() as pool:
            for running in [pool.submit(self._start_postgres), pool.submit(self._start_mongodb)]:
                running.result()

    def _start_postgres(self):
        url = os.environ.get(DATABASE)
        if url:
            self._note(DATABASE, url, f"PostgreSQL: the one that {DATABASE} names")
        else:
            server = postgres.Server(self.folder / "postgres")
            self.servers.append(server)
            url = server.start().url()
            self._note(DATABASE, url, server.version())
        if os.environ.get(POOLER):
            self._note(POOLER, os.environ[POOLER], f"pooler: the one that {POOLER} names")
            return
        pooler = postgres.Pooler(self.folder / "pgbouncer", url)
        self.servers.append(pooler)
        self._note(POOLER, pooler.start().url(), pooler.version())

    def _start_mongodb(self):
        uri = os.environ.get(MONGODB)
        if uri:
            self._note(MONGODB, uri, f"MongoDB: the one that {MONGODB} names")
            if os.environ.get(STAND_IN):
                self.variables[STAND_IN] = os.environ[STAND_IN]
            return
        server = mongodb.server(self.folder / "mongodb")
        self.servers.append(server)
        self._note(MONGODB, server.start().uri(), server.version())
        if isinstance(server, mongodb.StandIn):
            self.variables[STAND_IN] = f"{mongodb.STAND_IN} {mongodb.STAND_IN_VERSION}"

    def _note(self, variable, value, what):
        self.variables[variable] = value
        self.told.append(what)

    def stop(self):
        for server in reversed(self.servers):
            server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def keep(state, owner):
    """Becomes the keeper: until SIGTERM, or the end of `owner`."""
    told_to_end = os.pipe()
    signal.signal(signal.SIGTERM, lambda *_: os.write(told_to_end[1], b"."))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    watched = [told_to_end[0]] + ([os.pidfd_open(owner)] if owner else [])
    folder = tempfile.mkdtemp(prefix="holdfast-services-")
    os.chmod(folder, 0o711)  # another account's servers live below it
    services = Services(folder)
    try:
        services.start()
        write_state(state, services)
        select.select(watched, [], [])
    except (child.Missing, child.Broken) as error:
        (state / "failure").write_text(str(error))
        return 1
    finally:
        services.stop()
        (state / "state.json").unlink(missing_ok=True)
    return 0


def write_state(state, services):
    content = {"keeper": os.getpid(), "folder": str(services.folder), "servers": services.told, "variables": services.variables}
    temporary = state / "state.json.new"
    temporary.write_text(json.dumps(content, indent=1))
    temporary.rename(state / "state.json")


def read_state(state):
    """None when nothing is up."""
    try:
        content = json.loads((state / "state.json").read_text())
        os.kill(content["keeper"], 0)
        return content
    except (FileNotFoundError, ProcessLookupError):
        return None


def up(state, owner):
    running = read_state(state)
    if running is None:
        running = start_keeper(state, owner)
    if running is None:
        return 1
    tell(running)
    return 0


def start_keeper(state, owner):
    state.mkdir(parents=True, exist_ok=True)
    (state / "failure").unlink(missing_ok=True)
    command = [sys.executable, __file__, "keep", "--state", str(state)] + (["--until", str(owner)] if owner else [])
    with (state / "keeper.log").open("wb") as log:
        keeper = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    until = time.monotonic() + UP_SECONDS
    try:
        while keeper.poll() is None and time.monotonic() < until:
            running = read_state(state)
            if running:
                return running
            time.sleep(POLL_SECONDS)
    except KeyboardInterrupt:
        keeper.terminate()
        raise
    keeper.terminate()
    failure = state / "failure"
    print(f"services: {failure.read_text() if failure.exists() else (state / 'keeper.log').read_text()[-3000:]}", file=sys.stderr)
    return None


def tell(running):
    """Lines for the shell on stdout, words for people on stderr."""
    for name, value in running["variables"].items():
        print(f"export {name}={shlex.quote(value)}")
    print(f"# serve on them: DB_TYPE=postgres DATABASE_URL={shlex.quote(running['variables'][DATABASE])} build/release/holdfast serve examples/catalogue --seed")
    print(f"#                DB_TYPE=mongodb MONGODB_URI={shlex.quote(running['variables'][MONGODB])}/holdfast build/release/holdfast serve examples/catalogue --seed")
    for line in running["servers"]:
        print(f"services: {line}", file=sys.stderr)


def down(state):
    running = read_state(state)
    if running is None:
        print("services: nothing is up", file=sys.stderr)
        return 0
    keeper = os.pidfd_open(running["keeper"])
    os.kill(running["keeper"], signal.SIGTERM)
    ended, _, _ = select.select([keeper], [], [], UP_SECONDS)
    print("services: stopped" if ended else f"services: the keeper (pid {running['keeper']}) does not end", file=sys.stderr)
    return 0 if ended else 1


def status(state):
    running = read_state(state)
    if running is None:
        print("services: nothing is up. Start them: ./dev services up", file=sys.stderr)
        return 1
    tell(running)
    return 0


def main():
    parser = argparse.ArgumentParser(prog="./dev services", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("up", "down", "status", "keep"))
    parser.add_argument("--state", type=pathlib.Path, default=STATE, help="the folder that remembers what is up")
    parser.add_argument("--until", type=int, metavar="PID", help="end when this process has ended")
    arguments = parser.parse_args()
    if arguments.command == "up":
        return up(arguments.state.absolute(), arguments.until)
    if arguments.command == "keep":
        return keep(arguments.state, arguments.until)
    return {"down": down, "status": status}[arguments.command](arguments.state)


if __name__ == "__main__":
    sys.exit(main())
