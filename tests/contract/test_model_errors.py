"""Model files that are wrong: `file:line:column`, what, and what to write instead; exit status 78; nothing is served.

In the texts below `@` marks the place that must be told. It is taken out before the file is written.
"""
import re

import pytest

import server as servers

pytestmark = pytest.mark.engines("sqlite")  # no database is opened

GOOD = "type: object\nproperties:\n  name: { type: string }\n"

# what is wrong · the file · what the message must hold, in any case
PLACED = [
    ("a typo in a field keyword", "type: object\nproperties:\n  name: { type: string, @maxLenght: 5 }\n", ["maxLenght", "maxLength"]),
    ("a typo in a collection keyword", "type: object\n@propertys:\n  name: { type: string }\n", ["propertys", "properties"]),
    ("a typo in a keyword of finders", "type: object\nproperties:\n  name: { type: string }\nfinders: { name: { @sortby: name } }\n", ["sortby", "sortBy"]),
    ("an unknown keyword like nothing known", "type: object\n@zzzzqqqq: 1\nproperties: {}\n", ["zzzzqqqq"]),
    ("a keyword at the wrong level", "type: object\n@maxLength: 5\nproperties:\n  name: { type: string }\n", ["maxLength"]),
    ("a collection keyword on a field", "type: object\nproperties:\n  name: { type: string, @timestamps: true }\n", ["timestamps"]),
    ("a keyword of another type", "type: object\nproperties:\n  size: { type: integer, @maxLength: 5 }\n", ["maxLength"]),
    ("minimum on a string", "type: object\nproperties:\n  name: { type: string, @minimum: 5 }\n", ["minimum"]),
    ("multipleOf on a plain number", "type: object\nproperties:\n  size: { type: number, @multipleOf: 0.1 }\n", ["multipleOf"]),
    ("a text where a number belongs", "type: object\nproperties:\n  name: { type: string, maxLength: @ten }\n", ["maxLength", "ten"]),
    ("a negative length", "type: object\nproperties:\n  name: { type: string, maxLength: @-1 }\n", ["maxLength"]),
    ("a number where a boolean belongs", "type: object\ntimestamps: @1\nproperties:\n  name: { type: string }\n", ["timestamps"]),
    ("yes, which YAML 1.2 takes for text", "type: object\ntimestamps: @yes\nproperties:\n  name: { type: string }\n", ["timestamps"]),
    ("a list where a map belongs", "type: object\nproperties: @[name]\n", ["properties"]),
    ("a text where a list belongs", "type: object\nrequired: @name\nproperties:\n  name: { type: string }\n", ["required"]),
    ("a typo in a type", "type: object\nproperties:\n  name: { type: @strin }\n", ["strin", "string"]),
    ("a typo in a format", "type: object\nproperties:\n  name: { type: string, format: @datetime }\n", ["datetime", "date-time"]),
    ("a typo in the kind of id", "type: object\nid: @uid\nproperties:\n  name: { type: string }\n", ["uid", "uuid"]),
    ("a collection that is no object", "type: @array\nproperties:\n  name: { type: string }\n", ["object"]),
    ("a decimal of 19 digits", "type: object\nproperties:\n  price: { type: number, decimal: @[19, 2] }\n", ["decimal", "18"]),
    ("a duplicate keyword", "type: object\nproperties:\n  name: { type: string, maxLength: 5, @maxLength: 6 }\n", ["maxLength"]),
    ("a duplicate field", "type: object\nproperties:\n  name: { type: string }\n  @name: { type: integer }\n", ["name"]),
    ("a duplicate collection keyword", "type: object\ntitle: A\nproperties:\n  name: { type: string }\n@title: B\n", ["title"]),
    ("a field name with a capital", "type: object\nproperties:\n  @Name: { type: string }\n", ["Name"]),
    ("a field name with a dash", "type: object\nproperties:\n  @my-name: { type: string }\n", ["my-name"]),
    ("a pattern with lookahead", "type: object\nproperties:\n  name: { type: string, pattern: @'(?=x)y' }\n", ["pattern"]),
    ("a pattern with a back reference", "type: object\nproperties:\n  name: { type: string, pattern: @'(a)\\1' }\n", ["pattern"]),
    ("a reference to no collection", "type: object\nproperties:\n  owner: { ref: @thing }\n", ["thing", "things"]),
    ("a typo in onDelete", "type: object\nproperties:\n  owner: { ref: things, onDelete: @setnull }\n", ["onDelete", "setNull"]),
    ("onDelete without ref", "type: object\nproperties:\n  owner: { type: string, @onDelete: cascade }\n", ["onDelete", "ref"]),
    ("setNull where no null is admitted", "type: object\nrequired: [owner]\nproperties:\n  owner: { ref: things, onDelete: @setNull }\n", ["setNull", "owner"]),
    ("a type that a reference has not", "type: object\nid: integer\nproperties:\n  owner: { ref: things, type: @string }\n", ["integer"]),
    ("a reference inside an object", "type: object\nproperties:\n  a: { type: object, properties: { owner: { @ref: things } } }\n", ["ref"]),
    ("a reference inside an array", "type: object\nproperties:\n  a: { type: array, items: { @ref: things } }\n", ["ref"]),
    ("a unique member of an object", "type: object\nproperties:\n  a: { type: object, properties: { b: { type: integer, @unique: true } } }\n", ["unique"]),
    ("a unique object", "type: object\nproperties:\n  a: { type: object, @unique: true, properties: { b: { type: integer } } }\n", ["unique"]),
    ("objects three deep", "type: object\nproperties:\n  a: { type: object, properties: { b: { type: object, properties: { c: { type: object, properties: @{ d: { type: string } } } } } } }\n", ["two"]),
    ("an object that says nothing", "type: object\nproperties:\n  a: @{ type: object }\n", ["properties", "additionalProperties"]),
    ("an object that is both", "type: object\nproperties:\n  a: { type: object, properties: { b: { type: string } }, additionalProperties: @true }\n", ["additionalProperties"]),
    ("a member that is required and not declared", "type: object\nproperties:\n  a: { type: object, required: [@ctiy], properties: { city: { type: string } } }\n", ["ctiy", "city"]),
    ("an index of a path that is not there", "type: object\nproperties:\n  a: { type: object, properties: { city: { type: string, maxLength: 5 } } }\nindexes: [[@a.ctiy]]\n", ["a.ctiy", "a.city"]),
    ("an index of an object", "type: object\nproperties:\n  a: { type: object, properties: { city: { type: string, maxLength: 5 } } }\nindexes: [[@a]]\n", ["a.city"]),
    ("an index of free-form JSON", "type: object\nproperties:\n  a: { type: object, additionalProperties: true }\nindexes: [[@a]]\n", ["index"]),
    ("readOnly and required", "type: object\nrequired: [a]\nproperties:\n  a: { type: string, readOnly: @true }\n", ["readOnly", "required"]),
    ("requireIfMatch that is no boolean", "type: object\nrequireIfMatch: @1\nproperties: {}\n", ["requireIfMatch"]),
    ("a pattern that is broken", "type: object\nproperties:\n  name: { type: string, pattern: @'(a' }\n", ["pattern"]),
]

