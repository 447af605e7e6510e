"""Runs the tests of every part, each in a process of its own as it runs in life, as many at once as there are cores.

    icm test-servers -- python -m tests.parts chassis services/intake …

Prints a part's whole output when it has ended. The exit code is 0 when every part passed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from time import monotonic


def run(part: str) -> tuple[str, int, str, float]:
    """The name of a part, pytest's exit code, what it printed, and how many seconds it took."""
    began = monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", part],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return part, done.returncode, done.stdout, monotonic() - began


def main() -> None:
    """Run the parts named on the command line."""
    failed = []
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        for ended in as_completed([pool.submit(run, part) for part in sys.argv[1:]]):
            part, code, printed, seconds = ended.result()
            print(f"== {part} ({seconds:.0f} s)\n{printed}", flush=True)
            if code:
                failed.append(part)
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
