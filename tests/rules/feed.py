"""Points for every second, none left out: what the server had not acknowledged is sent again when it is back."""
import io
import threading
import time

SERIES = 6
WAVE_SECONDS = 12


class Feed:
    """Sends one point a series and second, in a thread of its own, from the second `start` on."""

    def __init__(self, server):
        self.server = server
        self.start = int(time.time()) + 2
        self.values = {}
        self.acknowledged = {}
        # Held while points are sent that may come after their slots were read, and when such were acknowledged last.
        self.late_lock = threading.Lock()
        self.late_at = 0.0
        self.calm = threading.Event()
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def end(self):
        """Lets all series fall, and waits until everything was acknowledged."""
        self.calm.set()
        time.sleep(4)
        self.ending.set()
        self.thread.join(60)
        if self.thread.is_alive():
            raise AssertionError("the server does not acknowledge what it is sent")

    def run(self):
        second = self.start
        waiting = []
        while waiting or not self.ending.is_set():
            time.sleep(max(0.0, min(second - time.time(), 0.2)))
            if time.time() >= second and not self.ending.is_set():
                self.values[second] = [self.value(number, second) for number in range(SERIES)]
                waiting.append(second)
                second += 1
            if waiting and self.send_in_time_or_alone(waiting):
                waiting = []

    def value(self, number, second):
        """A wave of its own for each series: above 9 for six seconds, and below for six."""
        is_high = (second + 2 * number) % WAVE_SECONDS < WAVE_SECONDS // 2 and not self.calm.is_set()
        return (10 if is_high else 1) + second % 7

    def send_in_time_or_alone(self, seconds):
        if time.time() < seconds[0] + 0.5:
            return self.send(seconds)
        with self.late_lock:
            return self.send(seconds)

    def send(self, seconds):
        lines = (
            f"src.s{number} {value} {second}\n"
            for second in seconds
            for number, value in enumerate(self.values[second])
        )
        try:
            self.server.feed(io.BytesIO("".join(lines).encode()))
        except OSError:
            return False
        now = time.time()
        if now > seconds[0] + 1.4:
            self.late_at = now
        self.acknowledged.update((one, now) for one in seconds)
        return True

    def waves(self, number):
        """Each stretch of high values of a series: its first second, and the first one after it."""
        found = []
        for second in sorted(self.values):
            is_high = self.values[second][number] > 9
            if is_high and (not found or found[-1][1] is not None):
                found.append((second, None))
            elif not is_high and found and found[-1][1] is None:
                found[-1] = (found[-1][0], second)
        return found

    def came_within(self, first, last, seconds):
        """Whether each point of these slots was acknowledged so soon after its slot's end."""
        return all(self.acknowledged[slot] - (slot + 1) < seconds for slot in range(first, last + 1))
