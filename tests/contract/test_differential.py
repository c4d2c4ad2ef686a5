"""Random filters, sorts and walks, answered by the server and by the lines below that restate the specification.

A seed is drawn at each run and shown when the test fails; HOLDFAST_TEST_SEED repeats it. The rows in tests/scenarios say what is
right one case at a time; this finds the combinations nobody thought of.
"""
import decimal
import functools
import json
import operator
import os
import random
import urllib.parse

import wire

RECORDS, QUESTIONS, DEPTH = 100, 250, 3
MODEL = """
id: integer
type: object
properties:
  text:   { type: string, maxLength: 20 }
  size:   { type: integer }
  weight: { type: number }
  price:  { type: number, decimal: [10, 2] }
  total:  { type: number, decimal: [18, 4] }
  active: { type: boolean }
  kind:   { enum: [x, y, z] }
  seen:   { type: string, format: date-time }
  tags:   { type: array, items: { type: string, maxLength: 10 } }
  rank:   { type: integer, default: 0 }
  place:
    type: object
    properties:
      city:  { type: string, maxLength: 20 }
      zip:   { type: integer }
      price: { type: number, decimal: [18, 4] }
      open:  { type: boolean }
      inner: { type: object, properties: { seen: { type: string, format: date-time }, weight: { type: number } } }
indexes: [[size], [text, -size], [active], [tags], [price, rank], [place.city, -place.price], [rank, place.inner.weight]]
"""
VALUES = {
    "text": ["", "a", "A", "ab", "b", "é", "É", "z", "a%", "_", "\uff21", "it's", "a\\b"],
    "size": [-5, -1, 0, 1, 2, 3, 9223372036854775807], "weight": [-1.5, 0, 0.1, 2.5, 1e21],
    "price": ["-1.00", "0.00", "0.01", "1.50", "10.00", "99999999.99"], "total": ["-1.0000", "0.0001", "99999999999999.9999", "2.5000"],
    "active": [True, False], "kind": ["x", "y", "z"], "seen": ["2024-01-01T00:00:00.000Z", "2024-01-01T00:00:00.001Z", "1999-12-31T23:59:59.999Z"],
    "rank": [0, 1, 2, 3], "place.city": ["", "a", "B", "é", "\U0010ffff", "it's"], "place.zip": [-1, 0, 1, -9223372036854775808], "place.price": ["-0.0001", "2.5000", "99999999999999.9999"],
    "place.open": [True, False], "place.inner.seen": ["2024-01-01T00:00:00.000Z", "0001-01-01T00:00:00.000Z"], "place.inner.weight": [-0.5, 0, 1e300],
}
DECIMALS, BOOLEANS, QUOTED = ("price", "total", "place.price"), ("active", "place.open"), ("text", "kind", "seen", "place.city", "place.inner.seen")
ASKED_ONLY = {"price": ["1.505", "0.001", "1e30"], "place.price": ["2.50001"]}  # finer or larger than the field can hold
TAGS = ["a", "b", "c"]
COMPARISONS = {"=": operator.eq, ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}


def comparable(field, value):
    return decimal.Decimal(str(value)) if field in DECIMALS and value is not None else value


def value_at(record, path):
    """Null where anything on the way is null."""
    for name in path.split("."):
        record = record and record[name]
    return record


