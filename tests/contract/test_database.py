"""The database file: what stays after a restart, and what is said when it cannot be used."""
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess

import pytest

import server as servers

pytestmark = pytest.mark.engines("sqlite")  # its file

MODEL = {"things": "id: text\ntype: object\nproperties:\n  name: { type: string, maxLength: 20 }\n  size: { type: integer }\ntimestamps: true\n"}
COMMAND_FAILED, DATABASE_UNREACHABLE, CONFIGURATION = 1, 69, 78


def database(server):
    return server.folder / "data" / "holdfast.db"


def start_fails(serve, **arguments):
    with pytest.raises(servers.StartFailed) as failure:
        serve(**arguments)
    assert failure.value.status in (COMMAND_FAILED, DATABASE_UNREACHABLE, CONFIGURATION), failure.value
    return failure.value


def test_restart_keeps_everything(serve):
    first = serve(MODEL)
    made = first.ask("POST", "/api/things", {"id": "a", "name": "kept", "size": 1})
    assert made.status == 201
    assert first.ask("PATCH", "/api/things/a", {"size": 2}).status == 200
    before = first.ask("GET", "/api/things/a")
    assert first.stop() == 0
    second = serve(folder=first.folder)
    after = second.ask("GET", "/api/things/a")
    assert after.body == before.body
    assert after.header("ETag") == before.header("ETag")
    assert second.ask("PATCH", "/api/things/a", {"size": 3}).header("ETag").startswith('"3-')


def test_cursor_made_before_a_restart_goes_on_after_it(serve):
    first = serve(MODEL)
    for name in "abc":
        assert first.ask("POST", "/api/things", {"id": name}).status == 201
    cursor = first.ask("GET", "/api/things?sortBy=id&limit=1").json["page"]["nextCursor"]
    assert first.stop() == 0
    second = serve(folder=first.folder)
    answer = second.ask("GET", f"/api/things?limit=1&cursor={cursor}")
    assert answer.status == 200 and [one["id"] for one in answer.json["data"]] == ["b"], str(answer)


def test_every_altered_cursor_is_refused(serve):
    """Each character changed in turn; also the last one, whose spare bits a lenient decoder would ignore."""
    server = serve(MODEL)
    for name in "abc":
        assert server.ask("POST", "/api/things", {"id": name}).status == 201
    cursor = server.ask("GET", "/api/things?limit=1").json["page"]["nextCursor"]
    accepted = []
    for place, character in enumerate(cursor):
        other = "B" if character == "A" else "A"
        altered = cursor[:place] + other + cursor[place + 1:]
        answer = server.ask("GET", f"/api/things?limit=1&cursor={altered}")
        if answer.status != 400 or answer.json["code"] != "invalid_cursor":
            accepted.append(f"place {place}: {answer.status}")
    for altered in (cursor[:-1], cursor[1:], cursor + "=", cursor.swapcase()):
        answer = server.ask("GET", f"/api/things?limit=1&cursor={altered}")
        if answer.status != 400 or answer.json["code"] != "invalid_cursor":
            accepted.append(f"{altered}: {answer.status}")
    assert not accepted, accepted


def test_cursor_of_another_database_is_refused(serve):
    cursors = []
    for _ in range(2):
        server = serve(MODEL)
        for name in "abc":
            assert server.ask("POST", "/api/things", {"id": name}).status == 201
        cursors.append(server.ask("GET", "/api/things?sortBy=id&limit=1").json["page"]["nextCursor"])
    assert server.ask("GET", f"/api/things?limit=1&cursor={cursors[0]}").json["code"] == "invalid_cursor"
    assert server.ask("GET", f"/api/things?limit=1&cursor={cursors[1]}").status == 200


def test_seed_fills_empty_collections_only(serve, tmp_path):
    folder = shutil.copytree(servers.ROOT / "examples" / "catalogue", tmp_path / "catalogue", ignore=shutil.ignore_patterns("data"))
    first = serve(None, "--seed", folder=folder)
    assert first.ask("GET", "/api/items/count").json == {"count": 5}
    some = first.ask("GET", "/api/items?limit=1").json["data"][0]["id"]
    assert first.ask("DELETE", f"/api/items/{some}").status == 204
    assert first.stop() == 0
    second = serve(None, "--seed", folder=folder)
    assert second.ask("GET", "/api/items/count").json == {"count": 4}


