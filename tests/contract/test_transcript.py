"""One list of requests, the same answers on every engine: status, headers and bodies differ in nothing but what is made anew each time."""
import json
import pathlib
import re
import shlex

import pytest

import server as servers
import wire

LINES = pathlib.Path(__file__).with_name("transcript.txt")
CATALOGUE = servers.ROOT / "examples" / "catalogue" / "models"
MODELS = {
    "items": (CATALOGUE / "items.yaml").read_text(encoding="utf-8"),
    "users": (CATALOGUE / "users.yaml").read_text(encoding="utf-8"),
    "words": """
id: text
type: object
required: [word]
properties:
  word:   { type: string, maxLength: 50 }
  size:   { type: integer }
  weight: { type: number }
  exact:  { type: number, decimal: [18, 4] }
  day:    { type: string, format: date }
  at:     { type: string, format: date-time }
  tags:   { type: array, items: { type: string, maxLength: 10 } }
  place:  { type: object, properties: { city: { type: string, maxLength: 20 }, zip: { type: integer } } }
  lines:  { type: array, items: { type: object, properties: { sku: { type: string }, quantity: { type: integer } } } }
  meta:   { type: object, additionalProperties: true }
""",
    "parts": "id: text\ntype: object\nproperties:\n  word:   { ref: words }\n  above:  { ref: parts, onDelete: cascade }\n"
             "  beside: { ref: parts, onDelete: setNull }\nfinders: { word: {} }\n",
    "numbers": "id: integer\ntype: object\nproperties:\n  name: { type: string, maxLength: 20 }\n",
}
COMPARED_WITH = "sqlite"


class Request:
    """One line: curl's options -X, -H, -d, -I, and the path."""

    def __init__(self, number, line):
        self.number, self.line = number, line
        named = re.match(r"(\w+): ", line)
        self.name = named and named.group(1)
        words = shlex.split(line[named.end():] if named else line)
        self.method = self.body = self.path = None
        self.headers = []
        while words:
            word = words.pop(0)
            if word == "-X":
                self.method = words.pop(0)
            elif word == "-H":
                self.headers.append(tuple(words.pop(0).split(": ", 1)))
            elif word == "-d":
                self.body = words.pop(0)
            elif word == "-I":
                self.method = "HEAD"
            else:
                self.path = word
        self.method = self.method or ("GET" if self.body is None else "POST")

    def bytes(self, authority, kept):
        headers = [("Host", authority), *((name, put_in(value, kept)) for name, value in self.headers)]
        if self.body is not None:
            if all(name != "Content-Type" for name, _ in headers):
                headers.append(("Content-Type", "application/json"))
            headers.append(("Content-Length", str(len(self.body.encode()))))
        return wire.request_bytes(self.method, put_in(self.path, kept).encode(), headers, (self.body or "").encode())


def put_in(text, kept):
    return re.sub(r"\$(\w+)(?:\.(\w+))?", lambda found: kept[found.group(1)][found.group(2) or "id"], text)


def requests():
    lines = LINES.read_text(encoding="utf-8").splitlines()
    return [Request(number + 1, line) for number, line in enumerate(lines) if line and not line.startswith("#")]


class Masks:
    """Puts names in the place of what is made anew each time: ids, times, request ids, cursors; and tags of answers that have such."""
    ID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b")
    MEMBER = re.compile(r'"(createdAt|updatedAt|requestId|nextCursor)":"([^"]*)"')
    CURSOR = re.compile(r"\bcursor=[^&>]+")
    TAG = re.compile(r'"(?:(\d+)-)?([0-9a-f]{8,})((?:-gzip|-zstd)?")')

    def __init__(self, authority):
        self.authority = authority
        self.ids = {}
        self.anew = set()  # tags that no other run can have

    def masked(self, answer):
        """The whole answer as text; a tag stays as it is where everything it is the hash of is the same in every run."""
        body = self.MEMBER.sub(lambda found: f'"{found.group(1)}":"<{found.group(1)}>"', self._without_ids(answer.body.decode("utf-8")))
        tag = answer.header("ETag")
        if tag and body != answer.body.decode("utf-8"):
            self.anew.add(tag)
        for one in self.anew:
            body = body.replace(json.dumps(one)[1:-1], f"<tag {one.partition('-')[0]}>")
        headers = [f"{name}: {self._header(name.lower(), value)}" for name, value in answer.headers]
        return "\n".join([str(answer.status), *headers, "", body])

    def _without_ids(self, text):
        return self.ID.sub(lambda found: self.ids.setdefault(found.group(0), f"<id {len(self.ids) + 1}>"), text)

    def _header(self, name, value):
        if name in ("date", "x-request-id"):
            return f"<{name}>"
        if name == "etag":
            return self.TAG.sub(lambda found: f'"{found.group(1)}-<hash>{found.group(3)}', value) if value in self.anew else value
        return self.CURSOR.sub("cursor=<cursor>", self._without_ids(value)).replace(self.authority, "<here>")