# what is wrong · the file with @ somewhere on the line that must be told · what the message must hold
ON_LINE = [
    ("a required field that is not declared", "type: object\nrequired: [@nmae]\nproperties:\n  name: { type: string }\n", ["nmae", "name"]),
    ("an index of a field that is not declared", "type: object\nproperties:\n  name: { type: string, maxLength: 5 }\nindexes: [[@nmae]]\n", ["nmae"]),
    ("an index of a text without maxLength", "type: object\nproperties:\n  name: { type: string }\nindexes: [[@name]]\n", ["name", "maxLength"]),
    ("an index whose texts are too long together", "type: object\nproperties:\n  a: { type: string, maxLength: 400 }\n  b: { type: string, maxLength: 400 }\nindexes: [[@a, b]]\n", ["2,?400"]),
    ("a unique text without maxLength", "type: object\nproperties:\n  name: { type: string, @unique: true }\n", ["name", "maxLength"]),
    ("a unique array", "type: object\nproperties:\n  tags: { type: array, items: { type: string, maxLength: 5 }, @unique: true }\n", ["unique"]),
    ("a compound key of a field that is not declared", "type: object\nproperties:\n  a: { type: integer }\nunique: [[a, @nope]]\n", ["nope"]),
    ("an index that mixes an array with another field", "type: object\nproperties:\n  a: { type: integer }\n  tags: { type: array, items: { type: string, maxLength: 5 } }\nindexes: [[@tags, a]]\n", ["tags"]),
    ("a finder of a field that is not declared", "type: object\nproperties:\n  name: { type: string }\nfinders: { @nope: {} }\n", ["nope"]),
    ("a finder named search", "type: object\nproperties:\n  name: { type: string }\nfinders: { @search: { field: name } }\n", ["search"]),
    ("a finder named count", "type: object\nproperties:\n  name: { type: string }\nfinders: { @count: { field: name } }\n", ["count"]),
    ("a finder whose where is broken", "type: object\nproperties:\n  name: { type: string }\nfinders: { name: { where: @'name >' } }\n", ["where"]),
    ("a finder whose where names an unknown field", "type: object\nproperties:\n  name: { type: string }\nfinders: { name: { where: @'nope = 1' } }\n", ["nope"]),
    ("a finder that sorts by an unknown field", "type: object\nproperties:\n  name: { type: string }\nfinders: { name: { sortBy: @nope } }\n", ["nope"]),
    ("a default of the wrong type", "type: object\nproperties:\n  size: { type: integer, default: @'x' }\n", ["default"]),
    ("a default that its own field refuses", "type: object\nproperties:\n  size: { type: integer, minimum: 5, default: @1 }\n", ["default"]),
    ("a default outside the enum", "type: object\nproperties:\n  size: { enum: [a, b], default: @c }\n", ["default"]),
    ("a search in an unknown language", "type: object\nproperties:\n  name: { type: string }\nsearch: { fields: [name], language: @frensh }\n", ["frensh", "french"]),
    ("a search in a field that is not declared", "type: object\nproperties:\n  name: { type: string }\nsearch: { fields: [@nope], language: simple }\n", ["nope"]),
    ("a message for a keyword that the field has not", "type: object\nproperties:\n  name: { type: string, messages: { @maxLenght: x } }\n", ["maxLenght"]),
    ("a search in a write-only field", "type: object\nproperties:\n  name: { type: string, writeOnly: true }\nsearch: { fields: [@name], language: simple }\n", ["name", "write-only"]),
    ("a search in an enum", "type: object\nproperties:\n  name: { enum: [a] }\nsearch: { fields: [@name], language: simple }\n", ["name", "enum"]),
    ("a finder of a write-only field", "type: object\nproperties:\n  name: { type: string, writeOnly: true }\nfinders: { @name: {} }\n", ["name", "write-only"]),
    ("an index of a write-only field", "type: object\nproperties:\n  name: { type: integer, writeOnly: true }\nindexes: [[@name]]\n", ["name", "write-only"]),
    ("an index of a text inside an object without maxLength", "type: object\nproperties:\n  a: { type: object, properties: { b: { type: string } } }\nindexes: [[@a.b]]\n", ["a.b", "maxLength"]),
    ("two fields in one column", "type: object\nproperties:\n  fooBar: { type: string }\n  @foo_bar: { type: string }\n", ["foo_bar"]),
    ("a storage name over 63 bytes", "type: object\nproperties:\n  a: { type: string, column: @" + "x" * 64 + " }\n", ["63"]),
    ("an array without items", "type: object\nproperties:\n  @tags: { type: array }\n", ["items"]),
    ("an indentation error", "type: object\nproperties:\n  name:\n    type: string\n   @maxLength: 5\n", []),
    ("a tab as indentation", "type: object\nproperties:\n@\tname: { type: string }\n", []),
]

