"""Webhooks that fail: what was accepted is said once, in order, and nobody else waits for it."""
import time

from alarms.recorder import CLOSE, STALL, Recorder
from alarms.setting import AlarmCase
from support.process import free_ports, wait_until


def statuses(said):
    return [status for status, _started in said]


class Webhook(AlarmCase):
    def recorder(self, behave=lambda _received: 200):
        recorder = Recorder(free_ports(1)[0], behave)
        self.addCleanup(recorder.die)
        return recorder

    def begin_with(self, *recorders, **settings):
        receivers = [{"name": "all", "webhook_configs": [{"url": recorder.url} for recorder in recorders]}]
        self.begin(receivers, **settings)

    def fires_and_is_resolved(self, *recorders, seconds=20):
        self.feed.set("one", 10)
        for recorder in recorders:
            wait_until(lambda: statuses(recorder.told("TooHigh")) == ["firing"], "nobody is told of it", seconds)
        self.feed.set("one", 1)
        for recorder in recorders:
            wait_until(
                lambda: statuses(recorder.told("TooHigh")) == ["firing", "resolved"], "its end is not told", seconds
            )
            starts = {started for _status, started in recorder.told("TooHigh")}
            self.assertEqual(len(starts), 1, "firing and resolved are of one alarm")

    def test_what_is_sent_is_alertmanagers_message(self):
        recorder = self.recorder()
        self.begin_with(recorder)
        self.fires_and_is_resolved(recorder)
        first, last = (one.body for one in recorder.accepted())
        self.assertEqual(first["version"], "4")
        self.assertEqual((first["status"], last["status"]), ("firing", "resolved"))
        self.assertEqual(first["groupKey"], last["groupKey"])
        self.assertEqual(first["groupLabels"], {"alertname": "TooHigh", "app": "one"})
        (alarm,) = first["alerts"]
        self.assertEqual(alarm["annotations"], {"summary": "one is at 10"})
        self.assertEqual(alarm["labels"]["series"], "app.one.level")
        self.assertEqual(alarm["endsAt"], "0001-01-01T00:00:00Z")
        self.assertEqual(alarm["fingerprint"], last["alerts"][0]["fingerprint"])
        self.assertIn("content-length", {name.lower() for name in recorder.accepted()[0].headers})

    def test_503_is_tried_again_and_nobody_else_waits(self):
        refusals = iter([(503, {"Retry-After": "2"}), 503, 503])
        failing, other = self.recorder(lambda _received: next(refusals, 200)), self.recorder()
        self.begin_with(failing, other)
        self.feed.set("one", 10)
        wait_until(lambda: other.accepted(), "the other one waits", 5)
        self.assertEqual(failing.accepted(), [])
        wait_until(lambda: failing.accepted(), "it is not tried again", 30)
        self.assertEqual(len({one.key for one in failing.received}), 1, "each try carries the same key")
        first, second = failing.received[:2]
        self.assertGreater(second.at - first.at, 1.9, "Retry-After is kept")
        self.feed.set("one", 1)
        wait_until(lambda: statuses(failing.told("TooHigh")) == ["firing", "resolved"], "its end is not told", 20)

    def test_what_will_never_work_is_given_up_and_told(self):
        failing, other = self.recorder(lambda _received: 400), self.recorder()
        self.begin_with(failing, other)
        self.feed.set("one", 10)
        wait_until(lambda: other.told("NotificationFailed"), "nobody is told that a receiver failed", 20)
        self.assertEqual(len([one for one in failing.received if "TooHigh" in str(one.body["groupLabels"])]), 1)

    def test_one_that_stalls_delays_no_other(self):
        stalling, other = self.recorder(lambda _received: STALL), self.recorder()
        self.begin_with(stalling, other)
        self.fires_and_is_resolved(other, seconds=8)
        self.assertEqual(len(stalling.received), 1, "one message is on its way at a time")

    def test_what_was_cut_off_comes_again_with_the_same_key(self):
        cuts = iter([CLOSE])
        recorder = self.recorder(lambda _received: next(cuts, 200))
        self.begin_with(recorder)
        self.fires_and_is_resolved(recorder)
        self.assertEqual(recorder.received[0].key, recorder.received[1].key)

    def test_one_that_is_gone_gets_the_present_when_it_is_back(self):
        recorder = self.recorder()
        self.begin_with(recorder, levels={"one": 1, "two": 1})
        recorder.die()
        self.feed.set("one", 10)
        self.feed.set("two", 10)
        wait_until(lambda: self.alarms() == ["one", "two"], "it does not fire", 10)
        time.sleep(2)
        self.feed.set("two", 1)
        wait_until(lambda: self.alarms() == ["one"], "it is not resolved", 10)
        recorder.listen()
        wait_until(lambda: recorder.told("TooHigh"), "it gets nothing", 40)
        # What had come and gone before anybody could be told is not told.
        time.sleep(2)
        self.assertEqual([one.body["groupLabels"]["app"] for one in recorder.accepted()], ["one"])
