"""What carbonapi asks its back ends, in both of its dialects: the series are those that graphite-web would be given."""
import http.client
import pickle
import tempfile
import unittest
import urllib.parse
from pathlib import Path

from conformance.cases import NOW, RECORDED
from conformance.system import Plumbago
from front_end.test_front_end import expressions
from support import protobuf

EXPRESSIONS = 100
FROM, UNTIL = NOW - 900, NOW
V3 = {"Accept": "application/x-carbonapi-v3-pb"}


class Carbonapi(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory(prefix="plumbago-carbonapi-")
        cls.addClassCleanup(directory.cleanup)
        cls.plumbago = Plumbago(Path(directory.name), RECORDED)
        cls.addClassCleanup(cls.plumbago.end)
        targets = [value for case in expressions() for name, value in case["params"] if name == "target"]
        cls.targets = list(dict.fromkeys(targets))[:EXPRESSIONS]

    def ask(self, path, pairs, body=None, headers={}):
        connection = http.client.HTTPConnection("127.0.0.1", self.plumbago.server.http, timeout=60)
        connection.request("GET", f"{path}?{urllib.parse.urlencode(pairs)}", body, headers)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        self.assertEqual(answer.status, 200, data[:300])
        return data

    def pickled(self, target):
        pairs = [("target", target), ("from", FROM), ("until", UNTIL), ("now", NOW), ("format", "pickle")]
        return pickle.loads(self.ask("/render/", pairs))

    def test_the_second_dialect(self):
        with_values = 0
        for target in self.targets:
            pairs = [("target", target), ("from", FROM), ("until", UNTIL), ("now", NOW), ("format", "protobuf")]
            expected = self.pickled(target)
            answer = [dict(protobuf.fields(one)) for _, one in protobuf.fields(self.ask("/render/", pairs))]
            self.assertEqual([one.get(1, b"").decode() for one in answer], [one["name"] for one in expected], target)
            for one, series in zip(answer, expected):
                self.assertEqual((one[2], one[3], one[4]), (series["start"], series["end"], series["step"]))
                values, absent = protobuf.doubles(one.get(5, b"")), one.get(6, b"")
                self.assertEqual([None if flag else value for value, flag in zip(values, absent)], series["values"], target)
                self.assertEqual(len(values), len(absent))
                with_values += bool(values)
        self.assertGreater(with_values, EXPRESSIONS)

    def test_the_third_dialect_in_one_message(self):
        requests = b""
        for number, target in enumerate(self.targets):
            fetch = [(1, target), (2, FROM), (3, UNTIL), (5, f"asked {number}"), (7, 1000)]
            requests += protobuf.written(1, b"".join(protobuf.written(*field) for field in fetch))
        pairs = [("format", "carbonapi_v3_pb"), ("now", NOW)]
        answer = [protobuf.fields(one) for _, one in protobuf.fields(self.ask("/render/", pairs, requests, V3))]
        answer = [dict(one) for one in answer]
        at = 0
        for number, target in enumerate(self.targets):
            for series in self.pickled(target):
                one, at = answer[at], at + 1
                self.assertEqual((one.get(1, b"").decode(), one[2].decode()), (series["name"], f"asked {number}"))
                self.assertEqual(one[3].decode(), series["consolidationFunc"])
                self.assertEqual((one[4], one[5], one[6]), (series["start"], series["end"], series["step"]))
                self.assertEqual((one[11], one[12]), (FROM, UNTIL))
                values = [None if value != value else value for value in protobuf.doubles(one.get(9, b""))]
                self.assertEqual(values, series["values"], target)
        self.assertEqual(at, len(answer))

    def test_nodes_in_one_message(self):
        queries = ["*", "app.*.eu.*", "no.such"]
        body = b"".join(protobuf.written(1, query) for query in queries) + protobuf.written(2, FROM) + protobuf.written(3, UNTIL)
        answer = self.ask("/metrics/find/", [("format", "carbonapi_v3_pb")], body, V3)
        for query, (_, one) in zip(queries, protobuf.fields(answer)):
            name, *matches = protobuf.fields(one)
            self.assertEqual(name, (1, query.encode()))
            found = [dict(protobuf.fields(match)) for _, match in matches]
            nodes = pickle.loads(self.ask("/metrics/find/", [("query", query), ("format", "pickle")]))
            expected = [(node["path"], node["is_leaf"]) for node in nodes]
            self.assertEqual([(one[1].decode(), bool(one.get(2))) for one in found], expected)
            older = protobuf.fields(self.ask("/metrics/find/", [("query", query), ("format", "protobuf")]))
            self.assertEqual(older, protobuf.fields(one))

    def test_series_are_listed_and_told_of(self):
        names = [name.decode() for _, name in protobuf.fields(self.ask("/metrics/list/", [("format", "protobuf")]))]
        self.assertEqual(names, sorted(names))
        self.assertIn("cpu.load;env=prod;host=h1", names)
        body = protobuf.written(1, "const.half")
        (_, one), = protobuf.fields(self.ask("/info/", [("format", "carbonapi_v3_pb")], body, V3))
        info = dict(protobuf.fields(one))
        self.assertEqual((info[1], info[2]), (b"const.half", b"Average"))
        details = protobuf.fields(self.ask("/metrics/details/", [("format", "protobuf3")]))
        self.assertEqual(sum(number == 1 for number, _ in details), sum(";" not in name for name in names))
        protocols = [value for number, value in protobuf.fields(self.ask("/_internal/capabilities/", [], b"", V3)) if number == 1]
        self.assertEqual(protocols[:2], [b"carbonapi_v3_pb", b"carbonapi_v2_pb"])


if __name__ == "__main__":
    unittest.main()
