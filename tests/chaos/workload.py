"""What the clients of these tests do, and the journal of what they were told.

Each client works over a connection of its own, on records of its own, one request after the other, until the connection breaks. So when a
server dies, at most one request of each client has no answer; everything else is known.
"""
import dataclasses
import json
import random
import threading

import wire

MODELS = {
    "writes": """
id: text
type: object
required: [name, client]
properties:
  name:   { type: string, maxLength: 50, unique: true }
  client: { type: integer }
  size:   { type: integer, default: 0 }
  tags:   { type: array, items: { type: string, maxLength: 10 } }
  text:   { type: string, maxLength: 1000000 }
search: { fields: [text], language: simple }
timestamps: true
indexes: [[client, size], [tags]]
""",
    "orders": "type: object\nproperties:\n  token: { type: string, maxLength: 50 }\n  filler: { type: string, maxLength: 1000000 }\nindexes: [[token]]\n",
    "parents": "id: text\ntype: object\nproperties:\n  name: { type: string, maxLength: 50 }\n",
    "children": "id: text\ntype: object\nproperties:\n  parent: { ref: parents, onDelete: cascade }\n  text: { type: string, maxLength: 1000000 }\n"
                "search: { fields: [text], language: simple }\n",
}
GONE = None


@dataclasses.dataclass
class Operation:
    """One request, and what is stored when it has been done: all of `becomes`, or nothing of it."""
    method: str
    target: str
    body: dict | None
    status: int
    becomes: dict  # (collection, id) → body, or GONE
    tag: str | None = None  # for If-Match
    token: str | None = None  # its Idempotency-Key, also a member of the record, whose id the server makes

    def bytes(self):
        data = b"" if self.body is None else json.dumps(self.body).encode()
        headers = [("Host", "chaos")]
        headers += [("If-Match", self.tag)] if self.tag else []
        headers += [("Idempotency-Key", self.token)] if self.token else []
        headers += [("Content-Type", "application/json"), ("Content-Length", str(len(data)))] if self.body is not None else []
        return wire.request_bytes(self.method, self.target.encode(), headers, data)


class Journal:
    """What one client was told. Owned by its thread until the round is over."""

    def __init__(self):
        self.records = {}  # (collection, id) → (body, ETag), or GONE; only what was acknowledged
        self.first_answers = []  # (operation, answer) of each acknowledged one that had a key
        self.pending = None  # the operation without an answer
        self.refused = 0  # 507

    def alive(self, collection):
        """{id: body} of what must be there."""
        return {key: state[0] for (name, key), state in self.records.items() if name == collection and state is not GONE}


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
        assert reached, f"only {self.count} of {wanted} requests were answered within {seconds} s"


