"""uv.lock holds every dependency with its version and hashes, as pyproject.toml asks for them. Nothing is looked up."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PACKAGES: list[dict[str, Any]] = tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))["package"]
HOW = "write it again with: uv lock"


def _wanted() -> list[Requirement]:
    extras = PROJECT["optional-dependencies"].values()
    return [Requirement(text) for texts in (PROJECT["dependencies"], *extras) for text in texts]


def test_every_dependency_is_locked_in_a_version_that_is_asked_for() -> None:
    versions: dict[str, set[str]] = {}
    for package in PACKAGES:
        versions.setdefault(package["name"], set()).add(package.get("version", ""))
    for wanted in _wanted():
        locked = versions.get(canonicalize_name(wanted.name), set())
        assert any(wanted.specifier.contains(version) for version in locked), (str(wanted), locked, HOW)


def test_the_lock_is_of_this_project_as_it_is() -> None:
    (own,) = (package for package in PACKAGES if package["name"] == canonicalize_name(PROJECT["name"]))
    entries = own["metadata"]["requires-dist"]
    locked = {(entry["name"], SpecifierSet(entry.get("specifier", ""))) for entry in entries}
    assert locked == {(canonicalize_name(item.name), item.specifier) for item in _wanted()}, HOW


def test_whatever_is_installed_is_known_by_its_hash_and_so_is_what_it_needs() -> None:
    names = {package["name"] for package in PACKAGES}
    for package in PACKAGES:
        assert {entry["name"] for entry in package.get("dependencies", ())} <= names, package["name"]
        if package["name"] == canonicalize_name(PROJECT["name"]):
            continue
        files = [*package.get("wheels", ()), *([package["sdist"]] if "sdist" in package else [])]
        assert files, package["name"]
        assert all(len(file["hash"]) == len("sha256:") + 64 for file in files), package["name"]
