"""Where scenarios are played: one server at a time, filled as the file says, and the values that rows have captured."""
import datetime
import json
import re
import shutil
import tempfile
import time
import urllib.parse

import expect
import rows
import server
import wire
import yaml

MAX_PAGES = 200
SAFE_IN_TARGET = "%/?:@!$&'()*+,;=-._~[]#"


class RowFailed(AssertionError):
    """A row whose answer differs. The text has the request, the answer and the differences."""


class Stage:
    """Plays rows in order. A scenario's earlier rows are played first when only a later one was selected."""

    def __init__(self):
        self.file = None
        self.server = None
        self.folder = None
        self.broken = None
        self.played = {}
        self.captured = {}
        self.scenario = None

    def play(self, file, scenario, row, target):
        """Plays one row in one spelling. Raises RowFailed or RowError."""
        if self.file is not file:
            self._open(file)
        if self.scenario is not scenario:
            self._enter(scenario)
        if self.broken:
            raise RowFailed(self.broken)
        self._catch_up(scenario, row, target)
        self.played[(id(row), target)] = True
        self._play(row, target)

    def _catch_up(self, scenario, row, target):
        for earlier in scenario:
            for spelling in earlier.targets:
                if earlier is row and spelling == target:
                    return
                if (id(earlier), spelling) not in self.played:
                    self.played[(id(earlier), spelling)] = True
                    try:
                        self._play(earlier, spelling)
                    except RowFailed:
                        pass  # that row has a test of its own

    def _enter(self, scenario):
        if self.server and scenario[0].get("server") == "fresh":
            self._open(self.file)
        self.scenario = scenario
        self.captured = {}

    def _open(self, file):
        self.close()
        self.file = file
        self.broken = None
        try:
            self._start(file)
            self._fill(file)
        except (server.StartFailed, RowFailed, rows.RowError) as error:
            self.broken = f"{file.path.name} could not be set up: {error}"

    def _start(self, file):
        self.folder = tempfile.mkdtemp(prefix="holdfast-scenario-")
        folder, arguments = prepare_project(file.project, self.folder)
        self.server = server.Server(folder, *arguments, *file.arguments, environment=file.environment, data=f"{self.folder}/data")

    def _fill(self, file):
        self.captured = {}
        given = list(file.given)
        shared = rows.SCENARIOS / "projects" / str(file.project) / "given.yaml"
        if isinstance(file.project, str) and shared.is_file():
            given = [rows.Row(shared.name, spec) for spec in rows.load(shared)] + given
        for row in given:
            for target in row.targets:
                self._play(row, target)

    def close(self):
        """Ends the server; a server that does not end well is an error of its own."""
        running, self.server, self.file, self.scenario = self.server, None, None, None
        try:
            if running:
                status = running.stop()
                if status != 0:
                    raise AssertionError(f"serve ended with status {status} after SIGTERM; it printed:\n{running.printed()}")
        finally:
            if running:
                server.ENGINE.drop(running.data)
            if self.folder:
                shutil.rmtree(self.folder, ignore_errors=True)
                self.folder = None

    def _expected(self, row):
        return lambda key: rows.fill(row.get(key), self.captured)

    def _play(self, row, target):
        if row.has("after"):
            wait_until_after(rows.fill(row.get("after"), self.captured))
        if row.has("walk"):
            return self._walk(row, rows.fill(target, self.captured))
        request = self._request(row, rows.fill(target, self.captured))
        answer, closed = self._exchange(row, request)
        found = expect.differences(row, self._expected(row), answer, self.file.identify)
        if row.get("closes") and not closed:
            found.append("closes: the connection stays open")
        found += self._capture(row, answer)
        if found:
            raise RowFailed(report(row, request, answer, found))

    def _exchange(self, row, request):
        connection = self.server.connect()
        try:
            connection.send(request)
            answer = connection.read(head_only=row.method == "HEAD")
            return answer, bool(row.get("closes")) and connection.is_closed()
        except wire.WireError as error:
            raise RowFailed(report(row, request, None, [str(error), f"the server printed:\n{self.server.printed()[-2000:]}"])) from None
        finally:
            connection.close()

    def _request(self, row, target):
        if row.has("send"):
            return str(rows.fill(row.get("send"), self.captured)).encode("latin-1")
        body = self._body(row)
        headers = [("Host", self.server.authority)]
        if body is not None:
            headers += [("Content-Type", "application/json")]
            headers += [("Transfer-Encoding", "chunked")] if row.has("chunks") else [("Content-Length", str(len(body)))]
        headers = override(headers, rows.fill(row.get("headers", {}), self.captured))
        encoded = target.encode("latin-1") if row.get("exact") else urllib.parse.quote(target, safe=SAFE_IN_TARGET).encode()
        return wire.request_bytes(row.method, encoded, headers, body or b"")

    def _body(self, row):
        if row.has("body"):
            return json.dumps(rows.fill(row.get("body"), self.captured), ensure_ascii=False).encode("utf-8")
        if row.has("raw"):
            encoding = "latin-1" if row.get("exact") else "utf-8"
            return str(rows.fill(row.get("raw"), self.captured)).encode(encoding)
        if row.has("chunks"):
            pieces = [rows.fill(piece, self.captured).encode("utf-8") for piece in row.get("chunks")]
            return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
        return None

    def _walk(self, row, target):
        """Follows nextCursor to the end and compares what all pages together list."""
        start = f"{target}{'&' if '?' in target else '?'}limit={row.get('walk')}"
        records, page_target, found = [], start, []
        for _ in range(MAX_PAGES):
            request = self._request(row, page_target)
            answer, _ = self._exchange(row, request)
            found = page_differences(answer, row.get("walk"), first=page_target is start)
            if found:
                raise RowFailed(report(row, request, answer, found))
            records += [record.get(self.file.identify) for record in answer.json["data"]]
            cursor = answer.json["page"]["nextCursor"]
            if cursor is None:
                break
            page_target = f"{start}&cursor={urllib.parse.quote(cursor, safe='')}"
        else:
            found.append(f"walk: more than {MAX_PAGES} pages")
        wanted = self._expected(row)("lists")
        if records != wanted:
            found.append(f"lists: expected {wanted}, got {records}")
        if found:
            raise RowFailed(report(row, request, answer, found))

    def _capture(self, row, answer):
        found = []
        for name, place in row.get("capture", {}).items():
            try:
                self.captured[name] = captured_value(answer, place)
            except (LookupError, ValueError) as error:
                found.append(f"capture {name}: {error}")
        return found


