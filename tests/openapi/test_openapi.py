"""The server against its own OpenAPI document: schemathesis makes requests of it, sound and odd, and judges the answers.

Left out is the path whose answer never ends, `/api/v1/events/stream`. Checks that ask whether the document's types tell
every refusal are left out, too: an expression is text to it, and most texts are none.

The seed, the clock and the order of the requests are fixed: the same server is asked the same.
"""
import subprocess
import tempfile
import unittest
from pathlib import Path

from support.server import ROOT, Server

SCHEMATHESIS = ROOT / ".tools/schemathesis/bin/st"
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,unsupported_method,allow_header_conformance"
)
NOW = 1_710_504_000
SCHEMAS = "[all]\npattern = .*\nretentions = 60s:1d\n"


class OpenApiTest(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="plumbago-openapi-"))
        self.server = Server(self.folder, SCHEMAS, clock=NOW)
        self.addCleanup(self.server.end)
        self.server.start()

    def test_answers_are_as_the_document_says(self):
        outcome = subprocess.run(
            [
                SCHEMATHESIS, "run", f"http://127.0.0.1:{self.server.http}/api/v1/openapi.json",
                "--checks", CHECKS, "--phases", "coverage,fuzzing", "--max-examples", "40", "--seed", "1",
                "--generation-database", "none", "--exclude-path", "/api/v1/events/stream", "--request-timeout", "20",
                "--no-color", "--warnings", "off",
            ],
            cwd=self.folder, capture_output=True, text=True, check=False,
        )
        self.assertEqual(outcome.returncode, 0, outcome.stdout[-8000:] + outcome.stderr[-2000:])
