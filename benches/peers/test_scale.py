"""Parts of the load follow each other in time, and end before now."""
import unittest

from load import Part
from scale import SCALES, STEP_SECONDS

NOW = 1_763_856_123


class Parts(unittest.TestCase):
    def test_the_next_part_begins_where_the_last_one_ends(self):
        part = Part(series=1000, steps=180, start=NOW)
        later = part.next(2500)
        self.assertEqual((later.first_step, later.steps, later.points), (180, 3, 3000))
        self.assertEqual(later.first_time, part.last_time + STEP_SECONDS)
        self.assertEqual(later.next(1).first_step, 183)

    def test_every_scale_leaves_room_for_what_its_steps_send(self):
        for scale in SCALES.values():
            start = scale.start(NOW)
            self.assertEqual(start % STEP_SECONDS, 0)
            end = start + scale.steps * STEP_SECONDS
            mixed = scale.mixed_rate * (min(scale.seconds, 15) + 2 * 5)
            points = scale.live_rate * scale.seconds + mixed + 2 * scale.kill_rate * min(scale.seconds, 20)
            self.assertLess(end + (points / scale.series + 5) * STEP_SECONDS, NOW, scale.name)

    def test_a_system_that_takes_less_says_so(self):
        large = SCALES["100k"]
        self.assertIs(large.at_most(100_000), large)
        less = large.at_most(10_000)
        self.assertEqual((less.series, less.steps, less.note), (10_000, 180, "10,000 × 180 instead"))


if __name__ == "__main__":
    unittest.main()
