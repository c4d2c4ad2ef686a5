"""Compares an answer with what a row expects and lists every difference as a sentence."""
import re

CODES = {
    "invalid_json": 400, "invalid_encoding": 400, "unknown_parameter": 400, "invalid_parameter": 400, "invalid_filter": 400,
    "invalid_cursor": 400, "invalid_id": 400, "bad_request": 400, "unauthenticated": 401, "not_found": 404, "unknown_collection": 404,
    "unknown_route": 404, "method_not_allowed": 405, "not_acceptable": 406, "request_timeout": 408, "length_required": 411,
    "body_too_large": 413, "uri_too_long": 414, "unsupported_media_type": 415, "headers_too_large": 431, "unique_violation": 409,
    "precondition_failed": 412, "validation_failed": 422, "reference_violation": 409, "idempotency_in_progress": 409,
    "idempotency_key_reused": 422, "precondition_required": 428,
}


def differences(row, expected, answer, identify):
    """Every way in which `answer` is not what the row asks. `expected(key)` gives the row's value with captured values filled in."""
    found = []
    for key, check in CHECKS.items():
        if row.has(key):
            found += check(expected(key), answer, identify)
    if not row.has("status") and not row.has("problem"):
        found += check_status(200, answer, identify)
    return found


def check_status(wanted, answer, _):
    allowed = wanted if isinstance(wanted, list) else [wanted]
    return [] if answer.status in allowed else [f"status: expected {wanted}, got {answer.status}"]


def check_problem(code, answer, _):
    if code not in CODES:
        return [f"problem: `{code}` is no code that this table knows"]
    found = check_status(CODES[code], answer, None)
    media = answer.header("Content-Type") or ""
    if media.split(";")[0].strip() != "application/problem+json":
        return found + [f"problem: Content-Type is {media!r}, not application/problem+json"]
    body, failure = parsed(answer)
    if failure:
        return found + failure
    wanted = {"type": f"/docs/errors#{code}", "status": CODES[code], "code": code}
    found += different("problem", wanted, body)
    for member in ("title", "detail", "requestId"):
        if not isinstance(body.get(member), str) or not body.get(member):
            found.append(f"problem: `{member}` must be a text that is not empty, got {body.get(member)!r}")
    return found


def check_detail(wanted, answer, _):
    body, failure = parsed(answer)
    detail = "" if failure else str(body.get("detail"))
    return failure + [f"detail: does not say {part!r}: {detail!r}" for part in as_list(wanted) if part.lower() not in detail.lower()]


def check_errors(wanted, answer, _):
    actual, failure = errors_of(answer)
    if failure:
        return failure
    return error_list(wanted, actual)


def check_errors_in_any_order(wanted, answer, _):
    actual, failure = errors_of(answer)
    if failure:
        return failure

    def order(entry):
        return (str(entry.get("pointer")), str(entry.get("code")))

    return error_list(sorted(wanted, key=order), sorted(actual, key=order))


def errors_of(answer):
    body, failure = parsed(answer)
    if failure:
        return None, failure
    actual = body.get("errors") if isinstance(body, dict) else None
    if not isinstance(actual, list) or not all(isinstance(entry, dict) for entry in actual):
        return None, [f"errors: expected a list of objects, got {actual!r}"]
    return actual, []


def error_list(wanted, actual):
    found = []
    if len(wanted) != len(actual):
        found.append(f"errors: expected {len(wanted)}, got {len(actual)}")
    for index, (want, got) in enumerate(zip(wanted, actual)):
        found += different(f"errors[{index}]", want, got)
        if not isinstance(got.get("message"), str) or not got["message"]:
            found.append(f"errors[{index}]: has no message")
        extra = set(got) - set(want) - {"message", got.get("code")}
        if extra:
            found.append(f"errors[{index}]: has members that nothing asks for: {sorted(extra)}")
    return found


def check_answer(wanted, answer, _):
    body, failure = parsed(answer)
    return failure or different("answer", wanted, body)


def check_answer_exactly(wanted, answer, _):
    body, failure = parsed(answer)
    return failure or different("answer exactly", wanted, body, exactly=True)


def check_members(wanted, answer, _):
    body, failure = parsed(answer)
    if failure:
        return failure
    names = list(body) if isinstance(body, dict) else None
    return [] if names == wanted else [f"members: expected {wanted} in this order, got {names}"]


def check_contains(wanted, answer, _):
    return [f"contains: {part!r} is not in the body" for part in as_list(wanted) if part not in answer.text]


def check_lacks(wanted, answer, _):
    return [f"lacks: {part!r} is in the body" for part in as_list(wanted) if part in answer.text]


def check_matches(wanted, answer, _):
    return [f"matches: {part!r} is not found in the body" for part in as_list(wanted) if not re.search(part, answer.text)]