OBJECT = "type: object\nproperties:\n  address: { type: object, properties: { city: { type: string, maxLength: 20 }, note: { type: string }, tags: { type: array, items: { type: string, maxLength: 5 } } } }\n  secret: { type: string, maxLength: 20, writeOnly: true }\n  name: { type: string, maxLength: 20 }\n  lines: { type: array, items: { type: object, properties: { sku: { type: string } } } }\n  meta: { type: object, additionalProperties: true }\n  size: { type: integer }\n  kind: { enum: [a, b] }\n  code: { type: string, format: uuid }\n  owner: { ref: things }\n"


def with_field(text):
    return f"type: object\nproperties:\n  name: {{ type: string }}\n  {text}\n"


# As above; about references, objects, and members that are only read or only written.
NESTED = [
    ("a reference to a collection that is not there", with_field("owner: { ref: @users }"), ["users"]),
    ("onDelete without a reference", with_field("owner: { type: string, @onDelete: cascade }"), ["onDelete", "ref"]),
    ("a typo in onDelete", with_field("owner: { ref: things, onDelete: @cascad }"), ["cascad", "cascade"]),
    ("setNull where null is not admitted", "required: [owner]\n" + with_field("owner: { ref: things, @onDelete: setNull }"), ["owner", "setNull"]),
    ("a reference among items", with_field("owners: { type: array, items: { @ref: things } }"), ["ref"]),
    ("a reference inside an object", with_field("a: { type: object, properties: { owner: { @ref: things } } }"), ["ref"]),
    ("a length of a reference", with_field("owner: { ref: things, @maxLength: 5 }"), ["maxLength"]),
    ("a required field that is read-only", "required: [by]\n" + with_field("by: { type: string, @readOnly: true }"), ["by", "readOnly"]),
    ("readOnly that is no boolean", with_field("by: { type: string, readOnly: @yes }"), ["readOnly"]),
    ("writeOnly that is no boolean", with_field("by: { type: string, writeOnly: @1 }"), ["writeOnly"]),
    ("requireIfMatch that is no boolean", "type: object\nrequireIfMatch: @1\nproperties:\n  name: { type: string }\n", ["requireIfMatch"]),
    ("readOnly inside an object", with_field("a: { type: object, properties: { b: { type: string, @readOnly: true } } }"), ["readOnly"]),
    ("writeOnly inside an object", with_field("a: { type: object, properties: { b: { type: string, @writeOnly: true } } }"), ["writeOnly"]),
    ("unique inside an object", with_field("a: { type: object, properties: { b: { type: string, maxLength: 5, @unique: true } } }"), ["unique"]),
    ("column inside an object", with_field("a: { type: object, properties: { b: { type: string, @column: c } } }"), ["column"]),
    ("was inside an object", with_field("a: { type: object, properties: { b: { type: string, @was: c } } }"), ["was"]),
    ("a unique object", with_field("a: { type: object, @unique: true, properties: { b: { type: string } } }"), ["unique"]),
    ("objects three levels deep", with_field("a: { type: object, properties: { b: { type: object, properties: { c: { type: @object, properties: { d: { type: string } } } } } } }"), ["two|deep|level"]),
    ("an object of neither kind", with_field("@a: { type: object }"), ["properties"]),
    ("an object of both kinds", with_field("a: { type: object, properties: { b: { type: string } }, @additionalProperties: true }"), ["additionalProperties"]),
    ("additionalProperties of a text", with_field("a: { type: string, @additionalProperties: true }"), ["additionalProperties"]),
    ("properties of a text", with_field("a: { type: string, @properties: { b: { type: string } } }"), ["properties"]),
    ("required of a text", with_field("a: { type: string, @required: [b] }"), ["required"]),
    ("a required member that is not declared", with_field("a: { type: object, required: [@nope], properties: { b: { type: string } } }"), ["nope"]),
    ("a typo in a keyword inside an object", with_field("a: { type: object, properties: { b: { type: string, @maxLenght: 5 } } }"), ["maxLenght", "maxLength"]),
    ("a typo in a keyword inside items", with_field("a: { type: array, items: { type: object, properties: { b: { type: string, @maxLenght: 5 } } } }"), ["maxLenght", "maxLength"]),
    ("a member's name with a capital", with_field("a: { type: object, properties: { @B: { type: string } } }"), ["B"]),
    ("a field's name with a dot", with_field("@a.b: { type: string }"), ["a\\.b"]),
    ("a member twice", with_field("a: { type: object, properties: { b: { type: string }, @b: { type: integer } } }"), ["b"]),
    ("a default inside that its own member refuses", with_field("a: { type: object, properties: { b: { type: integer, default: @x } } }"), ["default"]),
    ("a default of an object that its member refuses", with_field("a: { type: object, default: @{ b: x }, properties: { b: { type: integer } } }"), ["default"]),
    ("a default of free-form JSON that is no object", with_field("a: { type: object, additionalProperties: true, default: @[1] }"), ["default"]),
    ("an array of arrays", with_field("a: { type: array, items: { type: @array, items: { type: string } } }"), ["array"]),
    ("an index of a path that is not there", OBJECT + "indexes: [[@address.nope]]\n", ["address\\.nope"]),
    ("an index of an object", OBJECT + "indexes: [[@address]]\n", ["address"]),
    ("an index of free-form JSON", OBJECT + "indexes: [[@meta]]\n", ["meta"]),
    ("an index into free-form JSON", OBJECT + "indexes: [[@meta.key]]\n", ["meta\\.key"]),
    ("an index of an array of objects", OBJECT + "indexes: [[@lines]]\n", ["lines"]),
    ("an index of an array inside an object", OBJECT + "indexes: [[@address.tags]]\n", ["address\\.tags"]),
    ("an index of a text inside without maxLength", OBJECT + "indexes: [[@address.note]]\n", ["address\\.note", "maxLength"]),
    ("a unique key of a path", OBJECT + "unique: [[name, @address.city]]\n", ["address\\.city"]),
    ("a finder of a path", OBJECT + "finders: { city: { field: @address.city } }\n", ["address\\.city"]),
    ("a finder of an object", OBJECT + "finders: { @address: {} }\n", ["address"]),
    ("a finder of a write-only field", OBJECT + "finders: { @secret: {} }\n", ["secret"]),
    ("a finder whose condition names a write-only field", OBJECT + "finders: { name: { where: @secret = 'x' } }\n", ["secret"]),
    ("a finder that sorts by a write-only field", OBJECT + "finders: { name: { sortBy: @secret } }\n", ["secret"]),
    ("a search in a path", OBJECT + "search: { fields: [name, @address.city], language: simple }\n", ["address\\.city"]),
    ("a search in an integer", OBJECT + "search: { fields: [@size], language: simple }\n", ["size"]),
    ("a search in an enum", OBJECT + "search: { fields: [@kind], language: simple }\n", ["kind"]),
    ("a search in a uuid", OBJECT + "search: { fields: [@code], language: simple }\n", ["code"]),
    ("a search in a reference", OBJECT + "search: { fields: [@owner], language: simple }\n", ["owner"]),
    ("a search in a write-only field", OBJECT + "search: { fields: [@secret], language: simple }\n", ["secret"]),
    ("a search in an object", OBJECT + "search: { fields: [@address], language: simple }\n", ["address"]),
]


