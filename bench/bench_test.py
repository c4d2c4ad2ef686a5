"""The pure parts of the bench: python3 -m unittest discover -s bench -p '*_test.py'. What it measures can only be seen by running it."""
import sqlite3
import tempfile
import unittest
from importlib.util import find_spec
from pathlib import Path
from unittest import mock

import mongo_rows
import mongo_stage
import nginx_config
import postgres_stage
import report
import slices
from catalogue_data import Table, body, make_items, make_uuid7, stored, FIRST_DAY
from failure import BenchFailure
from rows import Row, ratio_row
from servers import Sample
from slices import Slice

TABLE = """create table items (_row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, description TEXT, price INTEGER NOT NULL,
  category TEXT NOT NULL, tags TEXT NOT NULL, is_active INTEGER NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL,
  _rev INTEGER NOT NULL DEFAULT 0) strict"""


def slice_of(rate):
    return Slice(requests=rate, seconds=1.0, cpu_us=10.0, p50_us=100, p99_us=1000, peak_megabytes=5.0)


class Data(unittest.TestCase):
    def test_items_are_the_same_in_every_run(self):
        self.assertEqual(list(make_items(50, 4)), list(make_items(50, 4)))
        self.assertNotEqual(list(make_items(50, 4)), list(make_items(50, 5)))

    def test_a_posted_price_is_a_number_with_two_decimals(self):
        item = {"name": "Vase", "price": "45.50", "category": "autre", "tags": [], "isActive": True}
        self.assertIn('"price":45.50,', body(item))
        self.assertEqual(stored(item)["price"], 4550)
        self.assertIsNone(stored(item)["description"])

    def test_an_id_is_a_uuid_of_version_7_that_starts_with_its_instant(self):
        import random
        text = make_uuid7(FIRST_DAY, random.Random(1))
        self.assertEqual(int(text.replace("-", "")[:12], 16), int(FIRST_DAY.timestamp() * 1000))
        self.assertRegex(text, "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")


class Postgres(unittest.TestCase):
    def test_an_item_is_a_row_of_postgresql_by_column_name(self):
        item = {"name": "L'eau", "price": "45.50", "category": "autre", "tags": ['a"b', "c"], "isActive": False}
        row = postgres_stage.columns_of(item)
        self.assertEqual(row["tags"], '{"a\\"b","c"}')
        self.assertEqual((row["price"], row["is_active"], row["description"]), ("45.50", "false", None))
        self.assertEqual(postgres_stage.literal(row["name"]), "'L''eau'")
        self.assertEqual(postgres_stage.literal(None), "null")

    def test_a_row_that_was_not_run_says_so_and_what_tells_no_latency_tells_none(self):
        silent = Slice(requests=10, seconds=1.0, cpu_us=10.0, p50_us=float("nan"), p99_us=float("nan"), peak_megabytes=1.0)
        rows = [Row("mongo", "a", "b", None, None, None, "ratio", 1.0, None, note="not run: stand-in"), ratio_row("pg", "a", "b", 0.5, [slice_of(10)], [silent])]
        text = report.table(rows)
        self.assertIn("not run: stand-in", text)
        self.assertIn("1.00 (1.00–1.00)", text)
        self.assertIn("(–)", text)
        self.assertIsNone(report.as_json(rows, [], {})["rows"][1]["other"]["p99_us"])


class Mongo(unittest.TestCase):
    def server(self, variables, found):
        """What is taken for a real server where these variables are set and the tests would start `found`."""
        variables = {mongo_stage.MONGODB: "", mongo_stage.STAND_IN: "", **variables}
        with mock.patch.dict("os.environ", variables), mock.patch.object(mongo_stage.mongodb, "server", side_effect=found):
            return mongo_stage.real_server("/nowhere")

    def test_only_a_real_server_is_measured(self):
        services, named = mongo_stage.mongodb, {mongo_stage.MONGODB: "mongodb://h:1"}
        self.assertEqual(self.server(named, [services.StandIn("/nowhere")]).uri(), "mongodb://h:1")
        self.assertIsInstance(self.server({}, [services.Mongod("/nowhere")]), services.Mongod)
        self.assertIsNone(self.server({**named, mongo_stage.STAND_IN: "mongo-java-server"}, [services.Mongod("/nowhere")]))
        self.assertIsNone(self.server({}, [services.StandIn("/nowhere")]))
        self.assertIsNone(self.server({}, mongo_stage.child.Missing("none here")))

    def test_without_one_the_row_says_so_and_has_no_figure(self):
        with mock.patch.object(mongo_rows, "real_server", return_value=None):
            [row] = mongo_rows.item(None, None, 1, Path("/nowhere"), None, None)
        self.assertEqual((row.value, row.met, row.holdfast, row.note), (None, None, None, "not run: stand-in"))

    def test_the_bench_has_a_database_of_its_own_on_a_server_that_was_named(self):
        self.assertEqual(mongo_stage.with_database("mongodb://u:p%40@a,b:2/x?authSource=admin", "y"), "mongodb://u:p%40@a,b:2/y?authSource=admin")

    @unittest.skipUnless(find_spec("bson"), "there is no python3-bson")
    def test_documents_of_another_form_than_those_of_holdfast_are_refused(self):
        item = {"name": "Vase", "price": "45.50", "category": "autre", "tags": [], "isActive": True}
        stored = mongo_stage.document_of(item, "1", FIRST_DAY)
        mongo_stage.check_form(item, stored)
        for other in ({**stored, "colour": "red"}, {**stored, "price": 45.5}, dict(reversed(stored.items()))):
            with self.assertRaisesRegex(BenchFailure, "other documents"):
                mongo_stage.check_form(item, other)