def test_without_seed_nothing_is_filled(serve, tmp_path):
    folder = shutil.copytree(servers.ROOT / "examples" / "catalogue", tmp_path / "catalogue", ignore=shutil.ignore_patterns("data"))
    server = serve(folder=folder)
    assert server.ask("GET", "/api/items/count").json == {"count": 0}


def test_second_server_on_one_file_is_refused_and_the_first_named(serve):
    first = serve(MODEL)
    failure = start_fails(serve, folder=first.folder)
    assert str(first.pid) in failure.output
    assert "holdfast.db" in failure.output
    assert str(first.port) in failure.output
    assert first.ask("GET", "/api/things").status == 200


def test_file_of_a_killed_server_is_free(serve):
    first = serve(MODEL)
    assert first.ask("POST", "/api/things", {"id": "a"}).status == 201
    first.kill()
    second = serve(folder=first.folder)
    assert second.ask("GET", "/api/things/a").status == 200


def test_port_in_use_is_told(serve):
    taken = socket.create_server(("127.0.0.1", 0))
    try:
        port = taken.getsockname()[1]
        failure = start_fails(serve, models=MODEL, port=port)
    finally:
        taken.close()
    assert str(port) in failure.output
    assert "in use" in failure.output


def test_port_of_another_holdfast_is_in_use_too(serve):
    """Its sockets share their port with each other, never with a second server."""
    first = serve(MODEL)
    failure = start_fails(serve, models=MODEL, port=first.port)
    assert str(first.port) in failure.output and "in use" in failure.output


def test_file_that_is_no_database_is_told_and_left_alone(serve, tmp_path):
    folder = servers.write_project(tmp_path / "project", MODEL)
    (folder / "data").mkdir()
    content = b"This is a letter, not a database.\n" * 100
    (folder / "data" / "holdfast.db").write_bytes(content)
    failure = start_fails(serve, folder=folder)
    assert "holdfast.db" in failure.output
    assert re.search(r"not an? (SQLite )?database", failure.output), failure.output
    assert (folder / "data" / "holdfast.db").read_bytes() == content


def test_database_folder_in_the_place_of_the_file_is_told(serve, tmp_path):
    folder = servers.write_project(tmp_path / "project", MODEL)
    (folder / "data" / "holdfast.db").mkdir(parents=True)
    failure = start_fails(serve, folder=folder)
    assert "holdfast.db" in failure.output


def test_read_only_file_is_told(serve):
    first = serve(MODEL)
    assert first.ask("POST", "/api/things", {"id": "a"}).status == 201
    assert first.stop() == 0
    os.chmod(database(first), 0o444)
    result = run_without_privileges(["serve", first.folder, "--port", "0"])
    printed = result.stdout + result.stderr
    assert result.returncode in (COMMAND_FAILED, DATABASE_UNREACHABLE, CONFIGURATION), printed
    assert "holdfast.db" in printed
    assert re.search(r"read.only|not writable|cannot be written|write", printed, re.I), printed


def test_folder_that_cannot_be_written_is_told(tmp_path):
    folder = servers.write_project(tmp_path / "project", MODEL)
    os.chmod(folder, 0o555)
    try:
        result = run_without_privileges(["serve", folder, "--port", "0"])
    finally:
        os.chmod(folder, 0o755)
    printed = result.stdout + result.stderr
    assert result.returncode in (COMMAND_FAILED, DATABASE_UNREACHABLE, CONFIGURATION), printed
    assert "data" in printed


def run_without_privileges(arguments):
    """Root may write to read-only files; without these two capabilities it may not."""
    command = [str(servers.require_binary()), *map(str, arguments)]
    if os.geteuid() == 0:
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *command]
    return subprocess.run(command, env=servers.clean_environment(), capture_output=True, text=True, timeout=servers.START_SECONDS)


