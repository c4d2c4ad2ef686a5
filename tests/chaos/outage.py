"""What tests of lost database servers share: a PostgreSQL of their own, a proxy in front of it, Holdfast behind that, and what clients were told."""
import pathlib
import sys
import threading
import urllib.parse

import psycopg2

import server as servers
import wire

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "services"))
import postgres  # noqa: E402

MODELS = {
    "things": "id: text\ntype: object\nproperties:\n  name: { type: string, maxLength: 60 }\n  size: { type: integer, unique: true }\n"
              "search: { fields: [name], language: simple }\n",
    "others": "id: text\ntype: object\nproperties:\n  name: { type: string, maxLength: 60 }\n",
    "events": "type: object\nproperties:\n  name: { type: string, maxLength: 60 }\n  size: { type: integer }\n",
}
# What holds the name of a test's record, and its size. Creates of events can wait for no other row, so they share transactions.
COLUMNS = {"things": "id, size", "others": "id, null", "events": "name, size"}
UNKNOWN, NOT_DONE = {"outcome_unknown"}, {"database_unavailable", "overloaded"}


def database(folder):
    """A server that keeps what it acknowledged."""
    return postgres.Server(folder, {"fsync": "on"}).start()


def environment(port, database_name=postgres.DATABASE, **more):
    url = f"postgresql://{postgres.ROLE}:{postgres.PASSWORD}@127.0.0.1:{port}/{database_name}?sslmode=disable"
    return {"DB_TYPE": "postgres", "DATABASE_URL": url, "HOLDFAST_THREADS": "2", "HOLDFAST_LOG": "warn,logfmt", **more}


def stored(server, collection="things"):
    """{id: size or None}, asked of the database itself; nothing twice."""
    with psycopg2.connect(server.url()) as connection, connection.cursor() as cursor:
        cursor.execute(f"select {COLUMNS[collection]} from {collection}")
        rows = cursor.fetchall()
    connection.close()
    assert len(dict(rows)) == len(rows), "a write was done twice"
    return dict(rows)


class Locked:
    """A table that somebody else holds."""

    def __init__(self, server, table):
        self.connection = psycopg2.connect(server.url())
        with self.connection.cursor() as cursor:
            cursor.execute(f"lock table {table} in access exclusive mode")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()


def post(server, key, size, idempotency=None, collection="things", deadline=wire.DEADLINE_SECONDS):
    bodies = {"things": {"id": key, "name": f"n {key}", "size": size}, "others": {"id": key, "name": f"n {key}"}, "events": {"name": key, "size": size}}
    return ask(server, "POST", f"/api/{collection}", bodies[collection], idempotency, deadline)


def ask(server, method, target, body=None, idempotency=None, deadline=wire.DEADLINE_SECONDS):
    import json
    data = b"" if body is None else json.dumps(body).encode()
    headers = [("Host", "chaos")] + ([("Idempotency-Key", idempotency)] if idempotency else [])
    if body is not None:
        headers += [("Content-Type", "application/json"), ("Content-Length", str(len(data)))]
    connection = server.connect(deadline)
    try:
        connection.send(wire.request_bytes(method, target.encode(), headers, data))
        return connection.read()
    finally:
        connection.close()


class Told:
    """What clients were told of their writes: {id: size}."""

    def __init__(self):
        self.lock = threading.Lock()
        self.done, self.unknown, self.not_done = {}, {}, {}
        self.strange = []

    def note(self, key, size, answer):
        with self.lock:
            code = None if answer.status == 201 else answer.json["code"]
            if answer.status == 201:
                self.done[key] = size
            elif answer.status == 503 and code in UNKNOWN:
                self.unknown[key] = size
            elif answer.status in (503, 504) and code in NOT_DONE | {"query_timeout"}:
                self.not_done[key] = size
            else:
                self.strange.append(str(answer))
            if answer.status == 503 and not answer.header("Retry-After"):
                self.strange.append(f"no Retry-After: {answer}")

    def check(self, rows):
        """All that was acknowledged is there, nothing that was refused is, and nothing that nobody sent."""
        assert not self.strange, self.strange[0]
        lost = {key: size for key, size in self.done.items() if rows.get(key) != size}
        assert not lost, f"{len(lost)} of {len(self.done)} acknowledged writes are lost: {sorted(lost)[:10]}"
        there = sorted(set(rows) & set(self.not_done))
        assert not there, f"{len(there)} writes are there that were refused: {there[:10]}"
        assert set(rows) <= set(self.done) | set(self.unknown), sorted(set(rows) - set(self.done) - set(self.unknown))[:10]


class Writers:
    """Clients that write until they are stopped, whatever they are answered."""

    def __init__(self, server, count, told, collection="things"):
        self.server, self.told, self.collection = server, told, collection
        self.stopping = threading.Event()
        self.failures = []
        self.threads = [threading.Thread(target=self._run, args=(number,), daemon=True) for number in range(count)]
        for thread in self.threads:
            thread.start()

    def _run(self, number):
        try:
            count = 0
            while not self.stopping.is_set():
                count += 1
                key, size = f"w{number}-{count}", number * 1_000_000 + count
                answer = post(self.server, key, size, collection=self.collection)
                self.told.note(key, size, answer)
                if answer.status != 201:
                    self.stopping.wait(0.01)  # as a client that heeds a refusal would; nothing depends on it
        except Exception as error:
            self.failures.append(error)

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(30)
            assert not thread.is_alive(), "a client hangs"
        if self.failures:
            raise self.failures[0]


def until_it_writes(server, seconds, name):
    """The server takes a write again within so many seconds; how long it took."""
    import time
    before = time.monotonic()
    numbers = iter(range(10_000_000, 20_000_000))

    def works():
        number = next(numbers)
        return post(server, f"{name}-{number}", None, collection="others").status == 201

    servers.poll(works, seconds, "a write that succeeds again")
    return time.monotonic() - before


def port_of(url):
    return urllib.parse.urlsplit(url).port