class Client(threading.Thread):
    """Works until the server dies, or stop() is called, or the server itself says that it does not know what became of a write."""

    def __init__(self, server, name, answered, seed, may_refuse=False, filler=""):
        super().__init__(daemon=True)
        self.server, self.name, self.answered, self.may_refuse, self.filler = server, name, answered, may_refuse, filler
        self.choice = random.Random(seed)
        self.journal = Journal()
        self.own = []  # ids in `writes`
        self.families = {}  # id in `parents` → ids in `children`
        self.count = 0
        self.failure = None
        self.stopping = False

    def run(self):
        try:
            connection = self.server.connect()
        except OSError:
            return  # killed before this client came
        try:
            while not self.stopping and self.journal.pending is None:
                self.count += 1
                self._one(connection)
        except wire.WireError:
            pass  # the kill: what was pending stays pending
        except Exception as error:
            self.failure = error
            self.answered.fail()
        finally:
            connection.close()

    def stop(self):
        self.stopping = True

    def _one(self, connection):
        draw = self.choice.random()
        if draw < 0.2:
            return self._create_keyed(connection)
        if draw < 0.3:
            return self._create_parent(connection)
        if draw < 0.5 and self.families:
            return self._create_child(connection)
        if draw < 0.56 and self.families:
            return self._remove_family(connection)
        if draw < 0.8 and self.own:
            return self._change(connection, self.choice.choice(self.own))
        if draw < 0.86 and self.own:
            return self._remove(connection, self.choice.choice(self.own))
        return self._create(connection)

    def _create(self, connection):
        key = f"{self.name}-{self.count}"
        body = {"id": key, "name": key, "client": self.count % 7, "size": self.count, "tags": ["new"], "text": f"{self.name}new {self.filler}"}
        if self._ask(connection, Operation("POST", "/api/writes", body, 201, {("writes", key): body})):
            self.own.append(key)

    def _create_keyed(self, connection):
        token = f"{self.name}-{self.count}"
        self._ask(connection, Operation("POST", "/api/orders", {"token": token, "filler": self.filler}, 201, {}, token=token))

    def _change(self, connection, key):
        body, tag = self.journal.records["writes", key]
        changes = {"size": -self.count, "tags": ["changed", str(self.count)], "text": f"{self.filler} {self.name}changed"}
        self._ask(connection, Operation("PATCH", f"/api/writes/{key}", changes, 200, {("writes", key): {**body, **changes}}, tag=tag))

    def _remove(self, connection, key):
        if self._ask(connection, Operation("DELETE", f"/api/writes/{key}", None, 204, {("writes", key): GONE})):
            self.own.remove(key)

    def _create_parent(self, connection):
        key = f"{self.name}-{self.count}"
        body = {"id": key, "name": key}
        if self._ask(connection, Operation("POST", "/api/parents", body, 201, {("parents", key): body})):
            self.families[key] = []

    def _create_child(self, connection):
        parent, key = self.choice.choice(list(self.families)), f"{self.name}-{self.count}"
        body = {"id": key, "parent": parent, "text": f"{self.name}child {self.filler}"}
        if self._ask(connection, Operation("POST", "/api/children", body, 201, {("children", key): body})):
            self.families[parent].append(key)

    def _remove_family(self, connection):
        """The parent takes all its children with it, or none."""
        parent = self.choice.choice(list(self.families))
        gone = {("parents", parent): GONE, **{("children", key): GONE for key in self.families[parent]}}
        if self._ask(connection, Operation("DELETE", f"/api/parents/{parent}", None, 204, gone)):
            del self.families[parent]

    def _ask(self, connection, operation):
        """True: it was done. False: it was refused, or nobody knows (then it stays pending and the client ends)."""
        self.journal.pending = operation
        connection.send(operation.bytes())
        answer = connection.read()
        done = answer.status == operation.status
        if done:
            self._note(operation, answer)
        elif self.may_refuse and answer.status == 503 and answer.json["code"] == "outcome_unknown":
            return self.answered.add()
        else:
            assert self.may_refuse and answer.status == 507 and answer.json["code"] == "storage_full", f"{operation}\nwas answered\n{answer}"
            self.journal.refused += 1
        self.journal.pending = None
        self.answered.add()
        return done

    def _note(self, operation, answer):
        if operation.body is not None:
            assert {name: answer.json[name] for name in operation.body} == operation.body, f"sent {operation.body}, answered {answer.json}"
        if operation.token:
            self.journal.first_answers.append((operation, answer))
            self.journal.records["orders", answer.json["id"]] = (operation.body, answer.header("ETag"))
        for place, body in operation.becomes.items():
            self.journal.records[place] = GONE if body is GONE else (body, answer.header("ETag"))


def start_clients(server, count, name, choice, **arguments):
    """(clients, the counter of their answers)."""
    answered = Counter()
    clients = [Client(server, f"{name}c{number}", answered, choice.random(), **arguments) for number in range(count)]
    for client in clients:
        client.start()
    return clients, answered


def finish(clients):
    """Waits for their ends; their journals."""
    for client in clients:
        client.stop()
    for client in clients:
        client.join(30)
        assert not client.is_alive(), "a client hangs"
        if client.failure:
            raise client.failure
    return {client.name: client.journal for client in clients}