def play(serve):
    """[(line, the answer with its masks)] of the engine in use."""
    server = serve(MODELS)
    masks, kept, played = Masks(server.authority), {}, []
    connection = server.connect()
    for request in requests():
        connection.send(request.bytes(server.authority, kept))
        answer = connection.read(head_only=request.method == "HEAD")
        if request.name:
            page = answer.json.get("page") or {}
            kept[request.name] = {"id": answer.json.get("id"), "etag": answer.header("ETag"), "cursor": page.get("nextCursor")}
        played.append((request, masks.masked(answer)))
        if answer.header("Connection") == "close":
            connection.close()
            connection = server.connect()
    connection.close()
    return played


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """What SQLite answers."""
    started = []

    def serve(models):
        started.append(servers.Server(servers.write_project(tmp_path_factory.mktemp("sqlite"), models)))
        return started[-1]

    with servers.on_engine(COMPARED_WITH):
        try:
            return play(serve)
        finally:
            for one in started:
                one.kill()


@pytest.mark.engines("postgres", "pgbouncer", "mongodb")
def test_every_answer_is_the_same_but_for_ids_times_and_cursors(serve, expected, engine):
    differing = [f"--- {LINES.name}:{request.number}: {request.line}\n{COMPARED_WITH} answers\n{wanted}\n\n{engine.name} answers\n{got}\n"
                 for (request, wanted), (_, got) in zip(expected, play(serve)) if wanted != got]
    assert not differing, f"{len(differing)} of {len(expected)} answers differ:\n" + "\n".join(differing[:20])


@pytest.mark.engines("sqlite")
def test_the_same_engine_twice_differs_in_nothing_else(serve, expected):
    """Otherwise the masks would hide too little, and every comparison above would fail."""
    assert [answer for _, answer in play(serve)] == [answer for _, answer in expected]


@pytest.mark.engines("sqlite")
def test_the_transcript_asks_for_every_kind_of_answer(expected):
    statuses = {int(answer.split("\n", 1)[0]) for _, answer in expected}
    assert statuses >= {200, 201, 204, 302, 304, 400, 404, 405, 409, 412, 415, 422}, sorted(statuses)


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("difference", [
    lambda answer: wire.Answer(answer.status + 1, answer.headers, answer.sent_body, []),
    lambda answer: wire.Answer(answer.status, [*answer.headers, ("X-More", "1")], answer.sent_body, []),
    lambda answer: wire.Answer(answer.status, answer.headers, answer.sent_body.replace(b"1.50", b"1.5"), []),
    lambda answer: wire.Answer(answer.status, [("ETag", '"2-0123abcd"')], answer.sent_body, []),
])
def test_masks_hide_nothing_else(difference):
    body = json.dumps({"id": "018f0000-0000-7000-8000-00000000000a", "price": "1.50", "createdAt": "2024-01-01T00:00:00.000Z"}).replace(": ", ":").encode()
    answer = wire.Answer(200, [("ETag", '"1-0123abcd"')], body, [])
    other = wire.Answer(200, [("ETag", '"1-ffffffff"')], body.replace(b"a\",", b"b\",").replace(b"2024", b"2025"), [])
    assert Masks("here").masked(answer) == Masks("here").masked(other)
    assert Masks("here").masked(answer) != Masks("here").masked(difference(answer))
