"""Small files that stand for much, and the commands that take each: for tests/test_bombs.py."""

import gzip
import io
import json
import struct
import zipfile
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

Content = str | bytes
Command = tuple[str, ...]
GATE = "nnc: 1\ninputs: [x]\nneurons: {o: {weights: {x: 1}, threshold: 0}}\noutputs: [o]\n"
NUMBER = (
    "nnc: 1\ninputs: {x: real}\nneurons: {o: {weights: {x: 1}, threshold: 0, fires: above}}\n"
    "outputs: [o]\n"
)
EXPORTS = ("sql", "python", "js", "c", "verilog", "blif", "opb", "aag", "onnx")


class Bomb(NamedTuple):
    """Files by their names, and the commands that read them."""

    files: Mapping[str, Content]
    commands: tuple[Command, ...]


def _of_network() -> tuple[Command, ...]:
    """Give every command that takes a network."""
    return (
        ("validate", "net.nn.yaml"),
        ("fmt", "--check", "net.nn.yaml"),
        ("eval", "net.nn.yaml", "--rest", "1"),
        ("eval", "net.nn.yaml", "--all"),
        ("eval", "net.nn.yaml", "--rest", "1", "--trace", "--depth", "all"),
        ("test", "net.nn.yaml", "--coverage"),
        ("view", "net.nn.yaml", "-o", "page.html"),
        ("draw", "net.nn.yaml", "-o", "picture.svg"),
        ("draw", "net.nn.yaml", "--to", "dot"),
        ("prove", "net.nn.yaml"),
        ("why", "net.nn.yaml", "--set", "a=1"),
        ("cuts", "net.nn.yaml", "o", "--order", "2"),
        ("solve", "net.nn.yaml"),
        ("repair", "net.nn.yaml"),
        ("compile", "net.nn.yaml"),
        ("compile", "net.nn.yaml", "-o", "net.nnc"),
        ("compile", "net.nn.yaml", "--to", "json"),
        ("diff", "gate.nn.yaml", "net.nn.yaml"),
        ("diff", "net.nn.yaml", "other.nn.yaml"),
        ("digest", "net.nn.yaml"),
        ("digest", "--behaviour", "net.nn.yaml"),
        ("git", "merge-driver", "gate.nn.yaml", "net.nn.yaml", "other.nn.yaml", "7", "net.nn.yaml"),
        *(("export", "net.nn.yaml", "--to", name, "-o", f"file.{name}") for name in EXPORTS),
    )


def _network(text: str, **more: Content) -> Bomb:
    """Give a network, another with other thresholds, and the files it uses."""
    other = text.replace("threshold: 3", "threshold: 4").replace("thresholds: 1", "thresholds: 2")
    files = {"net.nn.yaml": f"nnc: 1\n{text}", "other.nn.yaml": f"nnc: 1\n{other}"}
    return Bomb({**files, "gate.nn.yaml": GATE, **more}, _of_network())


def _rows(name: str, content: Content, network: str = NUMBER) -> Bomb:
    return Bomb(
        {"net.nn.yaml": network, name: content},
        (
            ("eval", "net.nn.yaml", name),
            ("eval", "net.nn.yaml", name, "--count"),
            ("view", "net.nn.yaml", name, "-o", "page.html"),
            ("draw", "net.nn.yaml", name, "-o", "picture.svg"),
            ("why", "net.nn.yaml", name),
            ("diff", "net.nn.yaml", "net.nn.yaml", "--rows", name),
            ("repair", "net.nn.yaml", name, "--label", "o"),
            ("fit", name, "--label", "o", "--budget", "2"),
        ),
    )


def _import(name: str, content: Content, *words: str) -> Bomb:
    return Bomb(
        {name: content},
        (("import", name, *words), ("import", name, "-o", "made.nn.yaml", *words)),
    )


def _compiled(content: bytes) -> Bomb:
    commands = ("validate", "test", "digest", "compile", "view", "prove")
    return Bomb(
        {"net.nnc": content, "gate.nn.yaml": GATE},
        (*((name, "net.nnc") for name in commands), ("eval", "net.nnc", "--rest", "1"),
         ("diff", "gate.nn.yaml", "net.nnc")),
    )  # fmt: skip


def _safetensors(header: bytes, length: int | None = None) -> bytes:
    return struct.pack("<Q", len(header) if length is None else length) + header


