"""Negative controls: a verdict that cannot find a loss is worth nothing, so each kind of loss is made here by hand."""
import random
import sqlite3

import pytest

from verdict import check_files, check_records, check_replays
from workload import GONE, MODELS, Operation, finish, start_clients


@pytest.fixture(scope="module")
def worked(tmp_path_factory):
    """A server and the journals of clients that have worked on it; a test changes neither for good."""
    import server as servers
    folder = servers.write_project(tmp_path_factory.mktemp("worked"), MODELS)
    with servers.Server(folder) as one:
        clients, answered = start_clients(one, 2, "v", random.Random(7))
        answered.wait_for(150)
        journals = finish(clients)
        check_records(one, journals)
        yield one, journals


def some(journals, collection):
    """(journal, place, state) of a record that is there."""
    return next((journal, place, state) for journal in journals.values() for place, state in journal.records.items() if place[0] == collection and state is not GONE)


def fails(server, journals, words):
    with pytest.raises(AssertionError, match=words):
        check_records(server, journals)


def test_lost_record_is_found(worked):
    server, journals = worked
    journal = next(iter(journals.values()))
    journal.records["writes", "never-made"] = ({"id": "never-made", "client": 0, "size": 1, "tags": [], "text": ""}, '"1-0"')
    fails(server, journals, "1 of .* differ")
    del journal.records["writes", "never-made"]
    check_records(server, journals)


def test_record_that_came_back_and_record_that_changed_are_found(worked):
    server, journals = worked
    journal, place, state = some(journals, "writes")
    for wrong in (GONE, ({**state[0], "size": 10**6}, state[1]), (state[0], '"9-0"')):
        journal.records[place] = wrong
        fails(server, journals, "1 of .* differ")
    journal.records[place] = state


def test_record_that_nobody_was_told_of_is_found(worked):
    server, journals = worked
    extra = server.ask("POST", "/api/orders", {"token": "extra"})
    fails(server, journals, "another number of records")
    assert server.ask("DELETE", extra.header("Location")).status == 204


def test_half_a_cascade_is_found(worked):
    server, journals = worked
    journal, (_, parent), _ = some(journals, "parents")
    journal.pending = Operation("DELETE", f"/api/parents/{parent}", None, 204, {("parents", parent): GONE, ("children", "gone-already"): GONE})
    journal.records["children", "gone-already"] = ({"id": "gone-already", "parent": parent, "text": ""}, '"1-0"')
    fails(server, journals, "neither undone nor done")
    del journal.records["children", "gone-already"]


def test_second_record_of_a_key_is_found(worked):
    server, journals = worked
    journal = next(iter(journals.values()))
    twin = server.ask("POST", "/api/orders", {"token": "twice", "filler": ""})
    journal.pending = Operation("POST", "/api/orders", {"token": "twice", "filler": ""}, 201, {}, token="twice")
    fails(server, journals, "should be|done twice")
    made = journal.first_answers.pop()[1]
    assert server.ask("DELETE", twin.header("Location")).status == 204
    assert server.ask("DELETE", made.header("Location")).status == 204
    del journal.records["orders", made.json["id"]]


def test_replay_that_is_another_answer_is_found(worked):
    server, journals = worked
    journal = next(one for one in journals.values() if len(one.first_answers) > 1)
    (first, answer), (_, other) = journal.first_answers[:2]
    journal.first_answers[0] = (first, other)
    with pytest.raises(AssertionError, match="then"):
        check_replays(server, {"v": journal}, random.Random(7), most=1000)
    journal.first_answers[0] = (first, answer)


def test_torn_file_and_stale_search_data_are_found(worked, tmp_path):
    server, _ = worked
    connection = sqlite3.connect(server.folder / "data" / "holdfast.db")
    copy = tmp_path / "holdfast.db"
    connection.execute("vacuum into ?", (str(copy),))
    connection.close()
    check_files(tmp_path, tmp_path / "copy")
    whole = copy.read_bytes()
    copy.write_bytes(whole[:4096 * 3] + bytes(4096) + whole[4096 * 4:])
    with pytest.raises((AssertionError, sqlite3.DatabaseError)):
        check_files(tmp_path, tmp_path / "torn")
    copy.write_bytes(whole)
    connection = sqlite3.connect(copy)
    with connection:
        table = connection.execute("select name from sqlite_schema where sql like 'create virtual table % using fts5(%'").fetchone()[0]
        connection.execute(f"""delete from "{table}_content" where id = (select min(id) from "{table}_content")""")
    connection.close()
    with pytest.raises(sqlite3.DatabaseError):
        check_files(tmp_path, tmp_path / "stale")