class Asker:
    """Makes conditions: each is its filter text and the function that says which records it means."""

    def __init__(self, choice):
        self.choice = choice

    def condition(self, depth=DEPTH):
        draw = self.choice.random()
        if depth == 0 or draw > 0.5:
            return self.on_array() if draw > 0.93 else self.on_scalar()
        text, means = self.condition(depth - 1)
        if draw < 0.15:
            return f"not ({text})", lambda record: not means(record)
        other_text, other_means = self.condition(depth - 1)
        if draw < 0.32:
            return f"({text}) and ({other_text})", lambda record: means(record) and other_means(record)
        return f"({text}) or ({other_text})", lambda record: means(record) or other_means(record)

    def on_array(self):
        wanted = [self.choice.choice(TAGS + ["no"]) for _ in range(self.choice.randrange(3))]
        listed = ", ".join(f"'{one}'" for one in wanted)
        if self.choice.random() < 0.5:
            return f"tags hasAny ({listed})", lambda record: any(one in record["tags"] for one in wanted)
        return f"tags hasAll ({listed})", lambda record: all(one in record["tags"] for one in wanted)

    def on_scalar(self):
        field = self.choice.choice(list(VALUES))
        kinds = ["null", "in", "="] + ([] if field in (*BOOLEANS, "kind") else [">", ">=", "<", "<=", "between"])
        kind = self.choice.choice(kinds)
        negated = self.choice.random() < 0.3
        if kind == "null":
            return f"{field} is {'not ' if negated else ''}null", lambda record: (value_at(record, field) is None) != negated
        text, means = self.list_or_range(field, kind) if kind in ("in", "between") else self.comparison(field, kind)
        return (f"not {text}", lambda record: not means(record)) if negated else (text, means)

    def comparison(self, field, sign):
        value = self.value(field)
        return f"{field} {sign} {self.literal(field, value)}", self.known(field, lambda stored: COMPARISONS[sign](stored, comparable(field, value)))

    def list_or_range(self, field, kind):
        values = [self.value(field) for _ in range(2 if kind == "between" else self.choice.randrange(4))]
        texts, keys = [self.literal(field, value) for value in values], [comparable(field, value) for value in values]
        if kind == "between":
            return f"{field} between {texts[0]} and {texts[1]}", self.known(field, lambda stored: keys[0] <= stored <= keys[1])
        return f"{field} in ({', '.join(texts)})", self.known(field, lambda stored: stored in keys)

    def known(self, field, test):
        """Two-valued logic: a comparison with null is false."""
        return lambda record: value_at(record, field) is not None and test(comparable(field, value_at(record, field)))

    def value(self, field):
        return self.choice.choice(VALUES[field] + ASKED_ONLY.get(field, []))

    def literal(self, field, value):
        if isinstance(value, bool):
            return "true" if value else "false"
        quoted = field in QUOTED or (field in DECIMALS and self.choice.random() < 0.5)
        return "'" + str(value).replace("'", "''") + "'" if quoted else str(value)

    def sort(self):
        fields = self.choice.sample(list(VALUES), self.choice.randrange(4))
        return [(field, self.choice.random() < 0.5) for field in fields]


def in_order(records, sort):
    """Null first ascending, last descending; the id last, in the direction of the last key; without keys the id descends."""
    def compare(left, right):
        for field, descending in [*sort, ("id", sort[-1][1] if sort else True)]:
            one, other = comparable(field, value_at(left, field)), comparable(field, value_at(right, field))
            if one != other:
                before = one is None or (other is not None and one < other)
                return -1 if before != descending else 1
        return 0

    return [record["id"] for record in sorted(records, key=functools.cmp_to_key(compare))]


class Client:
    def __init__(self, server):
        self.connection = server.connect()

    def ask(self, method, target, body=None):
        data = b"" if body is None else json.dumps(body).encode()
        headers = [("Host", "x")] + ([("Content-Type", "application/json"), ("Content-Length", str(len(data)))] if body is not None else [])
        self.connection.send(wire.request_bytes(method, target.encode(), headers, data))
        return self.connection.read()

    def walk(self, text, sort, limit):
        """The ids of all pages."""
        target = f"/api/things?limit={limit}&filter={urllib.parse.quote(text, safe='')}"
        if sort:
            target += "&sortBy=" + urllib.parse.quote(",".join(("-" if descending else "+") + field for field, descending in sort), safe="")
        found, page = [], target
        while page:
            answer = self.ask("GET", page)
            assert answer.status == 200, f"{page}\n{answer}"
            found += [record["id"] for record in answer.json["data"]]
            cursor = answer.json["page"]["nextCursor"]
            page = cursor and f"{target}&cursor={urllib.parse.quote(cursor, safe='')}"
        return found


def random_record(choice):
    record = {"tags": [choice.choice(TAGS) for _ in range(choice.randrange(4))]}
    place = record["place"] = {"inner": {}} if choice.random() < 0.8 else choice.choice([None, {}])
    for path, values in VALUES.items():
        if choice.random() > 0.75:
            continue
        if "." not in path:
            record[path] = choice.choice(values)
        elif place and "inner" in place:
            (place["inner"] if "inner" in path else place)[path.rpartition(".")[2]] = choice.choice(values)
    return record


def test_random_questions_are_answered_as_the_specification_says(serve):
    seed = int(os.environ.get("HOLDFAST_TEST_SEED") or random.SystemRandom().randrange(1 << 32))
    print(f"HOLDFAST_TEST_SEED={seed}")
    choice = random.Random(seed)
    client = Client(serve({"things": MODEL}))
    records = []
    for _ in range(RECORDS):
        answer = client.ask("POST", "/api/things", random_record(choice))
        assert answer.status == 201, str(answer)
        records.append(answer.json)
    asker = Asker(choice)
    matched = 0
    for _ in range(QUESTIONS):
        (text, means), sort = asker.condition(), asker.sort()
        wanted = in_order([record for record in records if means(record)], sort)
        assert client.walk(text, sort, choice.choice([3, 7, 50])) == wanted, f"filter={text} sort={sort}"
        counted = client.ask("GET", f"/api/things/count?filter={urllib.parse.quote(text, safe='')}")
        assert counted.json == {"count": len(wanted)}, f"filter={text}"
        matched += 0 < len(wanted) < RECORDS
    assert matched > QUESTIONS / 4, "too few questions told records apart: they proved little"
