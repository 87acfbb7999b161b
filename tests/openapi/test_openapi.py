"""The server against its own OpenAPI document: schemathesis makes requests of it, sound and odd, and judges the answers.

Left out are paths whose answer never ends, and those that would make files or read them again each time. Checks that ask
whether the document's types tell every refusal are left out, too: an expression is text to it, and most texts are none.
"""
import subprocess
import tempfile
import unittest
from pathlib import Path

from support.server import ROOT, Server

SCHEMATHESIS = ROOT / ".tools/schemathesis/bin/st"
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,unsupported_method"
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
                "--checks", CHECKS, "--phases", "coverage,fuzzing", "--max-examples", "20", "--seed", "1",
                "--exclude-path-regex", "stream|snapshot|reload", "--request-timeout", "20", "--no-color",
            ],
            cwd=self.folder, capture_output=True, text=True, check=False,
        )
        self.assertEqual(outcome.returncode, 0, outcome.stdout[-8000:] + outcome.stderr[-2000:])