def named(table):
    return [pytest.param(text, parts, id=name) for name, text, parts in table]


def validate(tmp_path, text, name="things"):
    """The exit status and everything printed by `validate`, and the marked place."""
    line, column = place(text)
    folder = servers.write_project(tmp_path / "project", {name: text.replace("@", "")})
    result = servers.run(["validate", "--project", folder])
    return result.returncode, result.stdout + result.stderr, line, column


def place(text):
    before = text.partition("@")[0]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def check_parts(printed, parts):
    for part in parts:
        assert re.search(part, printed, re.I), f"does not say {part!r}:\n{printed}"


@pytest.mark.parametrize("text, parts", named(PLACED))
def test_place_is_told(tmp_path, text, parts):
    status, printed, line, column = validate(tmp_path, text)
    assert status != 0, printed
    assert re.search(rf"models/things\.yaml:{line}:{column}: \S", printed), f"expected things.yaml:{line}:{column}\n{printed}"
    check_parts(printed, parts)


@pytest.mark.parametrize("text, parts", named(ON_LINE))
def test_line_is_told(tmp_path, text, parts):
    status, printed, line, _ = validate(tmp_path, text)
    assert status != 0, printed
    assert re.search(rf"models/things\.yaml:{line}:\d+: \S", printed), f"expected things.yaml:{line}\n{printed}"
    check_parts(printed, parts)


