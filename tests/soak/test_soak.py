"""The plan covers every second once, and what grows is not called flat."""
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benches/peers"))

from soak.judge import judge
from soak.plan import COARSE_STEP_SECONDS, Plan, clipped

START = 1_763_856_000


class Eras(unittest.TestCase):
    def test_an_hour_has_six_eras_of_which_each_replaces_a_tenth(self):
        eras = Plan(START, 3600).eras()
        self.assertEqual(len(eras), 6)
        for before, after in zip(eras, eras[1:]):
            self.assertEqual(after.first_time, before.last_time + 1)
            self.assertEqual(after.first_series - before.first_series, before.series // 10)
        self.assertEqual(Plan(START, 3600).points(), 3600 * 100_000)

    def test_a_short_run_has_as_many_in_whole_coarse_steps(self):
        plan = Plan(START, 130)
        self.assertEqual(plan.era_seconds, 20)
        self.assertEqual(len(plan.eras()), 6)
        self.assertTrue(all(era.first_step % COARSE_STEP_SECONDS == 0 for era in plan.eras()))

    def test_a_run_outlasts_its_fine_archive(self):
        for seconds in (120, 900, 3600):
            self.assertGreater(seconds, Plan(START, seconds).fine_seconds + 2 * COARSE_STEP_SECONDS)

    def test_one_rack_is_rolled_up_on_request(self):
        self.assertNotIn("2s:480s", Plan(START, 3600).schemas())
        self.assertIn("1s:300s,2s:480s", Plan(START, 3600, is_rolled_up=True).schemas())

    def test_what_is_clipped_keeps_to_the_era_and_to_coarse_steps(self):
        era = Plan(START, 120).era(1)
        part = clipped(era, START + 22, START + 38)
        self.assertEqual((part.first_time, part.last_time), (START + 22, START + 37))
        whole = clipped(era, 0, START + 10_000)
        self.assertEqual((whole.first_step, whole.steps, whole.first_series), (20, 20, era.first_series))
        self.assertIsNone(clipped(era, START + 45, START + 60))
        self.assertIsNone(clipped(era, START + 22, START + 22))


class Flat(unittest.TestCase):
    def test_where_in_a_cycle_a_run_begins_and_ends_does_not_matter(self):
        for shift in range(36):
            teeth = [100 + 2 * ((number + shift) % 36) for number in range(360)]
            verdict = judge(teeth, 3600)
            self.assertEqual(verdict.first, verdict.last)

    def test_waves_are_flat_and_a_slope_is_not(self):
        waves = [100 + 30 * (number % 5) for number in range(360)]
        self.assertTrue(judge([10] * 90 + waves, 3600).is_flat, "until all is full it may grow")
        self.assertFalse(judge([10] * 360 + waves, 3600).is_flat)
        self.assertFalse(judge([100 + number for number in range(360)], 3600).is_flat)

    def test_a_single_peak_is_reported_and_does_not_decide(self):
        verdict = judge([100] * 359 + [1000], 3600)
        self.assertTrue(verdict.is_flat)
        self.assertEqual(verdict.peak, 1000)

    def test_a_short_run_is_not_judged(self):
        self.assertIsNone(judge([1, 2, 3], 120).is_flat)


if __name__ == "__main__":
    unittest.main()
