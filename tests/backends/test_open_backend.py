"""Backends are found by name: ours, then what is installed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from casecli.backends import BackendOptions, backend_names, open_backend
from casecli.backends.desk import Desk
from casecli.domain.errors import BadInput


@pytest.fixture
def options(tmp_path: Path) -> BackendOptions:
    return BackendOptions(
        profile="work", url="", user="ann", role="customer", folder=tmp_path / "data"
    )


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a folder on the path with one distribution registering three backends."""
    metadata = tmp_path / "acme_desk-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: acme-desk\nVersion: 1.0\n"
    )
    (metadata / "entry_points.txt").write_text(
        "[casecli.backends]\n"
        "acme = acme_desk:Acme\n"
        "future = acme_desk:Future\n"
        "gone = acme_desk:Gone\n"
        "desk = acme_desk:Acme\n"
    )
    (tmp_path / "acme_desk.py").write_text(
        "class Acme:\n"
        "    api_version = 1\n"
        "    def __init__(self, options):\n"
        "        self.profile = options.profile\n"
        "class Future(Acme):\n"
        "    api_version = 2\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "acme_desk", raising=False)
    return tmp_path


def test_our_desk_is_built_in(options: BackendOptions) -> None:
    backend = open_backend("desk", options)

    assert isinstance(backend, Desk)
    backend.close()


def test_an_unknown_name_lists_the_known(options: BackendOptions) -> None:
    with pytest.raises(BadInput, match=r"no backend 'dask'; known are .*desk"):
        open_backend("dask", options)


@pytest.mark.usefixtures("install")
def test_an_installed_backend_is_found(options: BackendOptions) -> None:
    backend = open_backend("acme", options)

    assert getattr(backend, "profile", None) == "work"
    assert {"acme", "desk", "future"} <= set(backend_names())


@pytest.mark.usefixtures("install")
def test_ours_wins_over_an_installed_one_of_its_name(options: BackendOptions) -> None:
    backend = open_backend("desk", options)

    assert isinstance(backend, Desk)
    backend.close()


@pytest.mark.usefixtures("install")
def test_another_version_of_the_contract_is_refused(options: BackendOptions) -> None:
    with pytest.raises(BadInput, match="version 2 of the backend contract"):
        open_backend("future", options)


@pytest.mark.usefixtures("install")
def test_a_broken_installation_is_said_plainly(options: BackendOptions) -> None:
    with pytest.raises(BadInput, match="cannot be loaded"):
        open_backend("gone", options)
