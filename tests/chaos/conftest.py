"""Chaos is SQLite's, but where a test says otherwise; whatever ran before."""
import pytest

import server as servers


@pytest.fixture(scope="module", autouse=True)
def on_sqlite():
    with servers.on_engine("sqlite"):
        yield
