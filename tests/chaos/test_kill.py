"""kill -9 in the middle of writing: nothing that was acknowledged is lost, and nothing that was refused is there.

Four clients write over connections of their own and journal each answer. The server is killed after a random number of
acknowledgements, the files are checked as the kill left them, the server is started again on them, and every record is read back.
"""
import json
import random
import shutil
import sqlite3
import threading

import wire

ROUNDS = 5
CLIENTS = 4
MODEL = """
id: text
type: object
required: [name, client]
properties:
  name:   { type: string, maxLength: 50, unique: true }
  client: { type: integer }
  size:   { type: integer, default: 0 }
  tags:   { type: array, items: { type: string, maxLength: 10 } }
timestamps: true
indexes: [[client, size], [tags]]
"""
GONE = None


class Journal:
    """What one client was told. Owned by its thread until the round is over."""

    def __init__(self):
        self.records = {}   # id → (body, ETag), or GONE; only what was acknowledged
        self.pending = None  # (id, the body that may or may not be there now), of the one request without an answer


class Client(threading.Thread):
    """Creates, changes and deletes its own records until the connection breaks. Never touches those of another."""

    def __init__(self, round_number, number, server, journal, acknowledged, seed):
        super().__init__(daemon=True)
        self.name_prefix = f"r{round_number}-c{number}"
        self.number = number
        self.server = server
        self.journal = journal
        self.acknowledged = acknowledged
        self.choice = random.Random(seed)
        self.own = []
        self.failure = None

    def run(self):
        try:
            connection = self.server.connect()
        except OSError:
            return  # killed before this client came
        try:
            count = 0
            while True:
                self._one(connection, count)
                count += 1
        except wire.WireError:
            pass  # the kill: what was pending stays pending
        except AssertionError as error:
            self.failure = error
            self.acknowledged.fail()
        finally:
            connection.close()

    def _one(self, connection, count):
        draw = self.choice.random()
        if not self.own or draw < 0.6:
            return self._create(connection, count)
        victim = self.choice.choice(self.own)
        return self._change(connection, victim, count) if draw < 0.9 else self._remove(connection, victim)

    def _create(self, connection, count):
        key = f"{self.name_prefix}-{count}"
        body = {"id": key, "name": key, "client": self.number, "size": count, "tags": ["new"]}
        answer = self._send(connection, "POST", "/api/writes", key, body, body)
        self._acknowledge(key, answer, 201)
        self.own.append(key)

    def _change(self, connection, key, count):
        body, tag = self.journal.records[key]
        changes = {"size": -count, "tags": ["changed", str(count)]}
        answer = self._send(connection, "PATCH", f"/api/writes/{key}", key, changes, {**body, **changes}, tag)
        self._acknowledge(key, answer, 200)

    def _remove(self, connection, key):
        answer = self._send(connection, "DELETE", f"/api/writes/{key}", key, None, GONE)
        assert answer.status == 204, f"DELETE of {key} answered\n{answer}"
        self.journal.records[key] = GONE
        self.own.remove(key)
        self._done()

    def _send(self, connection, method, target, key, body, becomes, tag=None):
        data = b"" if body is None else json.dumps(body).encode()
        headers = [("Host", "chaos")]
        headers += [("If-Match", tag)] if tag else []
        headers += [("Content-Type", "application/json"), ("Content-Length", str(len(data)))] if body is not None else []
        self.journal.pending = (key, becomes)
        connection.send(wire.request_bytes(method, target.encode(), headers, data))
        return connection.read()

    def _acknowledge(self, key, answer, status):
        assert answer.status == status, f"{key} was answered\n{answer}"
        sent = self.journal.pending[1]
        stored = answer.json
        assert {name: stored[name] for name in sent} == sent, f"sent {sent}, answered {stored}"
        self.journal.records[key] = (sent, answer.header("ETag"))
        self._done()

    def _done(self):
        self.journal.pending = None
        self.acknowledged.add()


class Counter:
    """Lets one thread wait until the others have done enough."""

    def __init__(self):
        self.condition = threading.Condition()
        self.count = 0
        self.failed = False

    def add(self):
        with self.condition:
            self.count += 1
            self.condition.notify_all()

    def fail(self):
        with self.condition:
            self.failed = True
            self.condition.notify_all()

    def wait_for(self, wanted, seconds=30.0):
        with self.condition:
            reached = self.condition.wait_for(lambda: self.failed or self.count >= wanted, seconds)
        assert reached, f"only {self.count} of {wanted} writes were acknowledged within {seconds} s"


