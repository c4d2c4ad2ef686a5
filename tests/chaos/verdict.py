"""Whether a server, and the files it left, hold exactly what the journals say."""
import json
import shutil
import sqlite3
import urllib.parse

import wire
from workload import GONE, MODELS

BATCH = 64  # requests on the wire at a time


def check_files(folder, copy):
    """As they are at this moment. On a copy, because opening the database would recover it before the server does."""
    copy.mkdir()
    for name in ("holdfast.db", "holdfast.db-wal"):
        if (folder / name).exists():
            shutil.copy(folder / name, copy / name)
    connection = sqlite3.connect(copy / "holdfast.db", isolation_level=None)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        searched = connection.execute("select name from sqlite_schema where sql like 'create virtual table % using fts5(%'").fetchall()
        assert searched, "no search table was found"
        for (table,) in searched:
            connection.execute(f"""insert into "{table}" ("{table}") values ('integrity-check')""")  # raises when it is not
    finally:
        connection.close()
    shutil.rmtree(copy)


def check_records(server, journals, all_journals=None):
    """Settles what is pending in `journals` ({client: journal}), then compares all they hold; counts over `all_journals` too."""
    connection = server.connect()
    try:
        for journal in journals.values():
            settle(connection, journal)
        compare_records(connection, journals)
        compare_searches(connection, journals)
        compare_counts(connection, all_journals or journals)
    finally:
        connection.close()


def settle(connection, journal):
    """The one request without an answer: done as a whole, or not at all."""
    operation, journal.pending = journal.pending, None
    if operation is None:
        return
    if operation.token:
        return settle_keyed(connection, journal, operation)
    places = list(operation.becomes)
    found = dict(zip(places, fetch(connection, places)))
    before = {place: state and state[0] for place in places for state in [journal.records.get(place)]}
    for state in (before, operation.becomes):
        if all(same_record(state[place], found[place][0]) for place in places):
            journal.records.update({place: GONE if found[place][0] is GONE else (state[place], found[place][1]) for place in places})
            return
    raise AssertionError(f"{operation}\nis neither undone nor done: was {before}, is {found}")


def settle_keyed(connection, journal, operation):
    """Sent again with its key: there is exactly one record then, whether the first attempt had been done or not."""
    connection.send(operation.bytes())
    answer = connection.read()
    assert answer.status == 201, f"{operation}\nwas answered the second time\n{answer}"
    journal.records["orders", answer.json["id"]] = (operation.body, answer.header("ETag"))
    journal.first_answers.append((operation, answer))
    assert count(connection, f"/api/orders/count?token={operation.token}") == 1, f"{operation} was done twice"


def check_replays(server, journals, choice, most=20):
    """Some acknowledged POSTs are sent again: each gets its first answer, to the byte."""
    firsts = [pair for journal in journals.values() for pair in journal.first_answers]
    firsts = choice.sample(firsts, min(most, len(firsts)))
    connection = server.connect()
    try:
        connection.send(b"".join(operation.bytes() for operation, _ in firsts))
        for operation, first in firsts:
            answer = connection.read()
            same = [(one.status, one.body, one.header("ETag"), one.header("Location")) for one in (first, answer)]
            assert same[0] == same[1] and answer.header("Idempotency-Replayed") == "true", f"{operation}\nfirst\n{first}\nthen\n{answer}"
        for operation, _ in firsts[:5]:
            assert count(connection, f"/api/orders/count?token={operation.token}") == 1, f"{operation} was done twice"
    finally:
        connection.close()
    return len(firsts)


def compare_records(connection, journals):
    expected = {place: state for journal in journals.values() for place, state in journal.records.items()}
    places = list(expected)
    wrong = []
    for start in range(0, len(places), BATCH):
        some = places[start:start + BATCH]
        for place, (stored, tag) in zip(some, fetch(connection, some)):
            body, wanted_tag = expected[place] or (GONE, None)
            if not same_record(body, stored) or tag != wanted_tag:
                wrong.append(f"{place}: acknowledged {shown(body)} {wanted_tag}, is {shown(stored)} {tag}")
    assert not wrong, f"{len(wrong)} of {len(places)} differ:\n" + "\n".join(wrong[:20])


def compare_searches(connection, journals):
    """Each search finds exactly the records that have the word, no other and none twice."""
    for client, journal in journals.items():
        for collection in ("writes", "children"):
            alive = journal.alive(collection)
            for word in (f"{client}new", f"{client}changed", f"{client}child"):
                wanted = sorted(key for key, body in alive.items() if word in body["text"].split())
                found = sorted(search(connection, collection, word))
                assert found == wanted, f"/api/{collection}/search?q={word} finds {found}, stored is {wanted}"


def search(connection, collection, word):
    """All ids, page by page."""
    target = f"/api/{collection}/search?q={word}&limit=200&fields=id"
    ids, cursor = [], ""
    while cursor is not None:
        answer = get(connection, target + cursor)
        ids += [one["id"] for one in answer["data"]]
        following = answer["page"]["nextCursor"]
        cursor = following and "&cursor=" + urllib.parse.quote(following)
    return ids


def compare_counts(connection, journals):
    """No record that nobody was told of, and the indexes agree with the rows."""
    alive = {collection: {key: body for journal in journals.values() for key, body in journal.alive(collection).items()} for collection in MODELS}
    for collection, records in alive.items():
        assert count(connection, f"/api/{collection}/count") == len(records), f"{collection}: another number of records"
    writes = alive["writes"].values()
    for query, wanted in (("client=0", sum(one["client"] == 0 for one in writes)), ("tags[has]=changed", sum("changed" in one["tags"] for one in writes)),
                          ("client[gte]=0&size[gte]=0", sum(one["size"] >= 0 for one in writes))):
        assert count(connection, f"/api/writes/count?{query}") == wanted, f"count?{query} should be {wanted}"


def count(connection, target):
    return get(connection, target)["count"]


def get(connection, target):
    connection.send(wire.request_bytes("GET", target.encode(), [("Host", "chaos")], b""))
    answer = connection.read()
    assert answer.status == 200, f"GET {target} was answered\n{answer}"
    return answer.json


def fetch(connection, places):
    """(record, ETag) of each; pipelined, since there are thousands."""
    connection.send(b"".join(wire.request_bytes("GET", f"/api/{name}/{key}".encode(), [("Host", "chaos")], b"") for name, key in places))
    answers = [connection.read() for _ in places]
    strange = [answer for answer in answers if answer.status not in (200, 404)]
    assert not strange, f"a read was answered\n{strange[0]}"
    return [(answer.json, answer.header("ETag")) if answer.status == 200 else (GONE, None) for answer in answers]


def same_record(body, stored):
    if body is GONE or stored is GONE:
        return body is stored
    return {name: stored.get(name) for name in body} == body


def shown(body):
    return json.dumps(body)[:200]