def edit(server, *statements):
    """Another program writes to the file while no server holds it."""
    connection = sqlite3.connect(database(server))
    with connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_value_of_the_wrong_type_written_by_another_program_is_told(serve):  # provokes: stored_value_invalid
    first = serve({"things": MODEL["things"].replace("timestamps: true", "  seen: { type: string, format: date-time }\n  tags: { type: array, items: { type: string } }")})
    for name in ("good", "strange", "odd"):
        assert first.ask("POST", "/api/things", {"id": name, "seen": "2024-01-01T00:00:00Z"}).status == 201
    assert first.stop() == 0
    edit(first, "update things set seen = 'tomorrow' where id = 'strange'", "update things set tags = '[1, 2]' where id = 'odd'")
    second = serve(folder=first.folder)
    for name, field in (("strange", "seen"), ("odd", "tags")):
        answer = second.ask("GET", f"/api/things/{name}")
        assert answer.status == 500, str(answer)
        assert answer.json["code"] == "stored_value_invalid"
        assert name in answer.json["detail"] and field in answer.json["detail"]
    assert second.ask("GET", "/api/things/good").status == 200
    assert second.ask("GET", "/api/things?limit=10").json["code"] == "stored_value_invalid"


@pytest.mark.parametrize("indexes", ["", "indexes: [[o.n], [an]]\n"])
def test_number_in_json_is_found_as_it_is_answered(serve, indexes):
    """An integer beyond 2^53, which SQLite would keep apart from the double that it is answered as."""
    first = serve({"things": "id: text\ntype: object\nproperties:\n  o: { type: object, properties: { n: { type: number } } }\n"
                             "  an: { type: array, items: { type: number } }\n" + indexes})
    assert first.stop() == 0
    edit(first, """insert into things (id, o, an) values ('a', '{"n":9007199254740993}', '[9007199254740993, 2]'),
                   ('b', '{"n":9007199254740992}', '[9007199254740992]'), ('c', '{"n":1}', '[1, 9007199254740993, 9007199254740992]')""")
    second = serve(folder=first.folder)
    for number in ("9007199254740992", "9007199254740993"):
        for wanted, condition in ((2, f"o.n={number}"), (0, f"o.n[gt]={number}"), (3, f"an[has]={number}"), (1, f"an[hasAll]={number},2")):
            assert second.ask("GET", f"/api/things/count?{condition}").json["count"] == wanted, condition
    found, path = [], "/api/things?sortBy=-o.n&limit=1"
    while path:
        page = second.ask("GET", path).json
        found += [one["id"] for one in page["data"]]
        path = page["page"]["nextCursor"] and f"/api/things?sortBy=-o.n&limit=1&cursor={page['page']['nextCursor']}"
    assert sorted(found) == ["a", "b", "c"] and found[2] == "c"


def test_decimals_in_an_array_are_found_or_told_when_others_spell_them_otherwise(serve):
    first = serve({"things": "id: text\ntype: object\nproperties:\n  long: { type: array, items: { type: number, decimal: [18, 2] } }\n"
                             "  short: { type: array, items: { type: number, decimal: [9, 2] } }\n"})
    assert first.ask("POST", "/api/things", {"id": "ours", "long": ["1.5", "150"], "short": [1.5]}).status == 201
    assert first.stop() == 0
    edit(first, "insert into things (id, long, short) values ('same', '[\"1.50\", \"2.00\"]', '[1.5, 1.500]'), "
                "('long1', '[\"1.5\"]', '[]'), ('long2', '[1.5]', '[]'), ('short', '[]', '[\"1.50\"]')")
    second = serve(folder=first.folder)
    assert second.ask("GET", "/api/things/ours").json["long"] == ["1.50", "150.00"]
    assert second.ask("GET", "/api/things/same").json["short"] == [1.5, 1.5]
    for condition in ("long[has]=1.5", "short[has]=1.5"):
        assert second.ask("GET", f"/api/things/count?{condition}").json["count"] == 2
    for name, field in (("long1", "long"), ("long2", "long"), ("short", "short")):
        answer = second.ask("GET", f"/api/things/{name}")
        assert answer.status == 500 and answer.json["code"] == "stored_value_invalid", str(answer)
        assert name in answer.json["detail"] and field in answer.json["detail"]


def test_value_that_only_breaks_a_limit_is_served(serve):
    first = serve(MODEL)
    assert first.ask("POST", "/api/things", {"id": "a", "name": "short"}).status == 201
    assert first.stop() == 0
    edit(first, f"update things set name = '{'x' * 50}' where id = 'a'")
    second = serve(folder=first.folder)
    assert second.ask("GET", "/api/things/a").json["name"] == "x" * 50


