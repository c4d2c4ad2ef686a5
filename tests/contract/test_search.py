"""What searches promise beyond the rows: the limit of terms, and search while others write."""
import contextlib
import sqlite3
import threading
import urllib.parse

import pytest

MODEL = {"things": "id: text\ntype: object\nproperties:\n  text: { type: string }\nsearch: { fields: [text], language: simple }\n"}


def search(server, text):
    return server.ask("GET", f"/api/things/search?limit=200&q={urllib.parse.quote(text, safe='')}")


def words(count, first=0):
    """As many different words."""
    return [f"w{number}x" for number in range(first, first + count)]


def refused(answer):
    return answer.status == 400 and answer.json["code"] == "invalid_parameter"


def test_200_terms_are_taken_and_201_refused(serve):
    server = serve(MODEL, environment={"HOLDFAST_URL_LIMIT": "1000000"})
    assert server.ask("POST", "/api/things", {"id": "all", "text": " ".join(words(1000))}).status == 201
    assert server.ask("POST", "/api/things", {"id": "almost", "text": " ".join(words(199))}).status == 201
    found = search(server, " ".join(words(200)))
    assert found.status == 200 and [one["id"] for one in found.json["data"]] == ["all"], str(found)
    assert [one["id"] for one in search(server, " ".join(words(199))).json["data"]] == ["almost", "all"]
    assert refused(search(server, " ".join(words(201))))
    assert refused(search(server, " ".join(words(1000))))
    assert refused(search(server, " ".join(words(20000))))


def test_excluded_words_prefixes_and_phrases_are_terms_too(serve):
    server = serve(MODEL, environment={"HOLDFAST_URL_LIMIT": "1000000"})
    assert server.ask("POST", "/api/things", {"id": "all", "text": " ".join(words(300))}).status == 201
    other = [f"-{word}" for word in words(199, first=1000)]
    assert [one["id"] for one in search(server, " ".join(["w1x", *other])).json["data"]] == ["all"]
    assert refused(search(server, " ".join(["w1x", "w2x", *other])))
    prefixes = [f"{word}*" for word in words(201)]
    assert [one["id"] for one in search(server, " ".join(prefixes[:200])).json["data"]] == ["all"]
    assert refused(search(server, " ".join(prefixes)))
    phrases = [f'"{one} {two}"' for one, two in zip(words(201), words(201, first=1))]
    assert [one["id"] for one in search(server, " ".join(phrases[:200])).json["data"]] == ["all"]
    assert refused(search(server, " ".join(phrases)))


def test_han_characters_are_terms_each(serve):
    """A text without blanks is as many terms as it has characters: 201 of them are one too many."""
    server = serve(MODEL)
    han = "".join(chr(0x4E00 + number) for number in range(201))
    assert server.ask("POST", "/api/things", {"id": "han", "text": han[::-1]}).status == 201
    assert [one["id"] for one in search(server, han[:200]).json["data"]] == ["han"]
    assert refused(search(server, han))
    assert [one["id"] for one in search(server, f'"{han[::-1]}"').json["data"]] == ["han"]


def test_phrase_of_many_words_is_one_term(serve):
    server = serve(MODEL, environment={"HOLDFAST_URL_LIMIT": "1000000"})
    assert server.ask("POST", "/api/things", {"id": "all", "text": " ".join(words(5000))}).status == 201
    assert [one["id"] for one in search(server, f'"{" ".join(words(1000))}"').json["data"]] == ["all"]
    assert search(server, f'"{" ".join(words(999))} w0x"').json["data"] == []
    assert refused(search(server, f'"{" ".join(words(1001))}"'))


def test_search_sees_each_acknowledged_write_while_others_write(serve):
    server = serve(MODEL, environment={"HOLDFAST_THREADS": "4"})
    failures = []

    def write_and_look(number):
        for attempt in range(40):
            key, first, second = f"k{number}-{attempt}", f"first{number}n{attempt}", f"second{number}n{attempt}"
            steps = [("POST", "/api/things", {"id": key, "text": f"common {first}"}, first, second), ("PATCH", f"/api/things/{key}", {"text": f"{second} common"}, second, first)]
            for method, target, body, there, gone in steps:
                status = server.ask(method, target, body).status
                if status not in (200, 201) or [one["id"] for one in search(server, there).json["data"]] != [key] or search(server, gone).json["data"]:
                    failures.append((method, key, status))

    threads = [threading.Thread(target=write_and_look, args=(number,), daemon=True) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not any(thread.is_alive() for thread in threads)
    assert not failures
    answer = server.ask("GET", "/api/things/search?q=common&count=exact")
    assert answer.json["page"]["total"] == 160


def test_search_and_its_cursors_survive_a_restart_and_a_kill(serve):
    first = serve(MODEL)
    for key, text in (("a", "amber rose"), ("b", "rose"), ("c", "violet")):
        assert first.ask("POST", "/api/things", {"id": key, "text": text}).status == 201
    before = search(first, "rose")
    cursor = first.ask("GET", "/api/things/search?q=rose&limit=1").json["page"]["nextCursor"]
    assert first.stop() == 0
    second = serve(folder=first.folder)
    assert search(second, "rose").body == before.body
    answer = second.ask("GET", f"/api/things/search?q=rose&limit=1&cursor={cursor}")
    assert [one["id"] for one in answer.json["data"]] == ["a"], str(answer)
    assert second.ask("POST", "/api/things", {"id": "d", "text": "rose violet"}).status == 201
    second.kill()
    third = serve(folder=first.folder)
    assert [one["id"] for one in search(third, "violet").json["data"]] == ["d", "c"]


@pytest.mark.engines("sqlite")
def test_search_data_made_at_the_start_lies_in_one_segment(serve):
    """Each search looks into every segment, and ten thousand records leave some."""
    plain = "id: text\ntype: object\nproperties:\n  name: { type: string }\n"
    server = serve({"things": plain})
    assert server.stop() == 0
    database = server.folder / "data" / "holdfast.db"
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        connection.executemany("insert into things (id, name) values (?, ?)",
                               ((f"t{n}", f"vis{n} ecrou{n} boulon{n} rondelle{n} clou{n}") for n in range(10_000)))
    (server.folder / "models" / "things.yaml").write_text(plain + "search: { fields: [name], language: french }\n")
    server = serve(folder=server.folder)
    assert [one["id"] for one in server.ask("GET", "/api/things/search?q=rondelle4321").json["data"]] == ["t4321"]
    assert server.stop() == 0
    with contextlib.closing(sqlite3.connect(database)) as connection:
        assert connection.execute("select count(distinct segid) from _hf_things__search_idx").fetchall() == [(1,)]
