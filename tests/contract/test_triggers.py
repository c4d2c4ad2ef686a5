"""What is said of triggers that other programs made in the database."""
import json

import pytest

import server as servers

pytestmark = pytest.mark.engines("postgres", "pgbouncer")

MODELS = {name: "type: object\nproperties:\n  title: { type: string }\n" for name in ("things", "others")}


def test_triggers_that_may_change_what_is_written_are_told_by_start_and_doctor(serve, engine):
    first = serve(MODELS)
    assert "trigger" not in first.printed()
    schema = next(reversed(engine.places.values()))
    assert first.stop() == 0
    engine.run(f"create function {schema}.f() returns trigger language plpgsql as $$begin return new; end$$")
    for table, name, when in (("things", "touch", "before update"), ("things", "fill", "before insert"), ("things", "audit", "after update"),
                              ("things", "keep", "before delete"), ("things", "off", "before update")):
        engine.run(f"create trigger {name} {when} on {schema}.{table} for each row execute function {schema}.f()")
    engine.run(f"alter table {schema}.things disable trigger off")
    second = serve(folder=first.folder)
    result = servers.run(["doctor", "--json", "--port", str(second.port)], cwd=second.folder, timeout=60)
    assert second.stop() == 0
    lines = [line for line in second.errors if "trigger" in line]
    assert len(lines) == 1 and "level=warn" in lines[0] and "table=things" in lines[0] and 'triggers="fill, touch"' in lines[0], lines
    told = [check for check in json.loads(result.stdout)["checks"] if check["name"] == "triggers"]
    assert [check["status"] for check in told] == ["warning"], told
    assert "things (fill, touch)" in told[0]["message"], told
