"""The judge tells right from wrong, and the list of known differences is documented and about cases that exist."""
import json
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
