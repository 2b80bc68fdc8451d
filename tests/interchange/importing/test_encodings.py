"""Text that is not UTF-8: refused with its place, but where the format is often Latin-1."""

import pytest

import nnc
from nnc.interchange.imports import read_bytes_as


@pytest.mark.parametrize("form", ["blif", "aiger"])
def test_other_text_than_utf_8_is_refused(form: str) -> None:
    data = {"blif": b".model m\n.inputs a\xe9\n.outputs a\xe9\n.end\n",
            "aiger": b"aag 1 1 0 1 0\n2\n2\ni0 a\xe9\n"}[form]  # fmt: skip
    with pytest.raises(nnc.InvalidNetworkError, match=r"byte 0xe9 at line .* is not UTF-8"):
        read_bytes_as(data, "file", form)  # type: ignore[arg-type]
