"""`holdfast reindex`: what another program wrote is found afterwards, and what was right is left as it is."""
import json
import sqlite3

import pytest

import server as servers

SEARCHED = "type: object\nproperties:\n  text: { type: string }\nsearch: { fields: [text], language: french }\n"
PLAIN = "type: object\nproperties:\n  text: { type: string }\n"
FOREIGN_ID = "00000000-0000-7000-8000-00000000000f"


@pytest.fixture
def project(tmp_path):
    return servers.write_project(tmp_path / "project", {"notes": SEARCHED, "plain": PLAIN})


def found(server, words):
    answer = server.ask("GET", f"/api/notes/search?q={words}")
    assert answer.status == 200, answer.body
    return [record["text"] for record in answer.json["data"]]


def reindex(project, *arguments):
    result = servers.run(["reindex", "--project", project, *arguments])
    assert result.returncode == 0, result.stdout + result.stderr
    return result


def write_as_another_program(project, statement, *values):
    with sqlite3.connect(project / "data" / "holdfast.db") as connection:
        assert connection.execute(statement, values).rowcount == 1
    connection.close()


def test_what_another_program_wrote_is_found_after_a_reindex_and_not_before(project):
    with servers.Server(project) as server:
        server.ask("POST", "/api/notes", {"text": "un casque"})
        server.ask("POST", "/api/notes", {"text": "une lampe"})
        server.stop()
    write_as_another_program(project, "insert into notes (id, text) values (?, 'deux casques rouges')", FOREIGN_ID)
    write_as_another_program(project, "update notes set text = 'un vélo' where text = 'une lampe'")
    with servers.Server(project) as server:
        assert found(server, "casques") == ["un casque"]
        assert found(server, "velo") == []
        server.stop()
    report = json.loads(reindex(project, "--json").stdout)
    assert report == {"collections": [{"name": "notes", "records": 3, "mended": 2}]}
    assert json.loads(reindex(project, "--json").stdout)["collections"][0]["mended"] == 0
    with servers.Server(project) as server:
        assert sorted(found(server, "casques")) == ["deux casques rouges", "un casque"]
        assert found(server, "velo") == ["un vélo"]
        assert found(server, "lampe") == []


def test_a_model_that_gets_search_later_needs_one_reindex(project):
    with servers.Server(project) as server:
        server.ask("POST", "/api/plain", {"text": "un casque"})
        server.stop()
    (project / "models" / "plain.yaml").write_text(SEARCHED)
    result = reindex(project, "--collection", "plain")
    assert result.stdout == "plain: 1 of 1 records mended\n"
    assert "plain: 1 of 1 (100 %)" in result.stderr and "\r" not in result.stderr
    with servers.Server(project) as server:
        assert server.ask("GET", "/api/plain/search?q=casques").json["data"][0]["text"] == "un casque"


def test_beside_a_server_it_is_refused_and_names_the_server(project):
    with servers.Server(project) as server:
        result = servers.run(["reindex", "--project", project])
        assert result.returncode == 69
        assert f"pid {server.pid}" in result.stderr and f":{server.port}" in result.stderr
        assert "Stop it, run `holdfast reindex` again" in result.stderr and result.stdout == ""
        assert server.ask("GET", "/health/ready").status == 200
