"""The example of a backend is installed and keeps the contract by its entry point."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from casecli.backends import BackendOptions, backend_names, open_backend
from casecli.conformance import BackendContract
from casecli.domain.errors import BadInput, Transient
from casecli.domain.ports import Backend

PLUGIN = Path(__file__).parents[2] / "examples" / "backend-plugin"


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the example as a user would, into a folder of its own."""
    target = tmp_path_factory.mktemp("installed")
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
    local = ("--no-deps", "--no-build-isolation", "--no-index")
    subprocess.run([*pip, "install", *local, "--target", target, PLUGIN], check=True)
    return target


@pytest.fixture
def plugged(installed: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(installed)
    return installed


def connect(tmp_path: Path, **settings: str) -> Backend:
    return open_backend(
        "folder",
        BackendOptions(
            profile="team",
            url="",
            user="ann",
            role="customer",
            folder=tmp_path,
            settings=settings,
        ),
    )


@pytest.mark.usefixtures("plugged")
class TestFolder(BackendContract):
    @pytest.fixture
    def backend(self, tmp_path: Path, plugged: Path) -> Iterator[Backend]:  # noqa: ARG002 (installed first)
        connected = connect(tmp_path, path=str(tmp_path / "cases"))
        yield connected
        connected.close()

    @pytest.fixture
    def second(self, tmp_path: Path, plugged: Path) -> Iterator[Backend]:  # noqa: ARG002 (installed first)
        connected = connect(tmp_path, path=str(tmp_path / "cases"))
        yield connected
        connected.close()


@pytest.mark.usefixtures("plugged")
def test_an_installed_backend_is_known_by_name() -> None:
    assert "folder" in backend_names()


@pytest.mark.usefixtures("plugged")
def test_without_a_folder_the_setting_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="not named") as refusal:
        connect(tmp_path)

    assert "--set path=FOLDER" in refusal.value.hint


@pytest.mark.usefixtures("plugged")
def test_a_folder_that_cannot_be_is_tried_again_later(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    backend = connect(tmp_path, path=str(tmp_path / "file" / "cases"))

    with pytest.raises(Transient):
        backend.whoami()


def test_a_case_goes_into_the_folder_from_the_command_line(
    installed: Path, tmp_path: Path
) -> None:
    environ = {
        **os.environ,
        "PYTHONPATH": str(installed),
        "CASECLI_HOME": str(tmp_path / "home"),
        "CASECLI_NO_INPUT": "1",
    }
    cases = tmp_path / "cases"
    casecli = (sys.executable, "-m", "casecli")
    where = ("--backend", "folder", "--set", f"path={cases}")
    words = ("--subject", "Mail is late", "-m", "Since noon.", "--severity", "low")
    impact = ("--impact", "one person waits", "--answer", "production-down=no")

    subprocess.run(
        [*casecli, "profile", "add", "team", *where],
        check=True,
        env=environ,
        capture_output=True,
    )
    opened = subprocess.run(
        [*casecli, "-p", "team", "open", *words, *impact],
        check=False,
        env=environ,
        capture_output=True,
        text=True,
    )

    assert (opened.stdout, opened.returncode) == ("F-1\n", 0), opened.stderr
    assert len(list((cases / "F-1").glob("*.json"))) == 1
