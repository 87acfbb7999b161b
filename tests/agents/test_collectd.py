"""collectd with write_graphite: `key value ts\\r\\n` blocks, tags in collectd's own order, and NaN.

The `table` plugin reads gauges and counters from a file of ours, so that the values are known
beforehand; a `<Node>` of its own sends the same values with tags.
"""
from agents.case import AgentTest
from agents.tools import collectd, environment
from support.process import wait_until
from support.wire import lines_to_points

GAUGES = {"zero": 0.0, "half": 0.5, "negative": -273.15, "tiny": 1.5e-12, "huge": 1.25e18}
COUNTERS = {"small": 7.0, "exact": float(2**53 - 1)}
READS = 4

CONFIG = """\
Hostname "probe"
FQDNLookup false
Interval 1
BaseDir "{folder}"
PIDFile "{folder}/collectd.pid"
PluginDir "{root}/usr/lib/collectd"
TypesDB "{root}/usr/share/collectd/types.db"
LoadPlugin logfile
<Plugin logfile>
  File stdout
</Plugin>
LoadPlugin table
<Plugin table>
  <Table "{folder}/gauges">
    Plugin "known"
    Instance "gauges"
    Separator " "
    <Result>
      Type gauge
      InstancesFrom 0
      ValuesFrom 1
    </Result>
  </Table>
  <Table "{folder}/counters">
    Plugin "known"
    Instance "counters"
    Separator " "
    <Result>
      Type counter
      InstancesFrom 0
      ValuesFrom 1
    </Result>
  </Table>
</Plugin>
LoadPlugin write_graphite
<Plugin write_graphite>
  <Node "plain">
    Host "127.0.0.1"
    Port "{plain}"
    Protocol "tcp"
    Prefix "fine."
    StoreRates false
  </Node>
  <Node "tagged">
    Host "127.0.0.1"
    Port "{tagged}"
    Protocol "tcp"
    Prefix "fine.tagged."
    UseTags true
    StoreRates false
  </Node>
</Plugin>
"""


class Collectd(AgentTest):
    def run_collectd(self, gauges):
        """Runs collectd for a few reads of the tables and returns the two taps, plain and tagged."""
        binary, root = collectd()
        plain, tagged = self.tap(self.server.plaintext), self.tap(self.server.plaintext)
        self.write("gauges", "".join(f"{name} {value!r}\n" for name, value in gauges.items()))
        self.write("counters", "".join(f"{name} {value:.0f}\n" for name, value in COUNTERS.items()))
        config = self.write(
            "collectd.conf",
            CONFIG.format(folder=self.folder, root=str(root).rstrip("/"), plain=plain.port, tagged=tagged.port),
        )
        program = self.agent("collectd", [binary, "-f", "-C", config], environment())
        last_read = "fine.probe.known-counters.counter-small "
        # A block is sent when it is full, so that seeing this many reads means that whole blocks went out.
        program.wait_ready(
            lambda: b"".join(plain.recorded()).count(last_read.encode()) >= READS,
            "has not sent its reads",
        )
        self.assertEqual(program.stop(), 0, program.tail())
        wait_until(lambda: plain.is_idle() and tagged.is_idle(), "the server's close of collectd's connections")
        return plain, tagged

    def test_known_values_arrive_unchanged_with_and_without_tags(self):
        plain, tagged = self.run_collectd(GAUGES)
        sent_plain = lines_to_points(b"".join(plain.recorded()))
        sent_tagged = lines_to_points(b"".join(tagged.recorded()))

        expected = {f"fine.probe.known-gauges.gauge-{name}": value for name, value in GAUGES.items()}
        expected |= {f"fine.probe.known-counters.counter-{name}": value for name, value in COUNTERS.items()}
        self.assertEqual({name: value for name, _, value in sent_plain}, expected)
        self.assertTrue(all(";" in name for name, _, _ in sent_tagged), sent_tagged)

        self.wait_received("plaintext", len(sent_plain) + len(sent_tagged))
        self.assert_stored(sent_plain + sent_tagged)
        self.assert_nothing_refused()

    def test_nan_is_refused_and_counted_while_the_rest_is_stored(self):
        plain, tagged = self.run_collectd({"known": 1.5, "missing": float("nan")})
        sent = lines_to_points(b"".join(plain.recorded() + tagged.recorded()))
        missing = [point for point in sent if point[2] != point[2]]
        known = [point for point in sent if point[2] == point[2]]
        self.assertTrue(missing, "collectd sent no NaN")

        self.wait_received("plaintext", len(known))
        self.assert_stored(known)
        self.assertEqual(self.server.refused(), len(missing))
        self.assertIn("nan", str(self.server.rejected()).lower())
