"""Whether an answer is the recorded one, and if not, what the first difference is.

Series are compared by the comparison of `oracle`, to the last digit, other JSON value by value; csv and raw text field by
field, pickle and MessagePack value by value; of a picture only the type. What graphite-web shows of itself does not count:
the ids of its tag database, its own `_tagged` tree, the texts and modules of its functions.
"""
import csv
import io
import json
import math
import pickle

from conformance.cases import is_lenient
from oracle.compare import first_difference, same
from support import msgpack

NOT_COMPARED = {
    "find": {"intervals"},
    "functions": {"description", "module", "function"},
    "tags": {"id"},
}


def difference(case, status, body, kind=""):
    """A sentence, or None; `kind` is the content type without its parameters."""
    if case["compare"] == "error":
        # Where graphite-web crashes on a wrong request, a refusal is right.
        accepted = {400 if one == 500 else one for one in case.get("accept_status", [case["status"]])}
        return None if status in accepted else f"status {status}, not {sorted(accepted)}: {body[:200]!r}"
    if status == 400 and is_lenient(case):
        return None
    if status != case["status"]:
        return f"status {status}, not {case['status']}: {body[:200]!r}"
    if case["area"] == "format" and kind != case["ctype"]:
        return f"content type {kind!r}, not {case['ctype']!r}"
    if case["compare"] == "ctype":
        return None
    if case["compare"] not in COMPARISONS:
        return f"answers in {case['compare']} are not compared"
    try:
        return COMPARISONS[case["compare"]](case, body)
    except (ValueError, pickle.UnpicklingError) as error:
        return f"{error}: {body[:200]!r}"


def json_difference(case, body):
    found = json.loads(body)
    expected = case["expect"]
    if is_render(expected):
        return series_difference(*(without_chance(case, one) for one in (expected, found)))
    expected, found = (without_own(case["area"], one) for one in (expected, found))
    if case.get("unordered"):
        expected, found = ordered(expected), ordered(found)
    return value_difference(expected, found, "$")


def jsonp_difference(case, body):
    text = body.decode()
    callback, opened, rest = text.strip().partition("(")
    if callback != case["callback"] or not opened or not rest.endswith(")"):
        return f"no call of {case['callback']}: {text[:100]!r}"
    return json_difference(case, rest[:-1])


class OnlyData(pickle.Unpickler):
    """Reads what holds no class, as the strictest of clients do."""

    def find_class(self, module, name):
        raise pickle.UnpicklingError(f"a class: {module}.{name}")


def pickle_difference(case, body):
    return value_difference(case["expect"], OnlyData(io.BytesIO(body)).load(), "$")


def msgpack_difference(case, body):
    return value_difference(case["expect"], msgpack.loads(body), "$")


def csv_difference(case, body):
    return value_difference(case["expect"], list(csv.reader(io.StringIO(body.decode(), newline=""))), "row")


def raw_difference(case, body):
    """Integers stand among the values of counts and of random walks only; they are the same numbers."""
    split = lambda text: [[line.rpartition("|")[0], *map(as_number, line.rpartition("|")[2].split(","))] for line in text.splitlines()]
    return value_difference(split(case["expect"]), split(body.decode()), "line")


def as_number(text):
    try:
        return float(text)
    except ValueError:
        return text


COMPARISONS = {
    "csv": csv_difference,
    "raw": raw_difference,
    "pickle": pickle_difference,
    "msgpack": msgpack_difference,
    "render": json_difference,
    "json": json_difference,
    "functions": json_difference,
    "tags": json_difference,
    "jsonp": jsonp_difference,
}


def is_render(expected):
    return isinstance(expected, list) and any(isinstance(one, dict) and {"tags", "target"} <= one.keys() for one in expected)


def without_chance(case, value):
    """The value without the signs of zeros, where a random walk decides which sign they have."""
    if not any("randomWalk" in text for _, text in case.get("params", ())):
        return value
    if isinstance(value, list):
        return [without_chance(case, one) for one in value]
    if isinstance(value, dict):
        return {key: without_chance(case, one) for key, one in value.items()}
    return value + 0.0 if isinstance(value, float) else value


def series_difference(expected, found):
    parts = {"target", "tags", "datapoints"}
    if not isinstance(found, list) or any(not isinstance(one, dict) or set(one) != parts for one in found):
        return f"not a list of series: {found!r:.200}"
    return first_difference({"status": 200, "series": expected}, {"status": 200, "series": found})


def without_own(area, value):
    """The value without what shows graphite-web's own workings."""
    if isinstance(value, list):
        return [without_own(area, one) for one in value if area != "find" or not is_hidden(one)]
    if isinstance(value, dict):
        return {key: without_own(area, one) for key, one in value.items() if key not in NOT_COMPARED.get(area, ())}
    return value


def is_hidden(entry):
    """Whether an entry of `/metrics/find` belongs to the tree in which graphite-web keeps tagged series."""
    names = [entry.get("path"), entry.get("id")] if isinstance(entry, dict) else [entry]
    return any(isinstance(name, str) and (name + ".").startswith("_tagged.") for name in names)


def ordered(value):
    if isinstance(value, list):
        return sorted((ordered(one) for one in value), key=lambda one: json.dumps(one, sort_keys=True))
    if isinstance(value, dict):
        return {key: ordered(one) for key, one in value.items()}
    return value


def value_difference(expected, found, place):
    if isinstance(expected, dict) and isinstance(found, dict):
        missing, surplus = sorted(expected.keys() - found.keys()), sorted(found.keys() - expected.keys())
        if missing or surplus:
            return f"{place}: missing {missing}, surplus {surplus}"
        places = ((f"{place}.{key}", expected[key], found[key]) for key in expected)
    elif isinstance(expected, list) and isinstance(found, list):
        if len(expected) != len(found):
            return f"{place}: {len(found)} entries, not {len(expected)}: {found!r:.200}"
        places = ((f"{place}[{at}]", *pair) for at, pair in enumerate(zip(expected, found)))
    else:
        return None if is_same(expected, found) else f"{place}: {found!r:.200}, not {expected!r:.200}"
    differences = (value_difference(one, other, at) for at, one, other in places)
    return next((one for one in differences if one), None)


def is_same(expected, found):
    if is_number(expected) and is_number(found):
        # A parameter's default may be infinite, on both sides.
        return expected == found if math.isinf(found) else same(expected, found)
    return type(expected) is type(found) and expected == found


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)
