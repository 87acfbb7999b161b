"""Figures keep the digits that count, and a table says which figure has which note."""
import tempfile
import unittest
from pathlib import Path

from ask import median, quantile, timed
from disk import disk_bytes, evict
from results import rendered, table


class Figures(unittest.TestCase):
    def test_three_digits_or_the_whole_number(self):
        shown = [rendered(value) for value in (None, 0, 0.0, 0.012345, 12.345, 1234.5, 18_000_000)]
        self.assertEqual(shown, ["–", "0", "0", "0.0123", "12.3", "1,234", "18,000,000"])

    def test_quantiles_are_values_that_occurred(self):
        self.assertEqual(median([3, 1, 2]), 2)
        self.assertEqual(median([4, 1, 2, 3]), 2)
        self.assertEqual([quantile(range(1, 101), fraction) for fraction in (0.01, 0.99, 1)], [1, 99, 100])
        self.assertEqual(quantile([7], 0.99), 7)

    def test_repeats_end_by_number_or_by_time_but_never_before_the_least(self):
        calls = []
        self.assertEqual(len(timed(lambda: calls.append(1), count_max=3, seconds_max=60)), 3)
        self.assertEqual(len(timed(lambda: calls.append(1), count_max=9, seconds_max=0, count_min=2)), 2)
        self.assertEqual(len(calls), 5)


class Table(unittest.TestCase):
    def test_a_row_a_measure_and_a_column_a_system(self):
        figures = [
            {"system": "a", "measure": "time", "value": 1.5, "unit": "s", "note": ""},
            {"system": "b", "measure": "time", "value": None, "unit": "s", "note": "not there"},
            {"system": "b", "measure": "lost", "value": 7, "unit": "", "note": ""},
        ]
        lines = table(figures).splitlines()
        self.assertEqual([line.split() for line in lines[:3]], [["a", "b"], ["time,", "s", "1.5", "–", "[1]"], ["lost", "7"]])
        self.assertEqual(lines[3], "[1] not there")


class Disk(unittest.TestCase):
    def test_holes_take_nothing_and_a_second_name_neither(self):
        with tempfile.TemporaryDirectory() as folder:
            data = Path(folder, "data")
            data.write_bytes(b"x" * 100_000)
            Path(folder, "again").hardlink_to(data)
            with Path(folder, "sparse").open("wb") as sparse:
                sparse.truncate(10_000_000)
            evict(folder)
            self.assertTrue(100_000 <= disk_bytes(folder) < 1_000_000)


if __name__ == "__main__":
    unittest.main()