def wait_until_after(instant):
    """Waits until the clock shows a later millisecond than `instant`, so that the next write has another timestamp."""
    moment = datetime.datetime.fromisoformat(instant.replace("Z", "+00:00")).timestamp()
    server.poll(lambda: time.time() >= moment + 0.001, what=f"a clock later than {instant}")


def captured_value(answer, place):
    """`$.path` of the body, a header's name, or {header: name, match: regular expression with one group}."""
    if isinstance(place, dict):
        found = re.search(place["match"], answer.header(place["header"]) or "")
        if not found:
            raise LookupError(f"{place['header']} is {answer.header(place['header'])!r} and does not match {place['match']!r}")
        return found.group(1)
    if place.startswith("$"):
        return expect.at(answer.json, place)
    value = answer.header(place)
    if value is None:
        raise LookupError(f"there is no header {place}")
    return value


def page_differences(answer, limit, first):
    found = expect.check_status(200, answer, None)
    if found:
        return found
    page, link = answer.json["page"], answer.header("Link") or ""
    following = page["nextCursor"] is not None
    if len(answer.json["data"]) > limit or (following and len(answer.json["data"]) != limit):
        found.append(f"walk: a page of {len(answer.json['data'])} records, limit {limit}")
    if page["hasMore"] is not following:
        found.append(f"walk: hasMore is {page['hasMore']} but nextCursor is {page['nextCursor']!r}")
    if not first and page["offset"] is not None:
        found.append(f"walk: page.offset under a cursor is {page['offset']!r}, not null")
    if following != ('rel="next"' in link):
        found.append(f"walk: nextCursor is {page['nextCursor']!r} but Link is {link!r}")
    return found


def override(headers, changes):
    """Row headers replace defaults of the same name; null removes, a list repeats."""
    changed = {name.lower() for name in changes}
    kept = [(name, value) for name, value in headers if name.lower() not in changed]
    for name, value in changes.items():
        kept += [(name, one) for one in (value if isinstance(value, list) else [value]) if one is not None]
    return kept


def prepare_project(project, folder):
    """The project folder to serve, and arguments that belong to it."""
    if project == "catalogue":
        return shutil.copytree(server.ROOT / "examples" / "catalogue", f"{folder}/project", ignore=shutil.ignore_patterns("data")), ["--seed"]
    if isinstance(project, str):
        return shutil.copytree(rows.SCENARIOS / "projects" / project, f"{folder}/project"), []
    models = {name: model if isinstance(model, str) else yaml.safe_dump(model, sort_keys=False, allow_unicode=True)
              for name, model in project["models"].items()}
    return server.write_project(f"{folder}/project", models, project.get("seeds")), []


def report(row, request, answer, found):
    shown = request[:2000].decode("utf-8", "backslashreplace").replace("\r\n", "\n")
    differences = "\n".join(f"  - {one}" for one in found)
    return f"{row.source}: {row.title}\n\n--- request\n{shown}\n--- answer\n{answer}\n--- differs\n{differences}\n"
