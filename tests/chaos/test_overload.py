"""More work than there is time for: what is taken is finished as fast as ever, the rest is refused at once, and it is over when it is over.

The database is made slow from outside (a trigger, a long table), so that this client can easily ask four times what the server can do. All
bounds are ratios within one run, save those that the product promises in seconds; the best of several slices counts.
"""
import json
import os
import sqlite3
import time

import pytest

import crowd
import wire
from server import SLOWNESS

LONG = os.environ.get("HOLDFAST_TEST_LONG") == "1"
ROWS = 1_000_000 if LONG else 200_000
MODEL = {"things": "type: object\nproperties:\n  name: { type: string, maxLength: 100 }\n  size: { type: integer }\n"}
# Of the peak, under four times its load. On a machine that others use, the client that makes the load takes from the server what lanes of
# low priority would have had: the run that everybody makes sees a collapse, the long one sees the promise.
THROUGHPUT = 0.9 if LONG else 0.7
FEW = 20  # answers, of which no rate can be told
LONGEST_SECONDS = 20
QUIET = {"HOLDFAST_LOG": "warn"}
BODY = json.dumps({"name": "x", "size": 1}).encode()
POST = wire.request_bytes("POST", b"/api/things", [("Host", "x"), ("Content-Type", "application/json"), ("Content-Length", str(len(BODY)))], BODY)
SLOW_INSERT = """
create trigger slow after insert on things begin
  select count(*) from (with recursive n(i) as (values (1) union all select i + 1 from n where i < 20000) select i from n);
end"""
FILL = """
insert into things ({columns})
with recursive n(i) as (values (1) union all select i + 1 from n where i < {rows})
select {values} from n"""


def get(target):
    return wire.request_bytes("GET", target.encode(), [("Host", "x")], b"")


@pytest.fixture
def on_file(serve):
    """A server on a file that was changed by `change(connection)` while nobody served it."""
    def served(change, **settings):
        first = serve(MODEL, environment=QUIET)
        assert first.ask("POST", "/api/things", {"name": "first", "size": 0}).status == 201
        assert first.stop() == 0
        connection = sqlite3.connect(first.folder / "data" / "holdfast.db")
        change(connection)
        connection.commit()
        connection.close()
        return serve(folder=first.folder, environment={**QUIET, "HOLDFAST_HEADER_TIMEOUT_MS": "120000", **settings})  # for those that wait their turn
    return served


def fill(connection):
    """Many records like the first one, with ids that count up."""
    columns = [row[1] for row in connection.execute("pragma table_info(things)")]
    values = {"_row": "i + 1", "id": "printf('01935800-0000-7000-8000-%012x', i)", "size": "i"}
    first = dict(zip(columns, connection.execute("select * from things").fetchone()))
    constants = [values.get(name) or f"(select {name} from things where id = '{first['id']}')" for name in columns]
    connection.execute(FILL.format(columns=", ".join(columns), rows=ROWS, values=", ".join(constants)))


def id_of(number):
    return f"01935800-0000-7000-8000-{number:012x}"


def per_second(outcomes, status, slices, begun, seconds):
    """The best of `slices` parts of the time: answers of that status in each second of it."""
    length = seconds / slices
    counts = [0] * slices
    for outcome in outcomes:
        place = int((outcome.answered - begun) / length)
        if outcome.status == status and 0 <= place < slices:
            counts[place] += 1
    return max(counts) / length


def peak(load, request, status, clients, seconds):
    begun = time.monotonic()
    return per_second(load.saturate(request, clients, seconds), status, 1, begun, seconds)


class Overload:
    """What became of four times the peak, which was measured just before."""

    def __init__(self, load, request, status, clients, seconds):
        self.peak = peak(load, request, status, clients, seconds)
        while self.peak * seconds < FEW and seconds < LONGEST_SECONDS:  # other programs take what lanes of low priority would have had
            seconds *= 2
            self.peak = peak(load, request, status, clients, seconds)
        assert self.peak > 0, f"none of {clients} requests at a time was done within {seconds} s: this machine is too busy to tell"
        begun = time.monotonic()
        outcomes = load.offer(request, 4 * self.peak, 1.5 * seconds)
        ended = time.monotonic()
        load.drain()
        self.recovery = time.monotonic() - ended  # what had been taken is finished
        self.best = per_second(outcomes, status, 3, begun, 1.5 * seconds)
        assert {outcome.status for outcome in outcomes} == {status, 503}
        self.taken = sorted(outcome.answered - outcome.sent for outcome in outcomes if outcome.status == status)
        self.refused = sorted(outcome.answered - outcome.sent for outcome in outcomes if outcome.status == 503)
        self.early = crowd.percentile(self.refused, 0.9)

    def __str__(self):
        late, slow = crowd.percentile(self.refused, 0.99), crowd.percentile(self.taken, 0.99)
        return (f"peak {self.peak:.1f}/s, under 4 × that {self.best:.1f}/s; taken {len(self.taken)}, p99 {slow * 1000:.0f} ms; "
                f"refused {len(self.refused)}, p90 {self.early * 1000:.1f} ms, p99 {late * 1000:.1f} ms; the rest took {self.recovery * 1000:.0f} ms")


