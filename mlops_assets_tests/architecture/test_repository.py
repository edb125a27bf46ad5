"""What is kept in git, and what gets installed: nothing big, nothing pickled, nothing of one machine, every hash."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LARGEST = 2_000_000
PICKLED = (".pkl", ".pickle", ".joblib", ".dill", ".pt", ".pth")
HOMES = re.compile(r"(?<![\w/.:])/(?:home|Users|root|work|tmp)/\w")
INDEXES = re.compile(
    r"(?:index-url|find-links|trusted-host)[ =]+[^-\s]|\b(?:pypi\.|pythonhosted\.|anaconda\.org|download\.pytorch\.|"
    r"artifactory|jfrog|registry\.npmjs|ghcr\.io|quay\.io)",
    re.IGNORECASE,
)
ENTRY = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>\S+)(?: ; (?P<marker>.*?))? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")
LEFT_OUT = ("torch", "nvidia", "triton", "ctgan", "deepecho", "cuda")


@pytest.fixture(scope="module")
def tracked(repository: Path) -> list[Path]:
    """The files that git keeps."""
    command = ["git", "-c", f"safe.directory={repository}", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=repository, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("this is no git checkout")
    return [path for name in listed.stdout.decode().split("\0") if name and (path := repository / name).is_file()]


@pytest.fixture(scope="module")
def texts(tracked: list[Path], repository: Path) -> dict[str, str]:
    """The lines of every tracked file that is text, by path; this module, which names what it looks for, left out."""
    found = {}
    for path in tracked:
        content = path.read_bytes()
        if b"\0" not in content and path != Path(__file__).resolve():
            found[path.relative_to(repository).as_posix()] = content.decode("utf-8", errors="replace")
    return found


@pytest.fixture(scope="module")
def lock(repository: Path) -> str:
    """The text of the lock."""
    return (repository / "requirements.lock").read_text(encoding="utf-8")


def locked_versions(lock: str) -> dict[str, set[str]]:
    """Return the versions of each package in the lock."""
    found: dict[str, set[str]] = {}
    for line in lock.splitlines():
        if match := ENTRY.match(line):
            found.setdefault(canonicalize_name(match["name"]), set()).add(match["version"])
    return found


def declared_requirements(repository: Path) -> list[Requirement]:
    """Return the direct dependencies: the package's own and those for development; the `gan` extra is by hand."""
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [Requirement(text) for text in (*project["dependencies"], *project["optional-dependencies"]["dev"])]


def lines_with(pattern: re.Pattern[str], texts: dict[str, str]) -> list[str]:
    """Return `file:line` of every match."""
    return [
        f"{name}:{number}"
        for name, text in texts.items()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_file_in_git_is_big(tracked) -> None:
    assert [path.name for path in tracked if path.stat().st_size > LARGEST] == []


def test_no_pickle_is_in_git(tracked) -> None:
    """Neither by its name nor by how it begins (protocol 2 and later)."""
    named = [path.name for path in tracked if path.suffix.lower() in PICKLED]
    begun = [path.name for path in tracked if path.read_bytes()[:2] in {bytes([0x80, n]) for n in range(2, 6)}]

    assert named + begun == []


def test_nothing_that_a_run_makes_is_in_git(tracked, repository) -> None:
    made = ("data/generated/", "data/incoming/", "mlruns/", ".venv/", "mlflow.db")

    assert [p.name for p in tracked if p.relative_to(repository).as_posix().startswith(made)] == []


def test_no_file_names_a_folder_of_one_machine(texts, repository) -> None:
    places = [re.escape(str(path)) for path in (repository, Path.home()) if len(path.parts) > 2]
    here = re.compile(rf"(?<!\w)(?:{'|'.join(places)})\b")

    assert lines_with(HOMES, texts) + lines_with(here, texts) == []


def test_no_file_names_the_host_of_a_package_index(texts) -> None:
    """Whoever installs says where from; the lock works with a mirror as it does with the public index."""
    assert lines_with(INDEXES, texts) == []


def test_every_line_of_the_lock_is_a_version_or_a_hash(lock) -> None:
    """So there is no address, no option and no unpinned name among them."""
    strange = [line for line in lock.splitlines() if not (ENTRY.match(line) or HASH.match(line))]

    assert strange == []
    assert "://" not in lock


def test_every_entry_of_the_lock_has_a_hash(lock) -> None:
    lines = lock.splitlines()
    following = zip(lines, [*lines[1:], ""], strict=True)
    bare = [line for line, after in following if ENTRY.match(line) and not HASH.match(after)]

    assert bare == []


def test_the_lock_installs_no_torch(lock) -> None:
    """SDV declares it, the Gaussian copula does not import it, and it brings gigabytes of CUDA."""
    entries = [match for line in lock.splitlines() if (match := ENTRY.match(line))]
    heavy = [m["name"] for m in entries if m["name"].startswith(LEFT_OUT) and "'never'" not in (m["marker"] or "")]

    assert heavy == []


def test_the_lock_has_every_direct_dependency_in_a_version_that_is_declared(lock, repository) -> None:
    locked = locked_versions(lock)
    wrong = {
        str(requirement): sorted(locked.get(canonicalize_name(requirement.name), ()))
        for requirement in declared_requirements(repository)
        if not (versions := locked.get(canonicalize_name(requirement.name)))
        or not all(requirement.specifier.contains(version) for version in versions)
    }

    assert wrong == {}


@pytest.mark.parametrize(
    ("pattern", "line", "is_found"),
    [
        (HOMES, "path: /home/anna/data.csv", True),
        (HOMES, "cd /tmp/project", True),
        (HOMES, "https://host/home/anna", False),
        (HOMES, "data/tmp/x", False),
        (INDEXES, "pip install --extra-index-url " + "mirror", True),
        (INDEXES, "--trusted-host mirror", True),
        (INDEXES, ".".join(("pypi", "example")), True),
        (INDEXES, "uv pip compile --no-emit-index-url --quiet", False),
        (ENTRY, "numpy==2.4.1 \\", True),
        (ENTRY, "numpy @ https://mirror.example/numpy.whl \\", False),
        (ENTRY, "numpy>=2 \\", False),
    ],
)
def test_the_patterns_above_find_what_they_look_for_and_nothing_else(
    pattern: re.Pattern[str], line: str, is_found: bool
) -> None:
    """A rule that cannot fail is no rule."""
    assert bool(pattern.search(line)) is is_found
