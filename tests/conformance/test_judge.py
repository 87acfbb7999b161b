"""The judge tells right from wrong, and the list of known differences is documented and about cases that exist."""
import json
import math
import pickle
import struct
import unittest

from conformance.cases import read_all, with_numbers
from conformance.judge import difference
from conformance.known import DIFFERENCES, KNOWN, REASONS


def case(expect, compare="json", area="find", **more):
    return {"compare": compare, "area": area, "status": 200, "expect": with_numbers(expect), **more}


def judged(case, value, status=200):
    return difference(case, status, json.dumps(value).encode())


SERIES = [{"target": "a", "tags": {"name": "a"}, "datapoints": [[1.5, 60], [None, 120], ["Infinity", 180]]}]


class Judge(unittest.TestCase):
    def test_series_are_compared_to_the_last_digit(self):
        one = case(SERIES, "render", "render")
        found = [{**SERIES[0], "datapoints": [[1.5, 60], [None, 120], [None, 180]]}]
        self.assertIsNone(judged(one, found))
        for changed in [
            [{**found[0], "target": "b"}],
            [{**found[0], "tags": {}}],
            [{**found[0], "datapoints": [[1.5000000000000002, 60], [None, 120], [None, 180]]}],
            [{**found[0], "datapoints": [[1.5, 60], [0, 120], [None, 180]]}],
            [{"target": "a"}],
            [],
            {},
        ]:
            self.assertIsNotNone(judged(one, changed), changed)
        self.assertIsNotNone(judged(case([], "render", "render"), found))
        self.assertIsNotNone(difference(one, 200, b"[{"))

    def test_other_answers_are_compared_value_by_value(self):
        one = case({"a": [1, "x", True, None], "intervals": 5})
        self.assertIsNone(judged(one, {"a": [1.0, "x", True, None], "intervals": []}))
        for changed in [[2, "x", True, None], [1, "y", True, None], [1, "x", 1, None], [1, "x", True], [1, "x", True, 0]]:
            self.assertIsNotNone(judged(one, {"a": changed}), changed)
        self.assertIsNotNone(judged(one, {"a": [1, "x", True, None], "b": 1}))
        self.assertIsNone(judged(case([1, 2], unordered=True), [2, 1]))
        self.assertIsNotNone(judged(case([1, 2]), [2, 1]))

    def test_what_graphite_web_shows_of_itself_does_not_count(self):
        self.assertIsNone(judged(case([{"path": "a"}, {"path": "_tagged."}]), [{"path": "a"}]))
        self.assertIsNone(judged(case({"id": 5, "tag": "x"}, area="tags"), {"id": 7, "tag": "x"}))
        self.assertIsNotNone(judged(case({"id": 5, "tag": "x"}), {"id": 7, "tag": "x"}))

    def test_a_callback_is_part_of_the_answer(self):
        one = case([1], "jsonp", callback="cb")
        self.assertIsNone(difference(one, 200, b"cb([1])"))
        for body in [b"other([1])", b"cb([2])", b"cb([1]", b"[1]"]:
            self.assertIsNotNone(difference(one, 200, body), body)

    def test_fields_of_csv_and_raw_text_are_compared(self):
        one = case([["a,b", "2024-03-15 12:00:00", "1.5"], ["c", "2024-03-15 12:01:00", ""]], "csv")
        body = b'"a,b",2024-03-15 12:00:00,1.5\r\nc,2024-03-15 12:01:00,\r\n'
        self.assertIsNone(difference(one, 200, body))
        for changed in [body[:-3] + b"0\r\n", body.replace(b"1.5", b"1.50"), body + b"d,e,f\r\n", b""]:
            self.assertIsNotNone(difference(one, 200, changed), changed)
        one = case("a,b,60,180,60|None,inf\nc,0,60,60|2\n", "raw")
        self.assertIsNone(difference(one, 200, b"a,b,60,180,60|None,inf\nc,0,60,60|2.0\n"))
        for changed in [b"a,b,60,180,60|None,inf\n", b"a,b,60,120,60|None,inf\nc,0,60,60|2\n", b"a,b,60,180,60|0,inf\nc,0,60,60|2\n"]:
            self.assertIsNotNone(difference(one, 200, changed), changed)

    def test_values_of_pickle_and_msgpack_are_compared(self):
        one = case([{"name": "a", "values": [1.5, None, "Infinity"]}], "pickle")
        value = [{"name": "a", "values": [1.5, None, math.inf]}]
        self.assertIsNone(difference(one, 200, pickle.dumps(value, 2)))
        self.assertIsNotNone(difference(one, 200, pickle.dumps([{"name": "a", "values": [1.5, 0, math.inf]}], 2)))
        self.assertIsNotNone(difference(one, 200, pickle.dumps(difference)))
        one = {**one, "compare": "msgpack"}
        packed = b"\x91\x82\xa4name\xa1a\xa6values\x93\xcb" + struct.pack(">d", 1.5) + b"\xc0\xcb" + struct.pack(">d", math.inf)
        self.assertIsNone(difference(one, 200, packed))
        for changed in [packed[:-1], packed + b"\xc0", packed.replace(b"\xa1a", b"\xa1b")]:
            self.assertIsNotNone(difference(one, 200, changed), changed)

    def test_the_type_counts_where_formats_are_asked_for(self):
        one = case([1], area="format", ctype="application/json")
        self.assertIsNone(difference(one, 200, b"[1]", "application/json"))
        self.assertIsNotNone(difference(one, 200, b"[1]", "text/plain"))
        picture = case(None, "ctype", "format", ctype="image/png")
        self.assertIsNone(difference(picture, 200, b"", "image/png"))

    def test_a_crash_is_answered_with_400_and_a_refusal_as_it_is(self):
        crash = case(None, "error", accept_status=[400, 500])
        self.assertIsNone(difference(crash, 400, b"no"))
        self.assertIsNotNone(difference(crash, 500, b"no"))
        self.assertIsNotNone(difference(crash, 200, b"[]"))
        absent = case(None, "error", accept_status=[404])
        self.assertIsNotNone(difference(absent, 400, b"no"))

    def test_what_was_taken_by_accident_may_be_refused(self):
        self.assertIsNone(difference(case([], flags=["lenient"]), 400, b"no"))
        self.assertIsNotNone(difference(case([], flags=["lenient"]), 404, b"no"))
        self.assertIsNotNone(difference(case([]), 400, b"no"))

    def test_the_sign_of_a_zero_counts_unless_it_is_chance(self):
        found = [{"target": "a", "tags": {}, "datapoints": [[0.0, 60]]}]
        expected = [{"target": "a", "tags": {}, "datapoints": [[-0.0, 60]]}]
        self.assertIsNotNone(judged(case(expected, "render", params=[["target", "scale(a,0)"]]), found))
        self.assertIsNone(judged(case(expected, "render", params=[["target", "scale(randomWalk('a'),0)"]]), found))


class Recorded(unittest.TestCase):
    def test_every_known_difference_is_a_case_and_documented(self):
        ids = [one["id"] for one in read_all()]
        self.assertEqual(len(ids), len(set(ids)))
        self.assertGreater(len(ids), 3700)
        self.assertEqual(len(REASONS), sum(len(known.ids) for known in KNOWN), "a case has two reasons")
        self.assertEqual(set(REASONS) - set(ids), set())
        documented = DIFFERENCES.read_text()
        self.assertEqual([known.documented for known in KNOWN if known.documented not in documented], [])


if __name__ == "__main__":
    unittest.main()