def _npy(shape: str, kind: str = "<f8") -> bytes:
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()


def _zip(name: str, size: int, method: int) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as archive:
        archive.writestr(name, bytes(size))
    return data.getvalue()


def _entities(root: str) -> str:
    lines = [f'<!ENTITY e{k} "{f"&e{k - 1};" * 10}">' for k in range(1, 12)]
    return f'<!DOCTYPE {root} [<!ENTITY e0 "lol">{"".join(lines)}]><{root}>&e11;</{root}>'


def _psa(body: str) -> str:
    return f"<opsa-mef><define-fault-tree name='t'>{body}</define-fault-tree></opsa-mef>"


def _parquet() -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    data = io.BytesIO()
    zeros = pa.DictionaryArray.from_arrays(pa.array(np.zeros(4_000_000, "i1")), pa.array([1.5]))
    parquet.write_table(pa.table({"x": zeros}), data, compression="zstd")
    return data.getvalue()


def _gate_with(layer: str, **files: Content) -> Bomb:
    return _network(
        f"inputs: {{a: bit(8)}}\nlayers: {{h: {{wiring: a, {layer}, thresholds: 1}}}}\n"
        "outputs: {o: h(0)}\n",
        **files,
    )


LONG = "n" * 199
WIDE = "inputs: {a: bit(%d)}\nneurons: {o: {weights: {a: 1}, threshold: 3}}\noutputs: [o]\n"
CLAIMS = "properties:\n  - {symmetric: o, in: a}\n  - {increasing: o, in: a}\n"
CHAIN = (
    "inputs: {a: bit(2)}\nparts: {p: {use: gate.nn.yaml, repeat: %d, wiring: {x: p(i-1).o}, "
    "first: {x: a(0)}}}\noutputs: {o: p(%d).o}\n"
)
LAYER = (
    "inputs: {a: bit(%d)}\nlayers: {h: {wiring: a, size: %d, thresholds: 1}}\noutputs: {o: %s}\n"
)
NUMBERS = "inputs: {x: integer}\nneurons: {o: {weights: {x: %s}, threshold: 3}}\noutputs: [o]\n"

