"""schema/model.schema.json is what editors check a model with while it is written: it must take what the loader takes,
and refuse what an editor can know to be wrong. (That it is made of the loader's own table is a test of the loader.)"""

import json
import pathlib
import re

import jsonschema
import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]


class CoreLoader(yaml.SafeLoader):
    """YAML 1.2 core schema, as the loader reads it: `on`, `yes` and dates are texts."""


CoreLoader.yaml_implicit_resolvers = {}
for tag, pattern, first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+", list("-+0123456789")),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", list("-+.0123456789")),
):
    CoreLoader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"(?:{pattern})$"), first)


@pytest.fixture(scope="module")
def schema():
    text = (ROOT / "schema" / "model.schema.json").read_text(encoding="utf-8")
    schema = json.loads(text)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def read(text):
    return yaml.load(text, Loader=CoreLoader)


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*/models/*.y*ml")), ids=lambda path: path.name)
def test_the_models_of_the_examples_are_valid(schema, path):
    schema.validate(read(path.read_text(encoding="utf-8")))


def test_there_are_models_to_try():
    assert len(list((ROOT / "examples").glob("*/models/*.y*ml"))) >= 2


def test_the_models_of_the_reference_page_are_valid(schema):
    page = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    models = re.findall(r"```yaml\n(.*?)```", page, re.S)
    assert len(models) == 2
    for model in models:
        schema.validate(read(model))


def with_field(field):
    return f"type: object\nproperties: {{ x: {field} }}\n"


@pytest.mark.parametrize(
    "text",
    [
        with_field("{ type: [string, 'null'], format: date-time }"),
        with_field("{ type: ['null', string], default: null }"),
        with_field("{ type: string, enum: [yes, no], default: yes }"),
        with_field("{ type: string, format: email, lowercase: true, unique: true, messages: { maxLength: Long } }"),
        with_field("{ type: integer, minimum: 1, multipleOf: 5, column: n, was: m, title: N, description: A number }"),
        with_field("{ type: number, decimal: [10, 2], storage: double, exclusiveMinimum: 0.5, messages: { scale: Digits } }"),
        with_field("{ type: array, items: { type: number, decimal: [4, 1] }, minItems: 1, uniqueItems: true, default: [1] }"),
        with_field("{ type: array, items: { enum: [a] } }"),
        with_field("{ type: string, pattern: '^[A-Z]+$', minLength: 2, maxLength: 3, trim: true }"),
        with_field("{ ref: users }"),
        with_field("{ ref: users, type: [string, 'null'], onDelete: setNull, unique: true, column: owner, messages: { format: No } }"),
        with_field("{ ref: counters, type: integer, readOnly: true }"),
        with_field("{ type: object, additionalProperties: true, default: { a: [1] } }"),
        with_field("{ type: [object, 'null'], required: [a], properties: { a: { type: string, minLength: 1, default: b } } }"),
        with_field("{ type: object, properties: { a: { type: object, properties: { b: { enum: [c] } } } }, additionalProperties: false }"),
        with_field("{ type: object, properties: { a: { type: array, items: { type: object, additionalProperties: true } } } }"),
        with_field("{ type: array, items: { type: object, required: [a], properties: { a: { type: integer } } } }"),
        with_field("{ type: object, writeOnly: true, readOnly: false, additionalProperties: true }"),
        with_field("{ type: string, readOnly: true, default: a }"),
        with_field("{ type: object, properties: { a: { type: object, properties: { b: { type: integer } } } } }") + "indexes: [[x.a.b, -x.c]]\n",
        "type: object\nproperties: {}\nrequireIfMatch: true\n",
        "type: object\nproperties: {}\nid: text\ntable: t\nschema: s\nwas: old-things\n",
        with_field("{ type: integer }") + "indexes: [[x], [-x]]\nunique: [[x, y]]\nfinders: { x: {}, by-x: { field: x, where: x > 1, sortBy: -x } }\n",
        with_field("{ type: string }") + "search: { fields: [x], language: french }\ncache: { ttl: 1, searchTtl: 2, tags: [x], off: true }\n",
    ],
)
def test_what_the_loader_takes_is_valid(schema, text):
    schema.validate(read(text))


@pytest.mark.parametrize(
    "text",
    [
        "properties: {}\n",
        "type: object\n",
        "type: array\nproperties: {}\n",
        "type: object\nproperties: {}\ntimestamp: true\n",
        "type: object\nproperties: {}\ntimestamps: yes\n",
        "type: object\nproperties: {}\nrequireIfMatch: always\n",
        "type: object\nproperties: {}\nid: serial\n",
        "type: object\nproperties: { Name: { type: string } }\n",
        "type: object\nproperties: { id: { type: string } }\n",
        with_field("string"),
        with_field("{ maxLength: 5 }"),
        with_field("{ type: text }"),
        with_field("{ type: string, maxLenght: 5 }"),
        with_field("{ type: string, maxLength: -1 }"),
        with_field("{ type: integer, maxLength: 5 }"),
        with_field("{ type: string, minimum: 5 }"),
        with_field("{ type: string, format: date, maxLength: 5 }"),
        with_field("{ type: string, format: datetime }"),
        with_field("{ enum: [a], format: email }"),
        with_field("{ enum: [a, a] }"),
        with_field("{ enum: [] }"),
        with_field("{ type: integer, enum: [1] }"),
        with_field("{ type: string, decimal: [10, 2] }"),
        with_field("{ type: number, decimal: [19, 2] }"),
        with_field("{ type: number, decimal: [10] }"),
        with_field("{ type: number, multipleOf: 2 }"),
        with_field("{ type: number, storage: double }"),
        with_field("{ type: integer, multipleOf: 0 }"),
        with_field("{ type: array }"),
        with_field("{ type: array, items: { type: object } }"),
        with_field("{ type: array, items: { type: array, items: { type: string } } }"),
        with_field("{ type: array, items: { type: [string, 'null'] } }"),
        with_field("{ type: array, items: { type: string, unique: true } }"),
        with_field("{ type: array, items: { type: string }, unique: true }"),
        with_field("{ type: [string, null] }"),
        with_field("{ type: [string, integer] }"),
        with_field("{ type: [string] }"),
        with_field("{ type: object }"),
        with_field("{ type: object, properties: {} }"),
        with_field("{ type: object, additionalProperties: false }"),
        with_field("{ type: object, properties: { a: { type: string } }, additionalProperties: true }"),
        with_field("{ type: object, additionalProperties: true, required: [a] }"),
        with_field("{ type: object, additionalProperties: true, unique: true }"),
        with_field("{ type: object, properties: { a: { type: string, unique: true } } }"),
        with_field("{ type: object, properties: { a: { type: string, readOnly: true } } }"),
        with_field("{ type: object, properties: { a: { type: string, column: b } } }"),
        with_field("{ type: object, properties: { a: { ref: users } } }"),
        with_field("{ type: object, properties: { A: { type: string } } }"),
        with_field("{ type: object, properties: { a: { maxLength: 5 } } }"),
        with_field("{ properties: { a: { type: string } } }"),
        with_field("{ type: array, items: { ref: users } }"),
        with_field("{ type: string, properties: { a: { type: string } } }"),
        with_field("{ ref: Users }"),
        with_field("{ ref: users, onDelete: delete }"),
        with_field("{ ref: users, default: a }"),
        with_field("{ ref: users, trim: true }"),
        with_field("{ ref: users, type: boolean }"),
        with_field("{ ref: users, type: [object, 'null'] }"),
        with_field("{ type: string, onDelete: cascade }"),
        with_field("{ type: string, readOnly: yes }"),
        with_field("{ type: string, readOnly: true, writeOnly: true }"),
        with_field("{ ref: users, readOnly: true, writeOnly: true }"),
        with_field("{ type: string, required: true }"),
        with_field("{ type: string, messages: { trim: Space } }"),
        with_field("{ type: string, messages: { type: 5 } }"),
        with_field("{ type: string, trim: on }"),
        with_field("{ type: integer }") + "indexes: [x]\n",
        with_field("{ type: integer }") + "indexes: [[]]\n",
        with_field("{ type: integer }") + "indexes: [[a.b.c.d]]\n",
        with_field("{ type: integer }") + "unique: [[x, a.b]]\n",
        with_field("{ type: integer }") + "unique: [[x]]\n",
        with_field("{ type: integer }") + "finders: { search: {} }\n",
        with_field("{ type: integer }") + "finders: { x: { were: a } }\n",
        with_field("{ type: string }") + "search: { language: french }\n",
        with_field("{ type: string }") + "search: { fields: [x], language: frensh }\n",
        with_field("{ type: string }") + "cache: { off: false }\n",
        with_field("{ type: string }") + "cache: { ttl: 0 }\n",
    ],
)
def test_what_an_editor_can_know_to_be_wrong_is_refused(schema, text):
    assert not schema.is_valid(read(text))
