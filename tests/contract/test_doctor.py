"""`holdfast doctor` beside real databases: what it says of a sound one, of a running server, and of PostgreSQL that wants TLS."""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import pytest

import server as servers

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "services"))
import child  # noqa: E402
import postgres  # noqa: E402

MODELS = {
    "authors": "type: object\nproperties:\n  name: { type: string }\n",
    "books": "type: object\nproperties:\n  title: { type: string }\n  author: { ref: authors }\nsearch: { fields: [title], language: simple }\n",
}


def doctor(folder, *arguments, environment=None):
    """Its status, its checks by name, and the whole."""
    result = servers.run(["doctor", "--json", *arguments], environment, cwd=folder, timeout=60)
    told = json.loads(result.stdout)
    return result.returncode, {check["name"]: check for check in told["checks"]}, told


def test_a_database_that_is_served_is_sound_and_reads_without_a_finding(serve, engine):
    server = serve(MODELS)
    for title in ("one", "two"):
        assert server.ask("POST", "/api/books", {"title": title}).status == 201
    status, checks, told = doctor(server.folder, "--port", str(server.port), "--scan", "--references")
    assert {name: check for name, check in checks.items() if check["status"] == "error"} == {}
    assert status == 0
    assert told["references"] == []
    assert {one["collection"]: one["records"] for one in told["scan"]} == {"authors": 0, "books": 2}
    assert all(one["misfits"] == one["staleSearch"] == one["staleKeys"] == 0 for one in told["scan"])
    if engine.name == "sqlite":
        assert "pool" not in checks
    else:
        assert "is held by a holdfast that says it is ready." in checks["port"]["message"]
        assert "connections are in use" in checks["pool"]["message"]


@pytest.mark.engines("postgres", "mongodb")
def test_ready_tells_how_the_pool_stands(serve):
    told = serve(MODELS).ask("GET", "/health/ready").json
    assert told["status"] == "ready"
    assert set(told["pool"]) == {"size", "inUse", "idle", "waiting", "created", "failed"}
    assert told["pool"]["size"] >= told["pool"]["inUse"] + told["pool"]["idle"] >= 0


@pytest.fixture(scope="module")
def tls_only():
    """PostgreSQL that lets nobody in without TLS, with a certificate of its own making."""
    # Not below pytest's folders, which every other run of pytest closes to other accounts: the server runs as one.
    folder = pathlib.Path(tempfile.mkdtemp(prefix="holdfast-tls-"))
    folder.chmod(0o755)
    server = postgres.Server(folder / "postgres", {"ssl": "on"})
    certificate, key = server.data / "server.crt", server.data / "server.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-out", certificate,
                    "-keyout", key], check=True, capture_output=True)
    key.chmod(0o600)
    for file in (certificate, key):
        child.give_away(file)
    (server.data / "pg_hba.conf").write_text("hostssl all all 127.0.0.1/32 scram-sha-256\n")
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder)


@pytest.mark.engines("sqlite")  # the server is the test's own
def test_five_refusals_of_postgresql_are_five_sentences(tls_only, tmp_path):
    project = servers.write_project(tmp_path / "project", MODELS)
    url = tls_only.url()
    refusals = {
        "wrong password": (url.replace(f":{postgres.PASSWORD}@", ":open-barley@"), "refuses the password"),
        "unknown host": (f"postgresql://u:open-barley@nowhere.invalid:{tls_only.port}/shop", "The host nowhere.invalid is not known."),
        "closed port": ("postgresql://u:open-barley@127.0.0.1:1/shop", "Nothing listens on 127.0.0.1:1."),
        "missing database": (tls_only.url("no_such_shop"), 'has no database "no_such_shop".'),
        "TLS required": (url + "?sslmode=disable", "without TLS"),
    }
    sentences = set()
    for name, (address, words) in refusals.items():
        status, checks, _ = doctor(project, "--port", "0", environment={"DATABASE_URL": address})
        told = checks["database"]
        assert status == 69, name
        assert words in told["message"], name
        assert told["advice"], name
        assert "barley" not in json.dumps(checks), name
        sentences.add(told["message"])
        refused = servers.run(["serve", "--port", "0"], {"DATABASE_URL": address}, cwd=project)
        assert refused.returncode == 69 and words in refused.stderr, name
        assert "barley" not in refused.stderr, name
    assert len(sentences) == len(refusals)
    status, checks, _ = doctor(project, "--port", "0", environment={"DATABASE_URL": url + "?sslmode=require"})
    assert status == 0, checks
