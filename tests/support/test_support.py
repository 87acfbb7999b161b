"""The harness tells right from wrong itself: what it reads off the wire and off `/metrics` is known here."""
import pickle
import struct
import unittest

from support.metrics import parse_metrics
from support.wire import canonical_name, frames_to_points, lines_to_points, slots


class Wire(unittest.TestCase):
    def test_lines_end_with_a_newline_and_may_carry_a_return(self):
        self.assertEqual(lines_to_points(b"a.b 1.5 60\r\nc 2 61\nd 3"), [("a.b", 60, 1.5), ("c", 61, 2.0)])

    def test_frames_of_any_protocol_and_of_strings_are_read_and_a_cut_one_is_not(self):
        frames = b""
        for protocol in range(5):
            body = pickle.dumps([("a", ("60", "1.5")), ("b", (61, 2))], protocol)
            frames += struct.pack("!L", len(body)) + body
        self.assertEqual(frames_to_points(frames[:-1]), [("a", 60, 1.5), ("b", 61, 2.0)] * 4)

    def test_tags_are_ordered_and_the_last_of_a_key_counts(self):
        self.assertEqual(canonical_name("cpu;z=1;b=2;z=3"), "cpu;b=2;z=3")

    def test_the_last_write_of_a_slot_wins(self):
        points = [("a", 61, 1.0), ("a", 69, 2.0), ("a", 70, 3.0)]
        self.assertEqual(slots(points, 10), {"a": {60: 2.0, 70: 3.0}})


class MetricsText(unittest.TestCase):
    def test_samples_are_summed_over_the_labels_that_are_not_named(self):
        metrics = parse_metrics('# TYPE n counter\nn{listener="udp",reason="nan"} 2\nn{listener="pickle"} 3\nm 4\n')
        self.assertEqual(metrics.total("n"), 5)
        self.assertEqual(metrics.total("n", listener="udp"), 2)
        self.assertEqual(metrics.total("m"), 4)
        self.assertEqual(metrics.total("absent"), 0)

    def test_a_line_that_is_no_sample_is_a_failure(self):
        with self.assertRaises(AssertionError):
            parse_metrics("n{listener=udp 2")


if __name__ == "__main__":
    unittest.main()
