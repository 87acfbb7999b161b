"""Has a checker of another folder judge: `python3 -m conformance.outside FOLDER [arguments of FOLDER/check.py]`.

The folder holds check.py, public.jsonl and dataset/ with the files that `recorded` has here. Without a .jsonl file among
the arguments, its public.jsonl is replayed. The exit status is that of check.py.
"""
import subprocess
import sys
import tempfile
from pathlib import Path

from conformance.system import Plumbago


def main():
    if len(sys.argv) < 2 or not Path(sys.argv[1], "check.py").exists():
        sys.exit(f"no checker at {sys.argv[1:2]}: name a folder that holds check.py and dataset/")
    folder = Path(sys.argv[1]).resolve()
    arguments = sys.argv[2:]
    if not any(argument.endswith(".jsonl") for argument in arguments):
        arguments.insert(0, str(folder / "public.jsonl"))
    with tempfile.TemporaryDirectory(prefix="plumbago-conformance-") as directory:
        system = Plumbago(directory, folder / "dataset")
        try:
            print(system.described(), flush=True)
            return subprocess.run([sys.executable, folder / "check.py", system.base, *arguments]).returncode
        finally:
            system.end()


if __name__ == "__main__":
    sys.exit(main())