MADE: Mapping[str, Callable[[], Bomb]] = {
    # what took over 10 s or 2 GB
    "layer-90000": lambda: _network(LAYER % (90_000, 90_000, "h")),
    "input-10000000": lambda: _network(WIDE % 10_000_000),
    "repeat-1000000": lambda: _network(CHAIN % (1_000_000, 999_999)),
    "claims-1000000": lambda: _network(WIDE % 1_000_000 + CLAIMS + "  - {at_most_one: a}\n"),
    # as large as small files may be
    "input-largest": lambda: _network(WIDE % 16_384),
    "claims-largest": lambda: _network(WIDE % 16_384 + CLAIMS + "  - {at_most_one: a}\n"),
    "reals-largest": lambda: _network(WIDE.replace("bit", "real") % 16_384),
    "outputs-largest": lambda: _network("inputs: {a: bit(16384)}\noutputs: {o: a}\n"),
    "chain-largest": lambda: _network(CHAIN % (32_000, 31_999)),
    "layer-largest": lambda: _network(LAYER % (1_000, 1_000, "h")),
    "layer-tall": lambda: _network(LAYER % (8, 125_000, "h(0)")),
    "layer-of-largest": lambda: _network(LAYER % (64, 16_000, "{largest: h}")),
    "layer-sum": lambda: _network(LAYER % (64, 16_000, "{sum: h}")),
    "neurons-wide": lambda: _network(
        "inputs: {a: bit(16384)}\nneurons:\n"
        + "".join(f"  n{i}: {{weights: {{a: {i + 1}}}, threshold: 3}}\n" for i in range(60))
        + "outputs: {o: n0, p: n59}\n"
    ),
    # text of networks
    "nested-lists": lambda: _network("inputs: " + "[" * 100_000),
    "nested-mappings": lambda: _network("inputs: " + "{a: " * 100_000),
    "nested-blocks": lambda: _network(
        "inputs:\n" + "".join(f"{' ' * k}a:\n" for k in range(1, 2_000))
    ),
    "anchors": lambda: _network(
        "a0: &a0 [x, x]\n" + "".join(f"a{k}: &a{k} [*a{k - 1}, *a{k - 1}]\n" for k in range(1, 40))
    ),
    "long-exponent": lambda: _network(NUMBERS % "1e999999999"),
    "long-fraction": lambda: _network(NUMBERS % ("1/" + "3" * 100_000)),
    "long-integer": lambda: _network(NUMBERS % ("7" * 200_000)),
    "long-threshold": lambda: _network((NUMBERS % "1").replace(": 3", ": 1e-999999999")),
    "long-steps": lambda: _network(NUMBERS % ("{" + "9" * 4_000 + ": 1}")),
    "long-names": lambda: _network(
        f"inputs: [{', '.join(f'{LONG[:190]}{k}' for k in range(5_000))}]\n"
        f"outputs: [{', '.join(f'{LONG[:190]}{k}' for k in range(5_000))}]\n"
    ),
    "name-too-long": lambda: _network(f"inputs: [{'n' * 1_000_000}]\noutputs: [o]\n"),
    "wide-range": lambda: _network(
        "inputs: {a: {type: integer, min: 0, max: 1e300}}\n"
        "neurons: {o: {weights: {a: 1}, threshold: 3}}\noutputs: [o]\n"
    ),
    "many-labels": lambda: _network(
        "inputs: [a]\nlayers: {h: {wiring: a, size: 16000, thresholds: 1}}\n"
        f"outputs: {{o: {{largest: h, labels: [{', '.join(f'l{k}' for k in range(16_000))}]}}}}\n"
    ),
    "many-cases": lambda: _network(
        WIDE % 16_000 + "cases:\n" + "  - {given: {a: 1}, expect: {o: 0}}\n" * 300
    ),
    "large-case": lambda: _network(
        "inputs: {a: bit(16)}\nneurons: {o: {weights: {a: 1}, threshold: 3}}\noutputs: [o]\n"
        f"cases:\n  - {{given: {{a: {'9' * 10_000}}}, expect: {{o: 0}}}}\n"
    ),
    "open-sizes": lambda: _network(
        "inputs: {a: bit(8)}\nlayers: {h: {wiring: a, size: 1..10000000, weights: '?', "
        "thresholds: '?'}}\noutputs: {o: h(0)}\ncases:\n  - {given: {a: 1}, expect: {o: 1}}\n"
    ),
    "open-range": lambda: _network(
        "inputs: [a, b]\nneurons: {o: {weights: {a: -1e300..1e300, b: '?'}, threshold: '?'}}\n"
        "outputs: [o]\ncases:\n  - {given: {a: 1, b: 0}, expect: {o: 1}}\n"
    ),
    "truth-table-30": lambda: _network(WIDE % 30),
    # weight files
    "safetensors-length": lambda: _gate_with(
        "weights: {file: w.safetensors, tensor: w}",
        **{"w.safetensors": _safetensors(b"{}", 1 << 60)},
    ),
    "safetensors-shape": lambda: _gate_with(
        "weights: {file: w.safetensors, tensor: w}",
        **{
            "w.safetensors": _safetensors(
                json.dumps(
                    {"w": {"dtype": "I8", "shape": [10**9, 8], "data_offsets": [0, 8 * 10**9]}}
                ).encode()
            )
        },
    ),
    "safetensors-nested": lambda: _gate_with(
        "weights: {file: w.safetensors, tensor: w}",
        **{"w.safetensors": _safetensors(b'{"w":' + b"[" * 500_000)},
    ),
    "weights-npy": lambda: _gate_with(
        "weights: {file: w.npy}", **{"w.npy": _npy("(1000000000000, 8)")}
    ),
    "weights-zero-width": lambda: _gate_with(
        "weights: {file: w.npy}", **{"w.npy": _npy("(10000000, 0)")}
    ),
    # rows
    "csv-exponent": lambda: _rows("r.csv", "x,o\n1e999999999,1\n1e-999999999,0\n"),
    "csv-long-number": lambda: _rows("r.csv", f"x,o\n{'7' * 1_000_000},1\n"),
    "csv-long-cell": lambda: _rows("r.csv", 'x,o\n"' + "a" * 5_000_000),
    "csv-many-columns": lambda: _rows("r.csv", ",".join(f"c{k}" for k in range(100_000)) + "\n1\n"),
    "json-nested": lambda: _rows("r.json", "[" * 500_000),
    "json-nested-object": lambda: _rows("r.jsonl", '{"x":' * 200_000),
    "json-exponent": lambda: _rows("r.json", '[{"x": 1e999999999, "o": 1}]'),
    "json-long-number": lambda: _rows("r.json", f'[{{"x": {"7" * 1_000_000}, "o": 1}}]'),
    "npy-shape": lambda: _rows("r.npy", _npy("(1000000000000, 1)")),
    "npy-no-width": lambda: _rows("r.npy", _npy("(1000000000, 0)")),
    "npy-nested": lambda: _rows("r.npy", _npy("(" * 5_000)),
    "parquet-dictionary": lambda: _rows("r.parquet", _parquet()),
    "gzip-line": lambda: _rows("r.csv.gz", gzip.compress(b"x,o\n" + bytes(200_000_000))),
    "gzip-rows": lambda: _rows("r.csv.gz", gzip.compress(b"x,o\n" + b"1,1\n" * 50_000_000)),
    "gzip-json": lambda: _rows("r.json.gz", gzip.compress(b"[" * 200_000_000)),
    # files of other tools
    "xml-entities-pmml": lambda: _import("m.pmml", _entities("PMML")),
    "xml-entities-opsa": lambda: _import("m.opsa", _entities("opsa-mef")),
    "xml-nested": lambda: _import("m.pmml", "<PMML>" + "<a>" * 300_000),
    "xml-attribute": lambda: _import("m.opsa", f"<opsa-mef a='{'x' * 5_000_000}'/>"),
    "opsa-at-least": lambda: _import(
        "m.opsa",
        _psa(
            "<define-gate name='g'><atleast min='500'>"
            + "".join(f"<basic-event name='e{k}'/>" for k in range(1_000))
            + "</atleast></define-gate>"
        ),
    ),
    "opsa-nested": lambda: _import(
        "m.opsa",
        _psa(
            f"<define-gate name='g'>{'<not>' * 50_000}<basic-event name='e'/>{'</not>' * 50_000}"
            "</define-gate>"
        ),
    ),
    "blif-cubes": lambda: _import(
        "m.blif",
        ".model m\n.inputs "
        + " ".join(f"a{k}" for k in range(16))
        + "\n.outputs y\n.names "
        + " ".join(f"a{k}" for k in range(16))
        + " y\n"
        + "".join(f"{k * 7:016b} 1\n" for k in range(5_000))
        + ".end\n",
    ),
    "aiger-header": lambda: _import("m.aag", "aag 1000000000 500000000 0 1 500000000\n2\n"),
    "aiger-binary": lambda: _import("m.aig", b"aig 2000000000 2000000000 0 1 0\n2\n"),
    "aiger-ands": lambda: _import("m.aig", b"aig 999999999 1 0 1 999999998\n2\n\x80\x80\x80"),
    "xgboost-nested": lambda: _import("m.json", '{"learner": ' + "[" * 500_000),
    "lightgbm-leaves": lambda: _import(
        "m.txt", "tree\nversion=v4\nnum_class=1\nTree=0\nnum_leaves=999999999\n"
    ),
    "points-long": lambda: _import("m.csv", "variable,bin,points\na,[1e999999999,inf),1\n"),
    "spamassassin-long": lambda: _import("m.cf", f"score A {'9' * 300_000}\n"),
    "onnx-tail": lambda: _import("m.onnx", b"\x08\x09\x12\x03nnc\x3a\xff\xff\xff\xff\x0f"),
    # compiled networks
    "compiled-length": lambda: _compiled(_safetensors(b"{}", 1 << 60)),
    "compiled-empty": lambda: _compiled(_safetensors(b'{"__metadata__":{"nnc":"1"}}')),
    "compiled-nested": lambda: _compiled(_safetensors(b'{"__metadata__":' + b"{" * 500_000)),
    # archives
    "zip-rows": lambda: _rows("r.csv.zip", _zip("r.csv", 200_000_000, zipfile.ZIP_DEFLATED)),
    "npz-rows": lambda: _rows("r.npz", _zip("x.npy", 200_000_000, zipfile.ZIP_BZIP2)),
    "npz-weights": lambda: _gate_with(
        "weights: {file: w.npz}", **{"w.npz": _zip("w.npy", 200_000_000, zipfile.ZIP_DEFLATED)}
    ),
}
"""What makes each: the larger are not made before they are needed."""
