"""The comparison itself: it sees the last digit, and the requests of a seed are always the same."""
import unittest

from oracle import data
from oracle.compare import first_difference
from oracle.requests import Generator


def answer(value=1.5, target="a", tags=None, time=60):
    series = [
        {"target": target, "tags": tags or {"name": "a"}, "datapoints": [[value, time], [None, time + 60]]},
        {"target": "z", "tags": {"name": "z"}, "datapoints": []},
    ]
    return {"status": 200, "series": series}


class Compare(unittest.TestCase):
    def test_every_part_counts(self):
        first = answer()
        for other in [
            answer(value=1.5000000000000002),
            answer(value=None),
            answer(target="b"),
            answer(tags={"name": "a", "more": "1"}),
            answer(time=61),
            {"status": 200, "series": first["series"][::-1]},
            {"status": 200, "series": first["series"][:1]},
            {"status": 400, "error": "no"},
        ]:
            self.assertIsNotNone(first_difference(first, other), other)
            self.assertIsNotNone(first_difference(other, first) or other["status"] == 400, other)
        self.assertIsNone(first_difference(first, answer()))

    def test_zeros_have_signs_and_infinity_is_null(self):
        self.assertIsNotNone(first_difference(answer(value=0.0), answer(value=-0.0)))
        self.assertIsNone(first_difference(answer(value=2), answer(value=2.0)))
        self.assertIsNone(first_difference(answer(value=float("inf")), answer(value=None)))
        self.assertIsNotNone(first_difference(answer(value=float("inf")), answer(value=1e308)))

    def test_a_crash_is_answered_with_400(self):
        crashed = {"status": 500, "error": "TypeError"}
        self.assertIsNone(first_difference(crashed, {"status": 400, "error": "no"}))
        self.assertIsNotNone(first_difference(crashed, answer()))
        self.assertIsNotNone(first_difference(answer(), {"status": 500, "error": "no"}))


class Seeded(unittest.TestCase):
    def test_a_request_follows_from_its_seed_and_number(self):
        series = {"name": "seriesList", "type": "seriesList", "required": True}
        functions = {"scale": [series, {"name": "factor", "type": "float"}]}

        def form():
            generator = Generator(3, functions, ["a.b.c", "a.d.c", "a.e.c"])
            return generator.request(5).form(lambda tree: tree.write())

        self.assertEqual(form(), form())

    def test_data_follow_from_their_seed(self):
        first, again = ([(one.name, one.points[:50]) for one in data.generate(4)] for _ in range(2))
        self.assertEqual(first, again)
        self.assertTrue(all(one.points for one in data.generate(4)))


if __name__ == "__main__":
    unittest.main()
