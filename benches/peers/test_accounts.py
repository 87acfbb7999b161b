"""What is read from /proc is known here, also where a process's name looks like fields."""
import os
import unittest

from accounts import TICKS_PER_SECOND, Usage, below, counters, cpu_seconds, parent, stat_fields, usage

STAT = "77 (a) b (c) S 12 77 77 0 -1 4194304 100 0 0 0 250 50 30 20 20 0 4 0 1000 0 0"


class Proc(unittest.TestCase):
    def test_a_name_with_blanks_and_brackets_is_no_field(self):
        self.assertEqual(stat_fields(STAT)[0], "S")
        self.assertEqual(parent(STAT), 12)
        self.assertEqual(cpu_seconds(STAT), 350 / TICKS_PER_SECOND)

    def test_counters_are_read_without_their_units(self):
        text = "Name:\ta b\nVmHWM:\t    2048 kB\nwrite_bytes: 4096\nGroups:\t\n"
        self.assertEqual(counters(text), {"VmHWM": 2048, "write_bytes": 4096})

    def test_descendants_are_found_however_deep(self):
        self.assertEqual(below({2: 1, 3: 2, 4: 3, 5: 9}, [2]), {2, 3, 4})

    def test_this_process_has_a_size(self):
        self.assertGreater(usage([os.getpid()]).peak_bytes, 1_000_000)


class Sums(unittest.TestCase):
    def test_what_is_spent_later_is_a_difference_and_a_peak_is_not(self):
        before, after = Usage(1.5, 100, 10, 500), Usage(4.0, 300, 10, 400)
        self.assertEqual(after.since(before), Usage(2.5, 200, 0, 400))
        self.assertEqual(before + after, Usage(5.5, 400, 20, 900))


if __name__ == "__main__":
    unittest.main()