@pytest.mark.parametrize("text, parts", named(NESTED))
def test_line_is_told_of_references_objects_and_hidden_fields(tmp_path, text, parts):
    status, printed, line, _ = validate(tmp_path, text)
    assert status == 78, printed
    assert re.search(rf"models/things\.yaml:{line}:\d+: \S", printed), f"expected things.yaml:{line}\n{printed}"
    check_parts(printed, parts)


def test_wrong_model_file_is_status_78(tmp_path):
    status, printed, _, _ = validate(tmp_path, "type: object\nproperties:\n  name: { type: string, maxLenght: 5 }\n")
    assert status == 78, printed


def test_serve_refuses_what_validate_refuses(serve):
    with pytest.raises(servers.StartFailed) as failure:
        serve({"things": "type: object\nproperties:\n  name: { type: string, maxLenght: 5 }\n"})
    assert failure.value.status == 78
    assert "models/things.yaml:3:25:" in failure.value.output
    assert "maxLength" in failure.value.output


def test_errors_of_two_files_are_both_told(tmp_path):
    folder = servers.write_project(tmp_path / "project", {"good": GOOD, "first": "type: object\nfoo: 1\n", "second": "type: object\nbar: 1\n"})
    result = servers.run(["validate", "--project", folder])
    printed = result.stdout + result.stderr
    assert result.returncode != 0
    assert "first.yaml:2:1:" in printed and "second.yaml:2:1:" in printed
    assert "good.yaml" not in printed