def test_change_by_another_program_changes_the_tag(serve):
    first = serve(MODEL)
    tag = first.ask("POST", "/api/things", {"id": "a", "name": "one"}).header("ETag")
    assert first.stop() == 0
    edit(first, "update things set name = 'two' where id = 'a'")
    second = serve(folder=first.folder)
    assert second.ask("GET", "/api/things/a").header("ETag") != tag
    refused = second.ask("PATCH", "/api/things/a", {"size": 1}, headers=[("If-Match", tag)])
    assert refused.status == 412 and refused.json["code"] == "precondition_failed"


NESTED = {"things": "id: text\ntype: object\nproperties:\n  place: { type: object, properties: { city: { type: string }, price: { type: number, decimal: [18, 2] }, open: { type: boolean }, seen: "
                    "{ type: string, format: date-time }, deep: { type: object, properties: { zip: { type: integer, default: 1 } } } } }\n  meta: { type: object, additionalProperties: true }\n"
                    "  lines: { type: array, items: { type: object, properties: { sku: { type: string } } } }\n"}


def stored(server, column, key):
    connection = sqlite3.connect(database(server))
    value = connection.execute(f"select {column} from things where id = ?", (key,)).fetchone()[0]
    connection.close()
    return json.loads(value)


def test_objects_are_stored_as_json_that_others_can_read(serve):
    """Wire names; decimals as scaled integers, so that nobody's arithmetic rounds them; instants in the wire form."""
    server = serve(NESTED)
    body = {"id": "a", "place": {"city": "Bern", "price": "9999999999999999.99", "open": True, "seen": "2024-01-01T01:00:00+01:00", "deep": {}}, "meta": {"b": 1, "a": [None]}, "lines": [{"sku": "x"}, {}]}
    assert server.ask("POST", "/api/things", body).status == 201
    assert server.stop() == 0
    assert stored(server, "place", "a") == {"city": "Bern", "price": 999999999999999999, "open": True, "seen": "2024-01-01T00:00:00.000Z", "deep": {"zip": 1}}
    assert stored(server, "meta", "a") == {"a": [None], "b": 1}
    assert stored(server, "lines", "a") == [{"sku": "x"}, {"sku": None}]


def test_objects_of_another_program_are_read(serve):
    first = serve(NESTED)
    assert first.ask("POST", "/api/things", {"id": "a"}).status == 201
    assert first.stop() == 0
    edit(first, """update things set place = '{ "price": 150, "city": "Bern" }', meta = '{ "b": 1, "a": 2.0 }', lines = '[ { } ]' where id = 'a'""")
    second = serve(folder=first.folder)
    answer = second.ask("GET", "/api/things/a")
    assert answer.status == 200, str(answer)
    assert answer.json == {"id": "a", "place": {"city": "Bern", "price": "1.50", "open": None, "seen": None, "deep": None}, "meta": {"a": 2, "b": 1}, "lines": [{"sku": None}]}
    assert second.ask("GET", "/api/things/count?place.price=1.5&place.city=Bern&place.open[null]=true").json == {"count": 1}


@pytest.mark.parametrize("column, value", [("place", '{"city": 5}'), ("place", '{"price": "1.50"}'), ("place", '{"open": 1}'), ("place", '{"seen": "tomorrow"}'), ("place", "[1]"), ("place", '{"deep": {"zip": "x"}}'),
                                           ("meta", "[1]"), ("meta", "5"), ("lines", '{"sku": "x"}'), ("lines", "[1]"), ("lines", '[{"sku": 1}]')])
def test_object_of_the_wrong_type_written_by_another_program_is_told(serve, column, value):  # provokes: stored_value_invalid
    first = serve(NESTED)
    for name in ("good", "strange"):
        assert first.ask("POST", "/api/things", {"id": name}).status == 201
    assert first.stop() == 0
    edit(first, "pragma ignore_check_constraints = on", f"update things set {column} = '{value}' where id = 'strange'")  # the table refuses some of them
    second = serve(folder=first.folder)
    answer = second.ask("GET", "/api/things/strange")
    assert answer.status == 500, str(answer)
    assert answer.json["code"] == "stored_value_invalid"
    assert "strange" in answer.json["detail"] and column in answer.json["detail"]
    assert second.ask("GET", "/api/things/good").status == 200


