#!/usr/bin/env python3
"""Runs the black-box tests of one or more folders beside this file: `tests/run.py agents crash`.

`-k WORD` keeps the tests whose name contains WORD. Closes with one line, `N passed, N failed`, and how many
were skipped, if any; exits 1 if a test failed or there was none.
"""
import argparse
import shutil
import sys
import time
import unittest
from pathlib import Path

TESTS = Path(__file__).resolve().parent


class Result(unittest.TextTestResult):
    """Counts passes, prints what each test took, and keeps the folder of a failed test for a look."""

    passed = 0

    def startTest(self, test):
        self.started = time.monotonic()
        super().startTest(test)

    def addSuccess(self, test):
        self.passed += 1
        unittest.TestResult.addSuccess(self, test)
        self.stream.writeln(f"ok ({time.monotonic() - self.started:.1f} s)")
        if hasattr(test, "folder"):
            shutil.rmtree(test.folder)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.name_folder(test)

    def addError(self, test, err):
        super().addError(test, err)
        self.name_folder(test)

    def name_folder(self, test):
        if hasattr(test, "folder"):
            self.stream.writeln(f"  its configuration, logs and data: {test.folder}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", help="folders of tests: agents, alarms, carbon_rules, conformance, crash, front_end, full_disk, grafana, rules, support")
    parser.add_argument("-k", dest="word", default="", help="only tests whose name contains this")
    arguments = parser.parse_args()

    sys.path.insert(0, str(TESTS))
    loader = unittest.TestLoader()
    loader.testNamePatterns = [f"*{arguments.word}*"]
    suite = unittest.TestSuite()
    for folder in arguments.folders:
        suite.addTests(loader.discover(str(TESTS / folder), top_level_dir=str(TESTS)))

    runner = unittest.TextTestRunner(stream=sys.stdout, resultclass=Result, verbosity=2)
    result = runner.run(suite)
    failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    skipped = len(result.skipped)
    print(f"{result.passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 0 if failed == 0 and result.passed + skipped > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