def test_nothing_acknowledged_is_lost_by_kill_9(serve, tmp_path):
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")  # pytest shows it when the test fails
    choice = random.Random(seed)
    server = serve({"writes": MODEL})
    journals = []
    for number in range(ROUNDS):
        journals += write_until_killed(number, server, choice)
        check_files(server.folder / "data" / "holdfast.db", tmp_path / f"copy{number}")
        server = serve(folder=server.folder)
        check_records(server, journals)
    assert server.stop() == 0
    check_files(server.folder / "data" / "holdfast.db", tmp_path / "copy-last")


def write_until_killed(number, server, choice):
    acknowledged = Counter()
    journals = [Journal() for _ in range(CLIENTS)]
    clients = [Client(number, index, server, journal, acknowledged, choice.random()) for index, journal in enumerate(journals)]
    for client in clients:
        client.start()
    acknowledged.wait_for(choice.randrange(50, 2000))
    server.kill()
    for client in clients:
        client.join(30)
        assert not client.is_alive(), "a client hangs on a dead server"
        if client.failure:
            raise client.failure
    return journals


def check_files(database, copy):
    """On a copy, because opening the database would recover it before the server does."""
    copy.mkdir()
    for name in (database.name, f"{database.name}-wal"):
        if (database.parent / name).exists():
            shutil.copy(database.parent / name, copy / name)
    connection = sqlite3.connect(copy / database.name)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    finally:
        connection.close()


def check_records(server, journals):
    """Reads every record back; settles each pending one as what it turned out to be."""
    connection = server.connect()
    try:
        for journal in journals:
            settle(connection, journal)
        keys = [key for journal in journals for key in journal.records]
        lost = [problem for key, problem in zip(keys, compare(connection, journals, keys)) if problem]
        assert not lost, f"{len(lost)} of {len(keys)} differ:\n" + "\n".join(lost[:20])
        check_counts(connection, journals)
    finally:
        connection.close()


def settle(connection, journal):
    if journal.pending is None:
        return
    key, becomes = journal.pending
    journal.pending = None
    before = journal.records.get(key, (GONE, None))
    before = before[0] if before is not GONE else GONE
    stored, tag = fetch(connection, [key])[0]
    fits = [state for state in (before, becomes) if same_record(state, stored)]
    assert fits, f"{key}: was {before}, may have become {becomes}, is {stored}"
    journal.records[key] = GONE if stored is GONE else (fits[0], tag)


def compare(connection, journals, keys):
    expected = {key: state for journal in journals for key, state in journal.records.items()}
    for start in range(0, len(keys), 64):
        some = keys[start:start + 64]
        for key, (stored, tag) in zip(some, fetch(connection, some)):
            state = expected[key]
            body, wanted_tag = state if state is not GONE else (GONE, None)
            right = same_record(body, stored) and tag == wanted_tag
            yield None if right else f"{key}: acknowledged {body} {wanted_tag}, is {stored} {tag}"


def fetch(connection, keys):
    """(record, ETag) of each; pipelined, since there are thousands."""
    connection.send(b"".join(wire.request_bytes("GET", f"/api/writes/{key}".encode(), [("Host", "chaos")], b"") for key in keys))
    answers = [connection.read() for _ in keys]
    strange = [answer for answer in answers if answer.status not in (200, 404)]
    assert not strange, f"a read was answered\n{strange[0]}"
    return [(answer.json, answer.header("ETag")) if answer.status == 200 else (GONE, None) for answer in answers]


def same_record(body, stored):
    if body is GONE or stored is GONE:
        return body is stored
    return {name: stored.get(name) for name in body} == body


def check_counts(connection, journals):
    """The indexes agree with the rows."""
    alive = [state[0] for journal in journals for state in journal.records.values() if state is not GONE]
    for query, wanted in (("", len(alive)), ("?client=0", sum(one["client"] == 0 for one in alive)),
                          ("?tags[has]=changed", sum("changed" in one["tags"] for one in alive)),
                          ("?client[gte]=0&size[gte]=0", sum(one["size"] >= 0 for one in alive))):
        connection.send(wire.request_bytes("GET", f"/api/writes/count{query}".encode(), [("Host", "chaos")], b""))
        answer = connection.read()
        assert answer.status == 200 and answer.json == {"count": wanted}, f"count{query} should be {wanted}:\n{answer}"
