"""`holdfast reindex`: search data of records that other programs wrote; and who may run it when."""
import json
import os
import sqlite3

import pytest

import server as servers

pytestmark = pytest.mark.engines("sqlite")  # search data in its file

PLAIN = "id: text\ntype: object\nproperties:\n  title: { type: string }\n  text:  { type: string }\n"
MODEL = {"things": PLAIN + "search: { fields: [title, text], language: french }\n", "boxes": PLAIN}
UNREACHABLE, USAGE = 69, 64


def database(server):
    return server.folder / "data" / "holdfast.db"


def edit(server, *statements):
    """Another program, which knows nothing of ours, writes to the file while no server holds it."""
    connection = sqlite3.connect(database(server))
    with connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def found(server, text):
    answer = server.ask("GET", f"/api/things/search?q={text}&sortBy=%2Bid")
    assert answer.status == 200, str(answer)
    return [one["id"] for one in answer.json["data"]]


def reindex(folder, *arguments):
    return servers.run(["reindex", "--project", folder, *arguments])


def printed(result):
    return result.stdout + result.stderr


@pytest.fixture
def filled(serve):
    """A server that is over, whose file has a record of ours and one of another program."""
    server = serve(MODEL)
    assert server.ask("POST", "/api/things", {"id": "ours", "title": "Casque", "text": "sans fil"}).status == 201
    assert server.stop() == 0
    edit(server, "insert into things (id, title, text) values ('theirs', 'Casques', 'audio')")
    return server


def test_record_of_another_program_is_served_and_not_found(serve, filled):
    server = serve(folder=filled.folder)
    assert server.ask("GET", "/api/things/theirs").json == {"id": "theirs", "title": "Casques", "text": "audio"}
    assert found(server, "casque") == ["ours"]


def test_reindex_finds_it(serve, filled):
    tag = tag_of(serve, filled, "ours")
    result = reindex(filled.folder)
    assert result.returncode == 0, printed(result)
    assert "things" in printed(result)
    server = serve(folder=filled.folder)
    assert found(server, "casque") == ["ours", "theirs"]
    assert found(server, "audio") == ["theirs"]
    assert found(server, "%22sans%20fil%22") == ["ours"]
    assert server.ask("GET", "/api/things/ours").header("ETag") == tag, "reindex is no write to the record"


def tag_of(serve, filled, key):
    server = serve(folder=filled.folder)
    tag = server.ask("GET", f"/api/things/{key}").header("ETag")
    assert server.stop() == 0
    return tag


def test_reindex_mends_what_another_program_changed_or_removed(serve, filled):
    assert reindex(filled.folder).returncode == 0
    edit(filled, "update things set title = 'Montagne' where id = 'theirs'", "delete from things where id = 'ours'")
    server = serve(folder=filled.folder)
    assert "ours" not in found(server, "casque")
    assert server.stop() == 0
    result = reindex(filled.folder)
    assert result.returncode == 0, printed(result)
    server = serve(folder=filled.folder)
    assert found(server, "casque") == []
    assert found(server, "montagnes") == ["theirs"]
    assert found(server, "fil") == []


def test_write_of_ours_mends_its_own_record(serve, filled):
    server = serve(folder=filled.folder)
    assert server.ask("PATCH", "/api/things/theirs", {"text": "violet"}).status == 200
    assert found(server, "violet") == ["theirs"]
    assert found(server, "casque") == ["ours", "theirs"]


def test_reindex_again_changes_nothing(serve, filled):
    for _ in range(2):
        result = reindex(filled.folder)
        assert result.returncode == 0, printed(result)
    assert found(serve(folder=filled.folder), "casque") == ["ours", "theirs"]


def test_search_that_is_declared_later_is_filled_by_reindex(serve):
    server = serve({"things": PLAIN})
    for key, title in (("a", "Réduction"), ("b", "Autre")):
        assert server.ask("POST", "/api/things", {"id": key, "title": title}).status == 201
    assert server.stop() == 0
    servers.write_project(server.folder, MODEL)
    between = serve(folder=server.folder)
    assert between.ask("POST", "/api/things", {"id": "c", "title": "reductions"}).status == 201
    assert "c" in found(between, "reduction")
    assert between.stop() == 0
    result = reindex(server.folder)
    assert result.returncode == 0, printed(result)
    assert found(serve(folder=server.folder), "reduction") == ["a", "c"]


@pytest.mark.parametrize("before, after, text", [("language: french", "language: simple", "casques"), ("fields: [title, text]", "fields: [text]", "audio")], ids=["another language", "other fields"])
def test_search_that_is_declared_otherwise_is_mended_by_reindex(serve, filled, before, after, text):
    assert reindex(filled.folder).returncode == 0
    servers.write_project(filled.folder, {**MODEL, "things": MODEL["things"].replace(before, after)})
    result = reindex(filled.folder)
    assert result.returncode == 0, printed(result)
    server = serve(folder=filled.folder)
    assert found(server, text) == ["theirs"]
    assert found(server, "casque") == (["ours"] if "simple" in after else [])