def test_members_that_the_model_does_not_declare_stay_in_their_object(serve):
    first = serve(NESTED)
    assert first.ask("POST", "/api/things", {"id": "a", "place": {"city": "Bern", "deep": {"zip": 1}}}).status == 201
    assert first.stop() == 0
    edit(first, """update things set place = json_set(place, '$.legacy', json('{"a":[1.50,null]}'), '$.deep.old', 'x') where id = 'a'""")
    second = serve(folder=first.folder)
    assert second.ask("PATCH", "/api/things/a", {"place": {"city": "Nîmes", "deep": {"zip": 2}}}).status == 200
    assert second.ask("GET", "/api/things/a").json["place"]["city"] == "Nîmes"
    assert second.stop() == 0
    kept = stored(second, "place", "a")
    assert kept["legacy"] == {"a": [1.5, None]} and kept["deep"] == {"zip": 2, "old": "x"} and kept["city"] == "Nîmes"


def test_read_only_value_of_another_program_is_kept(serve):
    first = serve({"things": "id: text\ntype: object\nproperties:\n  name: { type: string }\n  by: { type: string, readOnly: true, default: us }\n"})
    assert first.ask("POST", "/api/things", {"id": "a", "name": "one"}).json == {"id": "a", "name": "one", "by": "us"}
    assert first.stop() == 0
    edit(first, "update things set by = 'them' where id = 'a'")
    second = serve(folder=first.folder)
    assert second.ask("PUT", "/api/things/a", {"name": "two"}).json == {"id": "a", "name": "two", "by": "them"}
    assert second.ask("PUT", "/api/things/a", {"name": "three", "by": "them"}).json == {"id": "a", "name": "three", "by": "them"}
    refused = second.ask("PATCH", "/api/things/a", {"name": "four", "by": "us"})
    assert refused.status == 422 and [(one["pointer"], one["code"]) for one in refused.json["errors"]] == [("/by", "read_only")], str(refused)
    assert second.ask("GET", "/api/things/a").json["name"] == "three"


def test_reference_of_another_program_that_leads_nowhere_stands_in_no_other_write(serve):
    """Only what a write sets anew is looked for."""
    first = serve({"things": "id: text\ntype: object\nproperties:\n  owner: { ref: owners }\n  size: { type: integer }\n", "owners": "id: text\ntype: object\nproperties:\n  name: { type: string }\n"})
    assert first.ask("POST", "/api/owners", {"id": "real"}).status == 201
    assert first.ask("POST", "/api/things", {"id": "a", "owner": "real"}).status == 201
    assert first.stop() == 0
    edit(first, "update things set owner = 'ghost' where id = 'a'")
    second = serve(folder=first.folder)
    assert second.ask("GET", "/api/things?owner=ghost").json["data"] == [{"id": "a", "owner": "ghost", "size": None}]
    assert second.ask("PATCH", "/api/things/a", {"size": 1}).status == 200
    assert second.ask("PUT", "/api/things/a", {"owner": "ghost", "size": 2}).status == 200
    assert second.ask("POST", "/api/things", {"id": "b", "owner": "ghost"}).json["code"] == "reference_violation"
    assert second.ask("PATCH", "/api/things/a", {"owner": "real"}).status == 200
    assert second.ask("PATCH", "/api/things/a", {"owner": "ghost"}).json["code"] == "reference_violation"
    assert second.ask("DELETE", "/api/owners/real").json["code"] == "reference_violation"


def test_query_past_its_time_is_stopped(serve):  # provokes: query_timeout
    first = serve(MODEL)
    assert first.ask("POST", "/api/things", {"id": "a", "name": "one"}).status == 201
    assert first.stop() == 0
    edit(first, "update things set name = 'aaaaaaaaaaaaaaaaaaab'", "create temporary table one as select * from things", *many_copies(first))
    second = serve(folder=first.folder, environment={"HOLDFAST_QUERY_TIMEOUT_MS": "1"})
    answer = second.ask("GET", "/api/things/count?name[ilike]=%25a%25a%25a%25a%25c")
    assert answer.status == 504, str(answer)
    assert answer.json["code"] == "query_timeout"
    assert second.ask("GET", "/api/things/a").status == 200


def test_write_waits_no_longer_than_five_seconds_for_another_program(serve):  # provokes: overloaded
    server = serve(MODEL)
    assert server.ask("POST", "/api/things", {"id": "a"}).status == 201
    other = sqlite3.connect(database(server), isolation_level=None)
    other.execute("begin immediate")
    refused = server.ask("POST", "/api/things", {"id": "b"})
    assert refused.status == 503, str(refused)
    assert refused.json["code"] == "overloaded"
    assert refused.header("Retry-After")
    assert server.ask("GET", "/api/things/a").status == 200
    other.execute("rollback")
    other.close()
    assert server.ask("GET", "/api/things/b").status == 404
    assert server.ask("POST", "/api/things", {"id": "b"}).status == 201