def check_overload(load, request, status, clients, seconds):
    """Repeated while something does not hold: other programs use this machine too. Each bound must hold once."""
    load.saturate(request, clients, 0.5)  # so that the server knows how long this takes
    tries, piled_up = [], None
    for _ in range(5):
        try:
            tries.append(Overload(load, request, status, clients, seconds))
        except crowd.PiledUp as error:
            load.drain()
            piled_up = error
            continue
        print(tries[-1])
        ratio = max(one.best / one.peak for one in tries)
        early = min(one.early for one in tries)
        recovery = min(one.recovery for one in tries)
        refused = max(len(one.refused) / len(one.taken) for one in tries)
        if ratio >= THROUGHPUT and early < 0.05 and recovery < 1 and refused > 1:
            break
    if not tries:
        raise piled_up
    assert ratio >= THROUGHPUT, f"under overload {ratio:.2f} of what is done at the peak"
    assert early < 0.05, "refusals come late"
    assert recovery < (1 if SLOWNESS == 1 else 5), f"what was taken was finished {recovery:.2f} s after the load ended"
    assert refused > 1, "the load was no overload"
    return min((one.taken for one in tries), key=lambda taken: crowd.percentile(taken, 0.99))


def test_more_writes_than_can_be_kept_are_refused_at_once(on_file):
    server = on_file(lambda connection: connection.execute(SLOW_INSERT))
    load = crowd.Load(server, 1500)
    taken = check_overload(load, POST, 201, 8, 4 if LONG else 1)
    assert crowd.percentile(taken, 0.99) < 2.5  # half a second as the server reckons; without a bound it would be six
    begun = time.monotonic()
    assert server.ask("POST", "/api/things", {"name": "after"}).status == 201
    assert time.monotonic() - begun < 0.5, "the queue was not gone when all was answered"
    load.close()
    refusal = refused_write(server)
    assert (refusal.status, refusal.json["code"], refusal.header("Retry-After")) == (503, "overloaded", "1")


def refused_write(server):
    """One of the answers to far too many writes at a time."""
    connections = [server.connect() for _ in range(1000)]
    for connection in connections:
        connection.send(POST)
    answers = [connection.read() for connection in connections]
    for connection in connections:
        connection.close()
    return next(answer for answer in answers if answer.status != 201)


def scan(number):
    """A count that reads every record."""
    return get(f"/api/things/count?name[like]=%25{number}%25")


def test_more_scans_than_can_be_run_are_refused_at_once_and_those_that_run_delay_no_point_read(on_file):
    server = on_file(fill)
    taken = scans_are_bounded(server)
    assert crowd.percentile(taken, 0.99) < 2.5  # 0.6 s as the server reckons; without a bound it would be the timeout, 5 s
    points_are_not_delayed(server)


def scans_are_bounded(server):
    load = crowd.Load(server, 400)
    try:
        return check_overload(load, scan(7), 200, 4, 6 if LONG else 1.5)
    finally:
        load.close()


def points_are_not_delayed(server):
    """Four connections with more scans than will be done; their answers are not read, so that this client has nothing else to do."""
    connection = server.connect()
    requests = [get(f"/api/things/{id_of(number * 7919 % ROWS + 1)}") for number in range(500)]
    best = None
    for _ in range(5):
        without = best_p99(connection, requests)
        scanners = [server.connect() for _ in range(4)]
        for number, scanner in enumerate(scanners):
            scanner.send(scan(number) * 300)
        during = best_p99(connection, requests)
        for scanner in scanners:
            scanner.close()
        print(f"p99 of point reads: {without * 1e6:.0f} µs, with 4 scans {during * 1e6:.0f} µs")
        best = during / without if best is None else min(best, during / without)
        if best <= 2:
            break
    assert best <= 2, f"scans make the p99 of point reads {best:.1f} times what it was"


def best_p99(connection, requests):
    found = []
    for _ in range(3):
        slice_ = []
        for request in requests:
            begun = time.monotonic()
            connection.send(request)
            assert connection.read().status == 200
            slice_.append(time.monotonic() - begun)
        found.append(crowd.percentile(sorted(slice_), 0.99))
    return min(found)