def test_many_records_are_reindexed(serve):
    server = serve(MODEL)
    assert server.stop() == 0
    edit(server, "with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < 5000) insert into things (id, title, text) select 'k' || n, 'Mots ' || n, 'commun' from numbers")
    result = reindex(server.folder)
    assert result.returncode == 0, printed(result)
    assert re_number(5000, printed(result)), printed(result)
    again = serve(folder=server.folder)
    assert again.ask("GET", "/api/things/search?q=commun&count=exact&limit=1").json["page"]["total"] == 5000
    assert found(again, "4711") == ["k4711"]


def re_number(number, text):
    return any(form in text for form in (str(number), f"{number:,}", f"{number:,}".replace(",", " ")))


def test_reindex_while_a_server_holds_the_file_is_refused(serve):
    server = serve(MODEL)
    assert server.ask("POST", "/api/things", {"id": "a", "title": "x"}).status == 201
    result = reindex(server.folder)
    assert result.returncode == UNREACHABLE, printed(result)
    assert str(server.pid) in result.stderr
    assert "holdfast.db" in result.stderr
    assert server.ask("GET", "/api/things/a").status == 200


@pytest.mark.engines("mongodb")
def test_reindex_names_records_whose_key_is_anothers(serve, engine):
    model = PLAIN + "unique: [[title, text]]\nsearch: { fields: [title], language: simple }\n"
    server = serve({"things": model.replace("string }", "string, maxLength: 9 }")})
    documents = engine.client[engine.places[os.path.abspath(server.data)]]["things"]
    documents.insert_many([{"_id": key, "title": title, "text": "x"} for key, title in (("a", "one"), ("b", "one"), ("c", "two"))])
    for _ in range(2):
        result = servers.run(["reindex"], cwd=server.folder)
        assert result.returncode == 1, printed(result)
        assert "1 records have a unique key that another record has" in result.stdout
        assert "b (title, text)" in result.stdout
    assert found(server, "one") == ["a", "b"] and found(server, "two") == ["c"]
    told = json.loads(servers.run(["reindex", "--json"], cwd=server.folder).stdout)["collections"][0]
    assert told["clashing"] == 1 and told["clashes"] == [{"id": "b", "fields": "title, text"}]
    documents.delete_one({"_id": "b"})
    assert servers.run(["reindex"], cwd=server.folder).returncode == 0


@pytest.mark.engines("mongodb")
def test_reindex_mends_keys_of_a_collection_without_search(serve, engine):
    model = "id: text\ntype: object\nproperties:\n  name: { type: string, maxLength: 9 }\n  code: { type: string, maxLength: 9 }\n"
    server = serve({"things": model + "required: [name]\nunique: [[code, name]]\n", "boxes": PLAIN})
    documents = engine.client[engine.places[os.path.abspath(server.data)]]["things"]
    documents.insert_one({"_id": "a", "name": "m", "code": "y"})
    result = servers.run(["reindex"], cwd=server.folder)
    assert result.returncode == 0, printed(result)
    assert "things: 1 records, 1 mended" in result.stdout and "boxes" not in result.stdout
    assert server.ask("POST", "/api/things", {"id": "b", "name": "m", "code": "y"}).status == 409
    assert "things: 1 records, 0 mended" in servers.run(["reindex", "--collection", "things"], cwd=server.folder).stdout


@pytest.mark.engines("sqlite", "mongodb")
def test_reindex_of_a_collection_that_has_nothing_to_mend_says_what_would_be(serve, engine):
    server = serve({"boxes": PLAIN})
    assert server.stop() == 0
    result = reindex(server.folder, "--collection", "boxes")
    assert result.returncode == USAGE, printed(result)
    assert "boxes has no search data: " in result.stderr and "declares no `search`" in result.stderr


def test_reindex_in_the_current_folder(serve, filled):
    result = servers.run(["reindex"], cwd=filled.folder)
    assert result.returncode == 0, printed(result)
    assert found(serve(folder=filled.folder), "casque") == ["ours", "theirs"]


def test_reindex_json_is_json_alone(filled):
    result = reindex(filled.folder, "--json")
    assert result.returncode == 0, printed(result)
    assert "things" in json.dumps(json.loads(result.stdout))


def test_reindex_of_a_project_without_search_is_no_failure(serve):
    server = serve({"boxes": PLAIN})
    assert server.stop() == 0
    result = reindex(server.folder)
    assert result.returncode == 0, printed(result)


def test_reindex_of_a_wrong_project_is_status_78(filled):
    (filled.folder / "models" / "things.yaml").write_text("type: object\nfoo: 1\n")
    result = reindex(filled.folder)
    assert result.returncode == 78, printed(result)
    assert "foo" in printed(result)


def test_reindex_help_is_printed_and_is_no_failure():
    result = servers.run(["reindex", "--help"])
    assert result.returncode == 0, printed(result)
    assert "usage" in result.stdout.lower() and "reindex" in result.stdout
    assert "reindex" in servers.run(["--help"]).stdout


@pytest.mark.parametrize("arguments", [["--nope"], ["folder"], ["--project"]], ids=" ".join)
def test_wrong_usage_of_reindex_is_status_64(tmp_path, arguments):
    result = servers.run(["reindex", *arguments], cwd=tmp_path)
    assert result.returncode == USAGE, printed(result)