def test_names_that_collide_between_two_collections_are_refused(tmp_path):
    array = "type: object\nproperties:\n  {0}: {{ type: array, items: {{ type: integer }} }}\nindexes: [[{0}]]\n"
    folder = servers.write_project(tmp_path / "project", {"a": array.format("b_c"), "a-b": array.format("c")})
    result = servers.run(["validate", "--project", folder])
    assert result.returncode == 78
    assert "models/a-b.yaml:4:11:" in result.stderr and "`_hf_a_b_c`" in result.stderr and "`table:`" in result.stderr


@pytest.mark.parametrize(("database", "status"), [("sqlite", 78), ("mongodb", 78), ("postgres", 0)])
def test_tables_that_only_a_schema_tells_apart_need_postgresql(tmp_path, database, status):
    folder = servers.write_project(tmp_path / "project", {"one": GOOD + "schema: s1\ntable: x\n", "two": GOOD + "schema: s2\ntable: x\n"})
    result = servers.run(["validate", "--project", folder], {"DB_TYPE": database, "MONGODB_URI": "mongodb://127.0.0.1:1/x", "DATABASE_URL": "postgres://127.0.0.1:1/x"})
    assert result.returncode == status, result.stderr
    assert ("models/two.yaml:5:8:" in result.stderr) == (status == 78)


@pytest.mark.parametrize("name", ["Things", "my_things", "1things", "-things", "x" * 61])
def test_file_name_that_is_no_collection_name_is_refused(tmp_path, name):
    folder = servers.write_project(tmp_path / "project", {name: GOOD})
    result = servers.run(["validate", "--project", folder])
    assert result.returncode != 0
    assert name in result.stdout + result.stderr


