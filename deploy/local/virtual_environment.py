"""Makes a virtual environment from a lock file; needs nothing but Python's own library.

    python3 deploy/local/virtual_environment.py .venv [requirements.lock]

Some systems ship Python without `ensurepip` (Debian keeps it in python3-venv). Then Debian's own pip
wheel is taken, from the machine or from its package unpacked into the new environment.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
OLDEST = (3, 11)
WHEELS = "usr/share/python-wheels"


def main(folder: Path, lock: Path) -> None:
    """Create or complete the environment in `folder` with what `lock` pins."""
    if sys.version_info < OLDEST:
        sys.exit(
            "Python {}.{} or newer is needed, this is {}. Choose one with: make PYTHON=python3.11 setup".format(
                *OLDEST, sys.version.split()[0]
            )
        )
    python = folder / "bin" / "python"
    environment = dict(os.environ, PIP_DISABLE_PIP_VERSION_CHECK="1")
    with tempfile.TemporaryDirectory() as scratch:
        if not (folder / "bin" / "pip").exists():
            wheel = None if _has_ensurepip() else _pip_wheel(Path(scratch))
            venv.EnvBuilder(with_pip=wheel is None, clear=True, symlinks=True).create(folder)
            if wheel:
                environment["PYTHONPATH"] = str(wheel)
        _run(
            [
                python,
                "-m",
                "pip",
                "install",
                "--quiet",
                "--require-hashes",
                "-r",
                lock,
            ],
            environment=environment,
        )


def _has_ensurepip() -> bool:
    return importlib.util.find_spec("ensurepip") is not None


def _pip_wheel(scratch: Path) -> Path:
    """A pip that runs from its wheel: the machine's, else that of Debian's package."""
    found = sorted(Path("/", WHEELS).glob("pip-*.whl"))
    if not found and shutil.which("apt-get") and shutil.which("dpkg-deb"):
        _unpack_debians_pip(scratch)
        found = sorted((scratch / WHEELS).glob("pip-*.whl"))
    if not found:
        sys.exit("This Python has no pip. Install it with your system's package tool (Debian: python3-venv).")
    return found[-1]


def _unpack_debians_pip(scratch: Path) -> None:
    for name in ("lists/partial", "cache/archives/partial"):
        (scratch / name).mkdir(parents=True)
    own_lists = ["-o", f"Dir::State::Lists={scratch / 'lists'}", "-o", f"Dir::Cache={scratch / 'cache'}"]
    if os.geteuid() == 0:
        own_lists += ["-o", "APT::Sandbox::User=root"]
    for options in ([], own_lists):
        if options:
            subprocess.run(["apt-get", *options, "-q", "update"], capture_output=True, check=False)
        subprocess.run(
            ["apt-get", *options, "-q", "download", "python3-pip-whl"],
            cwd=scratch,
            capture_output=True,
            check=False,
        )
        archives = sorted(scratch.glob("python3-pip-whl_*.deb"))
        if archives:
            subprocess.run(["dpkg-deb", "-x", str(archives[0]), str(scratch)], check=True)
            return


def _run(command: list, *, environment: dict) -> None:
    code = subprocess.run([str(part) for part in command], env=environment, check=False).returncode
    if code:
        sys.exit(code)


if __name__ == "__main__":
    main(
        Path(sys.argv[1] if len(sys.argv) > 1 else CHECKOUT / ".venv"),
        Path(sys.argv[2] if len(sys.argv) > 2 else CHECKOUT / "requirements.lock"),
    )
