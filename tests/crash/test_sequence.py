"""The load itself: what a sequence sends is what it will look for."""
import unittest

from crash.sequence import START, STEP_SECONDS, Sequence, leading
from support.wire import frames_to_points, lines_to_points


class Known(unittest.TestCase):
    def test_lines_and_frames_carry_the_points_of_the_sequence(self):
        sequence = Sequence("crash.x", series=10, number=13)
        points = list(sequence.points(25, 20))
        self.assertEqual(points[0], ("crash.x.s005", START + 2 * STEP_SECONDS, 175.625))
        self.assertEqual(lines_to_points(sequence.lines(25, 20)), points)
        self.assertEqual(frames_to_points(sequence.frame(25, 20)), points)

    def test_leading_points_end_at_the_first_gap(self):
        self.assertEqual(leading(bytearray([1, 1, 0, 1])), 2)
        self.assertEqual(leading(bytearray([1, 1])), 2)
        self.assertEqual(leading(bytearray()), 0)


class FalseServer:
    """Answers what it is told to have stored."""

    def __init__(self, series):
        self.series = series

    def stored(self, targets, start, end):
        return {target: self.series[target] for target in targets if target in self.series}


class Stored(unittest.TestCase):
    def test_what_is_there_and_what_is_missing_is_told_apart(self):
        sequence = Sequence("x", series=2, number=0)
        server = FalseServer({"x.s000": {START: sequence.value(0)}, "x.s001": {START + STEP_SECONDS: sequence.value(3)}})
        self.assertEqual(sequence.stored(server, 4), bytearray([1, 0, 0, 1]))

    def test_a_value_that_was_never_sent_is_a_failure(self):
        sequence = Sequence("x", series=2, number=0)
        for slot, value in ((START, 1e9), (START + 5 * STEP_SECONDS, sequence.value(10)), (START + 1, sequence.value(0))):
            with self.assertRaises(AssertionError):
                sequence.stored(FalseServer({"x.s000": {slot: value}}), 4)


if __name__ == "__main__":
    unittest.main()