def check_headers(wanted, answer, _):
    found = []
    for name, value in wanted.items():
        got = answer.header(name)
        if got is None:
            found.append(f"headers out: {name} is missing")
        elif isinstance(value, list):
            names = sorted(part.strip().lower() for part in got.split(","))
            if names != sorted(part.lower() for part in value):
                found.append(f"headers out: {name} lists {got!r}, expected {', '.join(value)}")
        elif not same(str(value), got):
            found.append(f"headers out: {name} is {got!r}, expected {value!r}")
    return found


def check_no_headers(wanted, answer, _):
    return [f"no headers: {name} is there: {answer.header(name)!r}" for name in as_list(wanted) if answer.header(name) is not None]


def check_at(wanted, answer, _):
    body, failure = parsed(answer)
    if failure:
        return failure
    found = []
    for path, value in wanted.items():
        try:
            got = at(body, path)
        except LookupError as error:
            found.append(f"at: {path}: {error}")
        else:
            found += different(f"at {path}", value, got)
    return found


def check_lists(wanted, answer, identify):
    names, failure = listed(answer, identify)
    return failure or ([] if names == wanted else [f"lists: expected {wanted}, got {names}"])


def check_finds(wanted, answer, identify):
    names, failure = listed(answer, identify)
    if failure:
        return failure
    return [] if sorted(map(str, names)) == sorted(map(str, wanted)) else [f"finds: expected {wanted} in any order, got {names}"]


def check_interim(wanted, answer, _):
    return [] if answer.interim == wanted else [f"interim: expected {wanted}, got {answer.interim}"]


CHECKS = {
    "status": check_status, "problem": check_problem, "detail": check_detail, "errors": check_errors,
    "errors in any order": check_errors_in_any_order, "answer": check_answer, "answer exactly": check_answer_exactly, "members": check_members,
    "contains": check_contains, "lacks": check_lacks, "matches": check_matches, "headers out": check_headers, "no headers": check_no_headers,
    "at": check_at, "lists": check_lists, "finds": check_finds, "interim": check_interim,
}


def parsed(answer):
    try:
        return answer.json, []
    except ValueError as error:
        return None, [f"the body is not JSON: {error}"]


def listed(answer, identify):
    body, failure = parsed(answer)
    if failure:
        return None, failure
    if not isinstance(body, dict) or not isinstance(body.get("data"), list):
        return None, ["the body is not a list with `data`"]
    return [record.get(identify) for record in body["data"]], []


def as_list(value):
    return value if isinstance(value, list) else [value]


def same(want, got):
    """Equality as JSON means it: true is not 1. A text that starts with `~ ` is a regular expression to be found."""
    if isinstance(want, str) and want.startswith("~ "):
        return isinstance(got, str) and re.search(want[2:], got) is not None
    if isinstance(want, bool) or isinstance(got, bool):
        return want is got
    return want == got


def different(where, want, got, exactly=False):
    """Differences between two JSON values. Of objects only the wanted members are compared, unless `exactly`."""
    if isinstance(want, dict) and isinstance(got, dict):
        found = [f"{where}: member `{name}` is missing" for name in want if name not in got]
        if exactly:
            found += [f"{where}: member `{name}` should not be there" for name in got if name not in want]
        for name in want:
            if name in got:
                found += different(f"{where}.{name}", want[name], got[name], exactly)
        return found
    if isinstance(want, list) and isinstance(got, list):
        if len(want) != len(got):
            return [f"{where}: expected {want!r}, got {got!r}"]
        return [one for index, pair in enumerate(zip(want, got)) for one in different(f"{where}[{index}]", *pair, exactly)]
    return [] if same(want, got) else [f"{where}: expected {want!r}, got {got!r}"]


STEP = re.compile(r"\.([A-Za-z0-9_]+)|\[(\d+|\*)\]")


def at(value, path):
    """`$.data[0].name`, `$.data[*].name`. Raises LookupError when there is no such place."""
    if not path.startswith("$"):
        raise LookupError("a path starts with $")
    steps, position = [], 1
    while position < len(path):
        step = STEP.match(path, position)
        if not step:
            raise LookupError(f"cannot read the path at {path[position:]!r}")
        steps.append(step.group(1) or step.group(2))
        position = step.end()
    return walk(value, steps)


def walk(value, steps):
    if not steps:
        return value
    first, rest = steps[0], steps[1:]
    if first == "*":
        if not isinstance(value, list):
            raise LookupError(f"[*] on {value!r}")
        return [walk(one, rest) for one in value]
    if isinstance(value, list) and first.isdigit():
        if int(first) >= len(value):
            raise LookupError(f"there is no element {first}")
        return walk(value[int(first)], rest)
    if not isinstance(value, dict) or first not in value:
        raise LookupError(f"there is no member `{first}`")
    return walk(value[first], rest)
