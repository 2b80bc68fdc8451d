"""What is imported when it is first used."""

from importlib import import_module
from pathlib import Path

import pytest

import nnc
from nnc.lazy import names_of, np
from tests.support.running import said_by


def test_numpy_is_imported_when_something_of_it_is_used() -> None:
    code = (
        "import sys; from nnc.lazy import np\n"
        "assert 'numpy' not in sys.modules\n"
        "print(np.arange(3).sum(), 'numpy' in sys.modules)"
    )
    assert said_by(code) == "3 True\n"


def test_what_was_used_is_kept() -> None:
    import numpy

    assert np.ndarray is numpy.ndarray
    assert vars(np)["ndarray"] is numpy.ndarray
    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        _ = np.nothing_of_the_kind  # type: ignore[attr-defined]


def test_names_lie_in_modules() -> None:
    from nnc.run import engines
    from nnc.run.engines import packed

    assert engines.count_ones is packed.count_ones
    assert vars(engines)["count_ones"] is packed.count_ones
    with pytest.raises(AttributeError, match=r"'nnc.run.engines' has no attribute 'others'"):
        _ = engines.others  # type: ignore[attr-defined]


def test_a_name_that_is_missing_in_its_module_is_an_error() -> None:
    with pytest.raises(AttributeError, match="nowhere"):
        names_of("nnc.run.engines", {"nowhere": "single"})("nowhere")


def test_every_name_that_is_listed_is_there() -> None:
    home = Path(nnc.__file__).parent
    files = [one for one in home.rglob("__init__.py") if "= names_of(" in one.read_text()]
    packages = [".".join(one.parent.relative_to(home.parent).parts) for one in files]
    assert packages == ["nnc.run.engines"]
    for package in map(import_module, packages):
        for name in package.__all__:
            assert getattr(package, name) is not None, (package, name)
