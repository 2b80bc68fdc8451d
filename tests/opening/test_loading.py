"""What a command evaluates: a network file, or a compiled one."""

from pathlib import Path

from nnc.files.opening import is_compiled


def test_what_is_a_compiled_network(tmp_path: Path) -> None:
    for name, data, told in (
        ("a", b"\x10\0\0\0\0\0\0\0{", True), ("b", b"nnc: 1\n", False), ("c", b"", False),
        ("d", b"\x10\0\0\0\0\0\0\0x", False), ("e", b"\x10\0\0\0\1\0\0\0{", False),
    ):  # fmt: skip
        (tmp_path / name).write_bytes(data)
        assert is_compiled(str(tmp_path / name)) == told
    assert not is_compiled(str(tmp_path / "gone"))
    assert not is_compiled(str(tmp_path))
    assert not is_compiled("-")
