"""Print the test files to run for what the work tree and the last commit have changed.

`./check --quick` runs them. A module has its tests at the mirrored path or in the nearest folder
above it; a file of data has them in the tests that read it, by the table below.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

TESTS = Path(__file__).parent
ROOT = TESTS.parent

ALWAYS = ("test_architecture.py",)
"""What any change can break."""

READERS = {
    "benchmarks": "test_benchmarks.py",
    "configs": "test_configs.py",
    "docs": "test_docs.py",
    "README.md": "test_readme.py",
    "framework/nnc/diagnostics/explanations": "diagnostics/test_explanation.py",
    "schemas": "cli/test_json_schema.py",
    "tests/golden": "compiler/plan",
    "tests/invalid": "test_invalid.py",
    "tests/releases": "test_releases.py",
    "tests/schema_corpus": "cli/test_json_schema.py",
}
"""Which tests read a file or a folder of data."""


def changed_files() -> set[str]:
    """Give the paths that differ from the commit before the last, and the new ones."""

    def git(*arguments: str) -> list[str]:
        command = ["git", "-C", ROOT, "-c", "core.quotePath=off", *arguments]
        ran = subprocess.run(command, capture_output=True, text=True, check=True)
        return ran.stdout.splitlines()

    return {*git("diff", "--name-only", "HEAD~1"), *git("ls-files", "-o", "--exclude-standard")}


def mirrored(module: PurePosixPath) -> Iterator[str]:
    """Give the places of a module's tests, the nearest first."""
    names = [name for name in (*module.parent.parts, module.stem) if name != "__init__"]
    for depth in range(len(names), 0, -1):
        *folders, name = names[:depth]
        yield "/".join((*folders, f"test_{name}.py"))
        yield "/".join((*folders, name))


def near(path: str) -> Iterator[str]:
    """Give the tests of a changed file, as paths below `tests`."""
    if path.startswith("tests/") and PurePosixPath(path).match("test_*.py"):
        yield path.removeprefix("tests/")
    elif path.startswith("framework/nnc/") and path.endswith((".py", ".c", ".h")):
        candidates = mirrored(PurePosixPath(path.removeprefix("framework/nnc/")))
        yield from [place for place in candidates if (TESTS / place).exists()][:1]
    else:
        yield from (tests for data, tests in READERS.items() if f"{path}/".startswith(f"{data}/"))


if __name__ == "__main__":
    chosen = {*ALWAYS, *(test for path in changed_files() for test in near(path))}
    print(*sorted(f"tests/{test}" for test in chosen if (TESTS / test).exists()))
