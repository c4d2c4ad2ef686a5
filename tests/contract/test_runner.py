"""The runner must be able to fail: each expectation refuses an answer that differs."""
import json

import pytest

import expect
import rows
import stage
import wire

pytestmark = pytest.mark.engines("sqlite")  # no server at all

PROBLEM = {"type": "/docs/errors#not_found", "title": "Not found", "status": 404, "code": "not_found", "detail": "There is no such record.", "requestId": "1"}
INVALID = {"errors": [{"pointer": "/name", "code": "maxLength", "message": "Too long.", "maxLength": 5}]}
LIST = {"data": [{"name": "a"}, {"name": "b"}], "page": {"limit": 10}}


def answer(body, status=200, headers=()):
    return wire.Answer(status, [("Content-Type", "application/problem+json"), *headers], json.dumps(body).encode(), [])


def found(expectations, given):
    row = rows.Row("test", {"name": "a row", "GET": "/", "status": given.status, **expectations})
    return expect.differences(row, row.get, given, "name")


@pytest.mark.parametrize("expectations, given", [
    ({"problem": "not_found", "detail": "no such"}, answer(PROBLEM, 404)),
    ({"errors": [{"pointer": "/name", "code": "maxLength", "maxLength": 5}]}, answer(INVALID)),
    ({"answer": {"page": {"limit": 10}}, "lists": ["a", "b"], "members": ["data", "page"]}, answer(LIST)),
    ({"finds": ["b", "a"], "at": {"$.data[*].name": ["a", "b"], "$.page.limit": 10}, "contains": '"a"', "lacks": "zzz"}, answer(LIST)),
    ({"answer": {"id": "~ ^[0-9]+$"}}, answer({"id": "123"})),
    ({"headers out": {"Allow": ["HEAD", "GET"]}, "no headers": "ETag"}, answer({}, headers=[("Allow", "GET, HEAD")])),
])
def test_right_answer_passes(expectations, given):
    assert found(expectations, given) == []


@pytest.mark.parametrize("expectations, given", [
    ({"status": 201}, answer({})),
    ({"problem": "not_found"}, answer(PROBLEM, 200)),
    ({"problem": "not_found"}, answer({**PROBLEM, "type": "about:blank"}, 404)),
    ({"problem": "not_found"}, answer({**PROBLEM, "requestId": ""}, 404)),
    ({"problem": "not_found"}, wire.Answer(404, [("Content-Type", "application/json")], json.dumps(PROBLEM).encode(), [])),
    ({"detail": "another"}, answer(PROBLEM, 404)),
    ({"errors": []}, answer(INVALID)),
    ({"errors": [{"pointer": "/name", "code": "maxLength", "maxLength": 6}]}, answer(INVALID)),
    ({"errors": [{"pointer": "/name", "code": "minLength"}]}, answer(INVALID)),
    ({"errors": [{"pointer": "/name", "code": "maxLength", "message": "Another."}]}, answer(INVALID)),
    ({"answer": {"page": {"limit": 11}}}, answer(LIST)),
    ({"answer": {"other": None}}, answer(LIST)),
    ({"answer": {"ok": 1}}, answer({"ok": True})),
    ({"answer exactly": {"data": LIST["data"]}}, answer(LIST)),
    ({"members": ["page", "data"]}, answer(LIST)),
    ({"lists": ["b", "a"]}, answer(LIST)),
    ({"finds": ["a"]}, answer(LIST)),
    ({"finds": ["a", "b", "b"]}, answer(LIST)),
    ({"contains": "zzz"}, answer(LIST)),
    ({"lacks": "limit"}, answer(LIST)),
    ({"matches": "limi[a-s]"}, answer(LIST)),
    ({"at": {"$.data[2].name": "c"}}, answer(LIST)),
    ({"at": {"$.data[*].name": ["a"]}}, answer(LIST)),
    ({"headers out": {"Allow": ["GET"]}}, answer({}, headers=[("Allow", "GET, HEAD")])),
    ({"headers out": {"ETag": "x"}}, answer({})),
    ({"no headers": "Allow"}, answer({}, headers=[("Allow", "GET")])),
    ({"interim": [100]}, answer({})),
])
def test_wrong_answer_fails(expectations, given):
    assert found(expectations, given)


@pytest.mark.parametrize("spec", [{"GET": "/", "status": 200}, {"name": "x", "GET": "/"}, {"name": "x", "status": 200}, {"name": "x", "GET": "/", "POST": "/", "status": 200},
                                  {"name": "x", "GET": "/", "status": 200, "anwser": {}}])
def test_row_that_is_wrong_itself_is_refused(spec):
    with pytest.raises(rows.RowError):
        rows.Row("test", spec)


def test_capture_that_is_missing_is_an_error():
    with pytest.raises(rows.RowError):
        rows.fill("/api/things/${id}", {})


def test_captured_values_keep_their_type_when_alone():
    assert rows.fill({"id": "${id}", "text": "no ${id}", "long": "${repeat ab 3}"}, {"id": 7}) == {"id": 7, "text": "no 7", "long": "ababab"}


def test_headers_are_replaced_removed_and_repeated():
    changed = stage.override([("Host", "x"), ("Content-Type", "a")], {"host": None, "Content-Type": "b", "X": ["1", "2"]})
    assert changed == [("Content-Type", "b"), ("X", "1"), ("X", "2")]
