"""`kill -9` at twenty named points of an alarm's way: nobody is told too little, and nobody twice.

A message may come twice after a crash between its delivery and the record of it: then both carry one key.
"""
import json
import time
import urllib.request

from alarms.recorder import CLOSE, Recorder
from alarms.setting import AlarmCase
from support.process import free_ports, wait_until


class Kill(AlarmCase):
    """Each test brings one alarm to a point, kills, starts again, and goes on to the alarm's end."""

    def start_alarm(self, behave=lambda _received: 200, **settings):
        self.recorder = Recorder(free_ports(1)[0], behave)
        self.addCleanup(self.recorder.die)
        self.begin([{"name": "all", "webhook_configs": [{"url": self.recorder.url}]}], **settings)
        wait_until(lambda: self.server.received("plaintext") > 2, "no points come", 20)

    def said(self):
        return [status for status, _started in self.recorder.told("TooHigh")]

    def finish(self):
        """The alarm fires, if it does not yet, and is over; each was said once."""
        self.feed.set("one", 10)
        wait_until(lambda: self.said() == ["firing"], lambda: f"said is {self.said()}", 40)
        self.feed.set("one", 1)
        wait_until(lambda: self.said() == ["firing", "resolved"], lambda: f"said is {self.said()}", 40)
        time.sleep(2)
        self.assertEqual(self.said(), ["firing", "resolved"])
        self.assertEqual(len({started for _status, started in self.recorder.told("TooHigh")}), 1)

    def kill_when_told(self, status, answer):
        """Kills the server while it sends the first message with this status; `answer` is what it may have heard."""
        left = [answer]

        def behave(received):
            if left and received.body["status"] == status:
                self.server.kill()
                return left.pop()
            return 200

        return behave

    def after_kill(self):
        wait_until(lambda: self.server.program.process.poll() is not None, "it was not killed", 40)
        self.server.start()

    def post(self, path, body, method="POST"):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.server.http}{path}", json.dumps(body).encode(),
            {"Content-Type": "application/json"}, method=method,
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")

    def silence(self):
        now = time.time()

        def moment(at):
            return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))

        return self.post("/api/v2/silences", {
            "matchers": [{"name": "app", "value": "one", "isRegex": False, "isEqual": True}],
            "startsAt": moment(now - 5), "endsAt": moment(now + 3600), "createdBy": "ann", "comment": "work on it",
        })["silenceID"]

    def test_01_quiet(self):
        self.start_alarm()
        self.restart()
        self.finish()

    def test_02_the_point_is_acknowledged(self):
        self.start_alarm()
        self.feed.set("one", 10)
        before = self.server.received("plaintext")
        wait_until(lambda: self.server.received("plaintext") > before, "no point comes", 20)
        self.restart()
        self.finish()

    def test_03_pending(self):
        self.start_alarm(patience="4s")
        self.feed.set("one", 10)
        wait_until(lambda: self.alarms("pending"), "it is not pending", 20)
        self.restart()
        self.finish()

    def test_04_pending_and_the_condition_holds_while_it_is_down(self):
        self.start_alarm(patience="3s")
        self.feed.set("one", 10)
        wait_until(lambda: self.alarms("pending"), "it is not pending", 20)
        self.server.kill()
        time.sleep(5)
        self.server.start()
        self.finish()

    def test_05_fired_and_the_group_waits(self):
        self.start_alarm(route={"group_wait": "4s"})
        self.feed.set("one", 10)
        wait_until(self.alarms, "it does not fire", 20)
        self.restart()
        self.assertEqual(self.recorder.accepted(), [], "group_wait goes on")
        self.finish()

    def test_06_sent_and_not_received(self):
        self.start_alarm()
        self.recorder.die()
        self.feed.set("one", 10)
        wait_until(self.alarms, "it does not fire", 20)
        self.restart()
        self.recorder.listen()
        self.finish()

    def test_07_received_and_not_answered(self):
        self.start_alarm(self.kill_when_told("firing", CLOSE))
        self.feed.set("one", 10)
        self.after_kill()
        self.finish()

    def test_08_answered_and_not_recorded(self):
        self.start_alarm(self.kill_when_told("firing", 200))
        self.feed.set("one", 10)
        self.after_kill()
        self.finish()

    def test_09_refused_for_now_and_not_recorded(self):
        self.start_alarm(self.kill_when_told("firing", 503))
        self.feed.set("one", 10)
        self.after_kill()
        self.finish()

    def test_10_waiting_to_try_again(self):
        refusals = iter([503])
        self.start_alarm(lambda _received: next(refusals, 200))
        self.feed.set("one", 10)
        wait_until(lambda: self.recorder.received, "it is not sent", 20)
        time.sleep(0.3)
        self.restart()
        self.finish()

    def test_11_recorded(self):
        self.start_alarm()
        self.feed.set("one", 10)
        wait_until(self.sent, "it is not recorded as sent", 20)
        self.restart()
        self.finish()

    def test_12_firing_for_a_while_and_down_for_longer(self):
        self.start_alarm()
        self.feed.set("one", 10)
        wait_until(self.sent, "it is not recorded as sent", 20)
        self.server.kill()
        time.sleep(5)
        self.server.start()
        self.finish()

    def test_13_resolved_while_it_is_down(self):
        self.start_alarm()
        self.feed.set("one", 10)
        wait_until(self.sent, "it is not recorded as sent", 20)
        self.server.kill()
        self.feed.set("one", 1)
        time.sleep(4)
        self.server.start()
        wait_until(lambda: self.said() == ["firing", "resolved"], lambda: f"said is {self.said()}", 40)

    def test_14_the_end_received_and_not_answered(self):
        self.start_alarm(self.kill_when_told("resolved", CLOSE))
        self.fire_and_calm()

    def test_15_the_end_answered_and_not_recorded(self):
        self.start_alarm(self.kill_when_told("resolved", 200))
        self.fire_and_calm()

    def test_16_the_end_recorded(self):
        self.start_alarm()
        self.finish()
        self.restart()
        time.sleep(3)
        self.assertEqual(self.said(), ["firing", "resolved"])

    def test_17_silenced(self):
        self.start_alarm()
        name = self.silence()
        self.server.kill()
        self.feed.set("one", 10)
        self.server.start()
        wait_until(self.alarms, "it does not fire", 20)
        time.sleep(2)
        self.assertEqual(self.recorder.accepted(), [], "the silence goes on")
        self.delete(f"/api/v2/silence/{name}")
        self.finish()

    def test_18_acknowledged(self):
        self.start_alarm(route={"repeat_interval": "3s"})
        self.feed.set("one", 10)
        wait_until(self.sent, "it is not recorded as sent", 20)
        alarm = self.recorder.accepted()[0].body["alerts"][0]
        self.post(f"/api/v1/alarms/{alarm['fingerprint']}/ack", {"by": "ann", "comment": "on it"})
        count = len(self.recorder.accepted())
        self.restart()
        time.sleep(8)
        self.assertLessEqual(len(self.recorder.accepted()), count + 1, "it is not repeated any more")
        self.feed.set("one", 1)
        wait_until(lambda: self.said()[-1] == "resolved", "its end is not told", 40)

    def test_19_while_it_starts(self):
        self.start_alarm()
        self.feed.set("one", 10)
        wait_until(self.alarms, "it does not fire", 20)
        self.server.kill()
        for pause in (0.02, 0.05, 0.1, 0.2):
            self.server.spawn()
            time.sleep(pause)
            self.server.kill()
        self.server.start()
        self.finish()

    def test_20_reloaded(self):
        self.start_alarm()
        self.feed.set("one", 10)
        wait_until(self.sent, "it is not recorded as sent", 20)
        self.post("/api/v1/reload", {})
        self.restart()
        self.finish()

    def sent(self):
        """Whether the log of notifications holds one that was sent."""
        log = json.loads(self.server.get("/api/v1/notifications"))
        return any(entry["outcome"] == "sent" for entry in log["notifications"])

    def delete(self, path):
        request = urllib.request.Request(f"http://127.0.0.1:{self.server.http}{path}", method="DELETE")
        urllib.request.urlopen(request, timeout=30).close()

    def fire_and_calm(self):
        self.feed.set("one", 10)
        wait_until(lambda: self.said() == ["firing"], lambda: f"said is {self.said()}", 40)
        self.feed.set("one", 1)
        self.after_kill()
        wait_until(lambda: self.said() == ["firing", "resolved"], lambda: f"said is {self.said()}", 40)
        time.sleep(2)
        self.assertEqual(self.said(), ["firing", "resolved"])