class Tables(unittest.TestCase):
    def make(self, ddl):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        file = Path(folder.name) / "a.db"
        connection = sqlite3.connect(file)
        connection.execute(ddl)
        connection.close()
        return file

    def test_rows_go_into_the_table_as_the_server_made_it(self):
        file = self.make(TABLE)
        ids = Table(file).fill(make_items(20, 4))
        connection = sqlite3.connect(file)
        found = connection.execute("select id, created_at, _rev from items order by _row").fetchall()
        connection.close()
        self.assertEqual([row[0] for row in found], ids)
        self.assertEqual(found[1][1:], ("2026-01-01T00:00:01.000Z", 1))

    def test_the_rows_file_names_the_kind_of_each_column(self):
        file = self.make(TABLE)
        rows = file.with_name("rows.tsv")
        Table(file).write_rows_file(rows, make_items(3, 4))
        lines = rows.read_text().splitlines()
        self.assertEqual(lines[0].split("\t")[:4], ["id:uuid7", "name:text", "description:text", "price:integer"])
        self.assertEqual([line.count("\t") for line in lines], [9] * 4)

    def test_a_column_that_the_bench_does_not_know_is_refused(self):
        with self.assertRaisesRegex(BenchFailure, "colour"):
            Table(self.make(TABLE.replace("name TEXT", "colour TEXT")))


class NginxConfig(unittest.TestCase):
    def test_quotes_what_nginx_would_read_as_its_own(self):
        self.assertEqual(nginx_config.quote("l'été \\n $x"), "'l\\'été \\\\n ${dollar}x'")

    def test_sends_the_headers_that_nginx_does_not_write_by_itself(self):
        lines = nginx_config.answer(Sample(201, [("Content-Type", "application/json"), ("ETag", '"1-ab"'), ("Date", "x")], b"{}"))
        self.assertEqual(lines, ["default_type 'application/json';", "add_header 'ETag' '\"1-ab\"';", "return 201 '{}';"])

    def test_cuts_a_long_body_between_characters(self):
        text = "é" * 5000
        parts = nginx_config.pieces(text)
        self.assertEqual("".join(parts), text)
        self.assertLessEqual(max(len(part.encode()) for part in parts), nginx_config.LONGEST_TOKEN)


class Ratios(unittest.TestCase):
    def test_sides_take_turns_at_going_first(self):
        order = []
        sides = {name: lambda number, name=name: order.append(name) or slice_of(1) for name in "AB"}
        quiet, slices.progress = slices.progress, lambda text: None
        self.addCleanup(setattr, slices, "progress", quiet)
        slices.alternate("work", sides, 3)
        self.assertEqual("".join(order), "ABBAAB")

    def test_the_ratio_is_the_median_of_neighbours_and_not_of_the_medians(self):
        row = ratio_row("a", "w", "l", 0.5, [slice_of(rate) for rate in (10, 60, 30)], [slice_of(rate) for rate in (20, 100, 50)])
        self.assertEqual((row.value, row.low, row.high, row.met), (0.6, 0.5, 0.6, True))

    def test_a_missed_target_is_marked(self):
        row = ratio_row("a", "w", "l", 0.7, [slice_of(69)], [slice_of(100)])
        self.assertIs(row.met, False)
        self.assertIn("| NO ", report.table([row]))

    def test_a_row_without_a_target_is_neither_met_nor_missed(self):
        row = ratio_row("a", "w", "l", None, [slice_of(1)], [slice_of(100)])
        self.assertIsNone(row.met)

    def test_the_json_carries_failures_and_circumstances(self):
        row = Row("start", "w", "–", 12.34567, 1.0, 2.0, "ms", 100.0, True)
        told = report.as_json([row], ["post was not measured: x"], {"cores": 2})
        self.assertEqual((told["cores"], told["rows"][0]["value"], len(told["failures"])), (2, 12.3457, 1))


if __name__ == "__main__":
    unittest.main()
