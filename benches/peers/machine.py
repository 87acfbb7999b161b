"""The machine and the moment that figures belong to."""
import datetime
import os
import platform
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def first_line(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return (done.stdout.splitlines() or ["unknown"])[0]


def processor(cpuinfo):
    """The model that /proc/cpuinfo names first."""
    models = [line.split(":", 1)[1].strip() for line in cpuinfo.splitlines() if line.startswith("model name")]
    return models[0] if models else platform.machine()


def describe():
    """Facts as a flat dictionary."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": processor(Path("/proc/cpuinfo").read_text()),
        "processors": os.cpu_count(),
        "memory_gib": round(memory / 2**30, 1),
        "kernel": platform.release(),
        "load_average": os.getloadavg()[0],
        "rustc": first_line(["rustc", "--version"]),
        "python": platform.python_version(),
        "commit": first_line(["git", "describe", "--always", "--dirty"]),
    }
