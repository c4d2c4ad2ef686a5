"""Plays tests/scenarios/*.yaml against a real server. One test per row and spelling: the rows are the contract."""
import pytest

import engines
import rows
import stage


def cases():
    for file in rows.scenario_files():
        for scenario in file.scenarios:
            for row in scenario:
                for number, target in enumerate(row.targets):
                    suffix = f" [{number + 1}]" if len(row.targets) > 1 else ""
                    yield pytest.param(file, scenario, row, target, id=f"{file.path.stem}: {row.title}{suffix}")


@pytest.fixture(scope="module")
def one_stage(engine):
    the_stage = stage.Stage()
    yield the_stage
    the_stage.close()


@pytest.mark.parametrize("file, scenario, row, target", cases())
def test_row(one_stage, engine, file, scenario, row, target):
    reason = engines.not_run(engine, row.get("needs"))
    if reason:
        pytest.skip(reason)
    failure = None
    try:
        one_stage.play(file, scenario, row, target)
    except (stage.RowFailed, rows.RowError) as error:
        failure = str(error)
    if failure:  # outside the handler, so that pytest shows the report alone
        pytest.fail(failure, pytrace=False)


@pytest.mark.engines("sqlite")
def test_row_names_are_told_apart():
    """Two rows of one name in one file could hide each other in a report."""
    for file in rows.scenario_files():
        titles = [row.title for scenario in file.scenarios for row in scenario if row.opens]
        assert len(titles) == len(set(titles)), f"{file.path.name} has a scenario name twice: {sorted(set(t for t in titles if titles.count(t) > 1))}"