def columns(server):
    connection = sqlite3.connect(database(server))
    names = [row[1] for row in connection.execute("pragma table_info(things)")]
    connection.close()
    return names


def many_copies(server):
    """200,000 records like the one that is there, with ids of their own."""
    names = columns(server)
    values = ", ".join({"_row": "null", "id": "'copy' || number"}.get(name, f'one."{name}"') for name in names)
    listed = ", ".join(f'"{name}"' for name in names)
    return [f"with recursive numbers(number) as (select 1 union all select number + 1 from numbers where number < 200000) "
            f"insert into things ({listed}) select {values} from numbers, one"]


def change_model(serve, before, after):
    """Serves `before`, writes one record, then tries to serve `after` on the same file."""
    first = serve({"things": before})
    assert first.ask("POST", "/api/things", {"id": "a", "name": "kept"}).status == 201
    assert first.stop() == 0
    servers.write_project(first.folder, {"things": after})
    return first.folder


BASE = "id: text\ntype: object\nproperties:\n  name: { type: string, maxLength: 20 }\n"


@pytest.mark.parametrize("added, value", [("  size: { type: integer }\n", {"size": None}), ("  size: { type: integer, default: 7 }\n", {"size": 7}),
                                          ("  tags: { type: array, items: { type: string } }\n", {"tags": []}), ("  size: { type: integer }\nindexes: [[name], [size]]\n", {"size": None}),
                                          ("  ok: { type: boolean, default: true }\nunique: [[name, ok]]\n", {"ok": True}),
                                          ("  price: { type: number, decimal: [10, 2], default: 1.5 }\n", {"price": 1.5}),
                                          ("  owner: { ref: things }\n", {"owner": None}), ("  meta: { type: object, additionalProperties: true }\n", {"meta": None}),
                                          ("  lines: { type: array, items: { type: object, properties: { a: { type: string } } } }\n", {"lines": []}),
                                          ("  place: { type: object, properties: { zip: { type: integer, default: 1 } } }\nindexes: [[place.zip, name]]\n", {"place": None}),
                                          ("  place: { type: object, default: { zip: 2 }, properties: { zip: { type: integer } } }\n", {"place": {"zip": 2}}),
                                          ("  pass: { type: string, writeOnly: true }\n  by: { type: string, readOnly: true, default: us }\n", {"by": "us"})])
def test_new_column_or_index_is_made_and_data_kept(serve, added, value):
    folder = change_model(serve, BASE, BASE + added)
    record = serve(folder=folder).ask("GET", "/api/things/a")
    assert record.status == 200
    assert record.json == {"id": "a", "name": "kept", **value}


def test_new_collection_is_made(serve):
    folder = change_model(serve, BASE, BASE)
    servers.write_project(folder, {"others": BASE})
    server = serve(folder=folder)
    assert server.ask("GET", "/api/others/count").json == {"count": 0}
    assert server.ask("GET", "/api/things/count").json == {"count": 1}


@pytest.mark.parametrize("after, parts", [
    (BASE.replace("type: string, maxLength: 20", "type: integer"), ["things", "name"]),
    (BASE.replace("name: { type: string, maxLength: 20 }", "name: { type: number, decimal: [10, 2] }"), ["things", "name"]),
    ("required: [name]\n" + BASE, ["things", "name"]),
    ("required: [size]\n" + BASE + "  size: { type: integer }\n", ["things", "size"]),
    (BASE.replace("id: text", "id: integer"), ["things", "id"]),
    (BASE + "timestamps: true\n", ["things", "createdAt|created_at"]),
], ids=["another type", "a decimal of a text", "null no longer admitted", "a new required column", "another kind of id", "timestamps on existing rows"])
def test_other_difference_is_refused_and_spelt_out(serve, after, parts):
    folder = change_model(serve, BASE, after)
    failure = start_fails(serve, folder=folder)
    for part in parts:
        assert re.search(part, failure.output), failure.output
    servers.write_project(folder, {"things": BASE})
    assert serve(folder=folder).ask("GET", "/api/things/a").json == {"id": "a", "name": "kept"}