def test_bracket_that_is_never_closed_is_refused_with_a_place(tmp_path):
    status, printed, _, _ = validate(tmp_path, "type: object\nproperties:\n  name: { type: string\n")
    assert status != 0, printed
    assert re.search(r"models/things\.yaml:\d+:\d+: \S", printed), printed


def test_alias_cycle_is_refused(tmp_path):
    status, printed, _, _ = validate(tmp_path, "type: object\nproperties: &again\n  name: *again\n")
    assert status != 0, printed
    assert "things.yaml:" in printed


def test_file_that_is_not_utf_8_is_refused(tmp_path):
    folder = servers.write_project(tmp_path / "project", {})
    (folder / "models" / "things.yaml").write_bytes(b"type: object\ntitle: \xff\xfe\nproperties:\n  name: { type: string }\n")
    result = servers.run(["validate", "--project", folder])
    assert result.returncode != 0
    assert "things.yaml" in result.stdout + result.stderr


def test_empty_file_is_refused(tmp_path):
    status, printed, _, _ = validate(tmp_path, "")
    assert status != 0, printed
    assert "things.yaml" in printed


def test_everything_that_the_vocabulary_has_so_far_is_accepted(tmp_path):
    """The complement: every keyword where it belongs loads."""
    text = """
title: Thing
description: All of it.
type: object
id: objectId
table: my_things
required: [name]
properties:
  name:  { type: string, trim: true, lowercase: true, minLength: 1, maxLength: 100, pattern: "^[a-z]", messages: { required: r, minLength: m, maxLength: x, pattern: p } }
  price: { type: number, decimal: [10, 2], minimum: 0, maximum: 5.5, multipleOf: 0.05, default: 1.50, storage: double }
  open:  { type: [number, "null"], exclusiveMinimum: 0, exclusiveMaximum: 1 }
  kind:  { enum: [a, b], default: a }
  seen:  { type: string, format: date-time, column: seen_at }
  tags:  { type: array, minItems: 0, maxItems: 5, uniqueItems: true, items: { type: string, maxLength: 10 } }
  code:  { type: [integer, "null"], unique: true, was: number }
  owner: { ref: things }
  chief: { ref: things, onDelete: setNull, unique: true, column: boss }
  whole: { ref: things, onDelete: cascade }
  by:    { type: string, maxLength: 20, readOnly: true, default: system }
  pass:  { type: string, maxLength: 20, writeOnly: true }
  place: { type: object, required: [city], default: { city: Bern }, column: at, was: spot,
           properties: { city: { type: string, trim: true, maxLength: 80, messages: { required: r } }, zip: { type: [integer, "null"], default: 1 }, tags: { type: array, items: { type: string } },
                         meta: { type: object, additionalProperties: true }, seen: { type: string, format: date-time }, deep: { type: object, properties: { lat: { type: number }, list: { type: array, items: { type: integer } } } } } }
  lines: { type: array, minItems: 1, maxItems: 9, items: { type: object, required: [sku], properties: { sku: { type: string }, price: { type: number, decimal: [10, 2] } } } }
  files: { type: [array, "null"], items: { type: object, additionalProperties: true } }
  meta:  { type: object, additionalProperties: true, default: { a: { b: [1, null] } } }
  other: { type: [object, "null"], additionalProperties: true }
timestamps: true
requireIfMatch: true
indexes: [[kind, -price], [tags], [owner, -seen], [place.city, -place.zip], [place.deep.lat]]
unique: [[name, kind]]
search: { fields: [name], language: french }
finders: { kind: { where: price > 0 and not kind = 'b', sortBy: "-price,+name" }, byTag: { field: tags }, owner: { where: place.zip > 1 and place is not null, sortBy: "-place.city,+owner" } }
cache: { ttl: 10, searchTtl: 5, tags: [kind] }
was: old-things
"""
    folder = servers.write_project(tmp_path / "project", {"things": text, "users": GOOD})
    result = servers.run(["validate", "--project", folder])
    assert result.returncode == 0, result.stdout + result.stderr
