"""What an image installs is whole: every file of a package is in its wheel, and nothing else is needed to start
(OP-4).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
SERVICES = ("intake", "cases", "consent", "portal", "audit")
FOLDERS = {"chassis": "chassis", **{name: f"services/{name}" for name in SERVICES}, "gateway": "gateway"}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

STARTS = """
import os, sys
checkout = os.environ["CHECKOUT"]
sys.path[:] = [path for path in sys.path if "site-packages" in path or not path.startswith(checkout)]
sys.path[:0] = os.environ["INSTALLED"].split(os.pathsep)
import importlib
for name in os.environ["MODULES"].split():
    importlib.import_module(name)
strangers = [name for name in sys.argv[1:] if importlib.util.find_spec(name)]
assert not strangers, strangers
assert checkout not in str(importlib.import_module("chassis").__file__)
"""


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each package as the recipe of the image would build it, unpacked; made from a copy, so nothing is left behind."""
    made = {}
    for name, folder in FOLDERS.items():
        source = tmp_path_factory.mktemp(name) / name
        shutil.copytree(
            CHECKOUT / folder,
            source,
            ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "build", "tests"),
        )
        pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-index", "--no-deps", "--no-build-isolation"]
        subprocess.run([*pip, str(source), "-w", str(source.parent)], check=True)
        [wheel] = source.parent.glob("*.whl")
        made[name] = source.parent / "unpacked"
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(made[name])
    return made


@pytest.mark.parametrize("name", FOLDERS)
def test_every_file_of_a_package_is_in_its_wheel(wheels: dict[str, Path], name: str) -> None:
    package = CHECKOUT / FOLDERS[name] / name
    written = {
        path.relative_to(package.parent)
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert not {path for path in written if not (wheels[name] / path).is_file()}


def start(*modules: str, installed: list[Path], strangers: tuple[str, ...]) -> None:
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", STARTS, *strangers],
        cwd=installed[0],
        env={
            **os.environ,
            "CHECKOUT": str(CHECKOUT),
            "INSTALLED": os.pathsep.join(map(str, installed)),
            "MODULES": " ".join(modules),
            "ICM_CONTRACTS": str(CHECKOUT / "contracts"),
        },
        check=True,
    )


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_starts_with_the_chassis_and_itself_alone(wheels: dict[str, Path], service: str) -> None:
    start(
        "chassis.runner",
        f"{service}.models",
        f"{service}.service",
        installed=[wheels["chassis"], wheels[service]],
        strangers=tuple(name for name in (*SERVICES, "gateway", "icm") if name != service),
    )


def test_the_gateway_starts_with_what_its_image_installs(wheels: dict[str, Path]) -> None:
    start("gateway.__main__", installed=list(wheels.values()), strangers=("icm",))


def test_jobs_of_the_image_start_with_the_chassis_alone(wheels: dict[str, Path]) -> None:
    start(
        "chassis.topology",
        "chassis.parked",
        "chassis.migrations",
        installed=[wheels["chassis"]],
        strangers=SERVICES,
    )
