"""The digests: as the page defines them, the same for what counts as the same, golden."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import numpy as np
import pytest

import nnc
from tests.support import digest_by_the_page as page
from tests.support import oracle
from tests.support.networks import configs
from tests.support.strategies import EVERY, example

ROOT = Path(__file__).parents[3]
CONFIGS = configs()


def structure(text: str) -> str:
    return nnc.digest(nnc.loads(text))


def behaviour(text: str) -> str:
    return nnc.digest(nnc.loads(text), "behaviour")


# -------------------------------------------------------------------------- by the page


@pytest.mark.parametrize("file", CONFIGS, ids=lambda one: one.stem)
def test_the_networks_to_use_by_the_page(file: Path) -> None:
    network, declared = nnc.load(file, root=ROOT), oracle.load(file)
    network = network.model_copy(update={"assume": (), "properties": ()})
    assert nnc.digest(network) == f"sha256:{page.structure(declared, file.parent)}"
    try:
        digest = nnc.digest(network, "behaviour")
    except nnc.InvalidRowsError:
        return
    if len(page.Page(declared, file.parent).rows) <= 4096:
        assert digest == f"sha256:{page.behaviour(declared, file.parent)}"


def test_random_networks_by_the_page(chunk: int, tmp_path: Path) -> None:
    rng = Random(f"digests {chunk}")
    tried = 0
    for number in range(40):
        one = example(rng, rows=1, features=EVERY)
        file = one.put(tmp_path / str(number))
        network, declared = nnc.load(file), oracle.load(file)
        folder = file.parent
        assert nnc.digest(network) == f"sha256:{page.structure(declared, folder)}", one.text
        plain = all(kind.type == "bit" or kind.of for kind in one.kinds.values())
        if plain and len(page.Page(declared, folder).rows) <= 256:
            tried += 1
            digest = nnc.digest(network, "behaviour")
            assert digest == f"sha256:{page.behaviour(declared, folder)}", one.text
    assert tried


# ------------------------------------------------------------------- what does not count

PLAIN = """\
nnc: 1
fires: at_least
inputs: {a: bit, b: bit, age: {type: integer, min: 0, default: 7}}
neurons:
  both: {weights: {a: 1, b: 1}, threshold: 2}
  one: {weights: {a: 0.5, b: -1/3, age: {65: 1, 75: 2}}, thresholds: {low: 0.5, high: 1}}
  top: {weights: {both: 2, one.high: 1}, threshold: 1, fires: above}
outputs: {top: top, points: {sum: one}}
"""
SAME = {
    "order": ("""\
nnc: 1
outputs: {points: {sum: one}, top: top}
inputs: {age: {default: 7, min: 0, type: integer}, b: bit, a: bit}
neurons:
  top: {weights: {one.high: 1, both: 2}, threshold: 1, fires: above}
  one: {weights: {age: {65: 1, 75: 2}, b: -1/3, a: 0.5}, thresholds: {low: 0.5, high: 1}}
  both: {weights: {b: 1, a: 1}, threshold: 2}
fires: at_least
"""),
    "names": PLAIN.replace("both", "beide").replace("one", "eins").replace("high", "hoch")
    .replace("low", "tief"),
    "spelling": PLAIN.replace("0.5,", "5e-1,").replace("-1/3", "-2/6").replace("65:", "65.0:"),
    "text": "# a comment\n" + PLAIN.replace("nnc: 1", "nnc: 1\nname: other\ndescription: yes")
    + "cases:\n  - {given: {a: 1, b: 1, age: 9}, expect: {top: 1}}\nmeta: {by: me}\n",
    "by place": PLAIN.replace("weights: {a: 1, b: 1}, threshold: 2", "wiring: [b, a], fires: all"),
}  # fmt: skip


@pytest.mark.parametrize("what", SAME)
def test_what_does_not_count(what: str) -> None:
    assert SAME[what] != PLAIN
    assert structure(SAME[what]) == structure(PLAIN)


OTHER = {
    "a weight": ("b: 1}, threshold", "b: 1.5}, threshold"),
    "a tiny weight": ("-1/3", "-0.3333333333333333333333333333"),
    "a threshold": ("threshold: 2", "threshold: 1.5"),
    "a threshold more": ("low: 0.5", "low: 0.5, mid: 0.75"),
    "a firing rule": ("fires: above", "fires: at_least"),
    "a wire": ("one.high: 1", "one.low: 1"),
    "a wire of weight 0": ("one.high: 1", "one.high: 1, a: 0"),
    "a cut-off": ("75: 2", "76: 2"),
    "the points of a step": ("75: 2", "75: 2.5"),
    "a factor on all numbers": ("{a: 1, b: 1}, threshold: 2", "{a: 2, b: 2}, threshold: 4"),
    "a dead neuron": ("  top:", "  dead: {weights: {a: 1}, threshold: 0}\n  top:"),
    "a neuron twice": ("  top:", "  again: {weights: {a: 1, b: 1}, threshold: 2}\n  top:"),
    "the name of an input": ("age", "years"),
    "the type of an input": ("type: integer", "type: real"),
    "a bound": ("min: 0", "min: 1"),
    "a bound more": ("min: 0", "min: 0, max: 9"),
    "a default": ("default: 7", "default: 8"),
    "no default": (", default: 7", ""),
    "an alias": ("top: top", "up: top"),
    "an output less": (", points: {sum: one}", ""),
    "the kind of an output": ("{sum: one}", "{level: one}"),
    "a label": ("{sum: one}", "{level: one, labels: [x, y, z]}"),
    "a bus": ("top: top", "top: [top]"),
    "states": ("  both: {", "  both: {states: [0, 2], "),
    "the states of an input": ("a: bit", "a: {type: bit, states: [-1, 1]}"),
    "a bus of one": ("b: bit", "b: bit(1)"),
}


def test_what_counts() -> None:
    digests = {"": structure(PLAIN)}
    for what, (found, instead) in OTHER.items():
        assert PLAIN.count(found), what
        digests[what] = structure(PLAIN.replace(found, instead))
    assert len(set(digests.values())) == len(digests)


# ----------------------------------------------------------- layers, parts, ports, states


def test_a_layer_and_its_neurons_written_out() -> None:
    rng = np.random.default_rng(1)
    weights = rng.integers(-4, 5, (6, 5)) / 2
    thresholds = rng.integers(-4, 5, 6) / 4
    layer = nnc.Layer(wiring="a", weights=weights, thresholds=thresholds, states=(-1, 1))
    above = nnc.Layer(wiring="one", weights=weights.T[:, :6] * 3, thresholds=0.5)
    whole = nnc.Network(
        inputs={"a": "bit(5)"}, fires="above", layers={"one": layer, "two": above},
        outputs={"best": {"largest": "two"}, "some": ["one(1)", "two(0)"]},
    )  # fmt: skip
    one = {
        f"n{i}": nnc.Neuron(wiring="a", weights=row, threshold=limit, states=(-1, 1))
        for i, (row, limit) in enumerate(zip(weights.tolist(), thresholds.tolist(), strict=True))
    }
    wires = [f"n{i}" for i in range(6)]
    two = {
        f"m{i}": nnc.Neuron(wiring=wires, weights=row, threshold=0.5)
        for i, row in enumerate((weights.T * 3).tolist())
    }
    each = nnc.Network(
        inputs={"a": "bit(5)"}, fires="above", neurons={**two, **one},
        outputs={"best": {"largest": list(two)}, "some": ["n1", "m0"]},
    )  # fmt: skip
    assert nnc.digest(whole) == nnc.digest(each)
    assert nnc.digest(whole, "behaviour") == nnc.digest(each, "behaviour")


@pytest.mark.parametrize("weights", ["2", "[[2, 2, 2], [2, 2, 2]]", "[[2.0, 4/2, 2], [2, 2e0, 2]]"])
def test_one_weight_for_all(weights: str) -> None:
    text = f"nnc: 1\ninputs: {{a: bit(3)}}\nlayers: {{l: {{wiring: a, weights: {weights}, "
    text += "thresholds: [1, 2.5]}}\noutputs: [l]\n"
    written_out = (
        "nnc: 1\ninputs: {a: bit(3)}\nneurons:\n  x: {weights: {a: 2}, threshold: 1}\n"
        "  y: {weights: {a: 2}, threshold: 2.5}\noutputs: {l: [x, y]}\n"
    )
    assert structure(text) == structure(written_out)


def test_sources_that_are_alike_come_in_the_order_of_weights() -> None:
    def with_weights(first: list[float], second: list[float]) -> str:
        hidden = nnc.Layer(wiring="a", thresholds=[1, 1, 2], size=3)
        top = nnc.Layer(wiring="h", weights=np.array([first, second]), thresholds=0)
        network = nnc.Network(
            inputs={"a": "bit(2)"}, layers={"h": hidden, "top": top}, outputs=["top"]
        )
        return nnc.digest(network)

    assert with_weights([1, 2, 3], [5, 4, 6]) == with_weights([2, 1, 3], [4, 5, 6])
    assert with_weights([1, 2, 3], [5, 4, 6]) != with_weights([1, 3, 2], [5, 4, 6])


def test_a_part_and_its_neurons_written_out(tmp_path: Path) -> None:
    inner = "nnc: 1\ninputs: [x, y]\nneurons: {n: {weights: {x: 1, y: 2}, threshold: 1}}\n"
    (tmp_path / "inner.nn.yaml").write_text(inner + "outputs: [n]\n")
    outer = "nnc: 1\ninputs: [a, b]\nparts:\n"
    outer += "  p: {use: inner.nn.yaml, wiring: {x: a, y: b}}\n"
    outer += "  q: {use: inner.nn.yaml, wiring: {x: p.n, y: p.n}}\noutputs: {o: q.n}\n"
    (tmp_path / "outer.nn.yaml").write_text(outer)
    written_out = (
        "nnc: 1\ninputs: [a, b]\nneurons:\n  p: {weights: {a: 1, b: 2}, threshold: 1}\n"
        "  q: {weights: {p: 3}, threshold: 1}\noutputs: {o: q}\n"
    )
    assert nnc.digest(nnc.load(tmp_path / "outer.nn.yaml")) == structure(written_out)


def test_the_plan_and_the_compiled_network_have_the_digest_of_the_network(tmp_path: Path) -> None:
    from nnc.compiler.artifact import Provenance, load_compiled, write_compiled

    for file in CONFIGS:
        plan = nnc.compile(nnc.load(file, root=ROOT))
        with (tmp_path / "compiled.nnc").open("wb") as stream:
            write_compiled(plan, Provenance(), stream)
        loaded = load_compiled(str(tmp_path / "compiled.nnc"), verify=True)
        assert nnc.digest(loaded.plan) == nnc.digest(plan) == nnc.digest(nnc.load(file, root=ROOT))


# ------------------------------------------------------------------------------- golden

GOLDEN = Path(__file__).with_name("golden_digests.txt")


def told() -> Iterator[str]:
    for file in sorted(ROOT.glob("configs/**/*.nn.yaml")):
        if file.name == "convolutions.nn.yaml":  # which reads slowly
            continue
        network = nnc.load(file, root=ROOT)
        name = file.relative_to(ROOT).as_posix()
        yield f"{nnc.digest(network)}  structure  {name}"
        try:
            yield f"{nnc.digest(network, 'behaviour')}  behaviour  {name}"
        except nnc.InvalidRowsError:
            yield f"no digest of behaviour  {name}"


def test_the_digests_of_the_networks_to_use() -> None:
    """If this fails, a network has changed, or the definition: see docs/digest.md."""
    assert list(told()) == GOLDEN.read_text("utf-8").splitlines()


# ---------------------------------------------------------------------------- behaviour


def test_behaviour_of_other_structure() -> None:
    gates = "nnc: 1\ninputs: [a, b]\nneurons: {{{}}}\noutputs: {{x: x}}\n"
    two = gates.format("y: {wiring: [a, b], fires: all}, x: {weights: {a: 1, b: 1, y: -2}, "
                       "threshold: 0}")  # fmt: skip
    scaled = gates.format("y: {weights: {a: 5, b: 5}, threshold: 7}, x: {weights: {y: -9, a: 4, "
                          "b: 4}, threshold: 0.1}")  # fmt: skip
    other = gates.format("x: {wiring: [a, b], fires: any}")
    assert structure(two) != structure(scaled)
    assert behaviour(two) == behaviour(scaled) != behaviour(other)
    assert behaviour(two) == behaviour(two.replace("[a, b]\nneurons", "[b, a]\nneurons"))


def test_behaviour_of_sums_and_levels_and_defaults() -> None:
    text = """\
nnc: 1
inputs: {a: bit(2), b: {type: bit, default: 1}, c: {type: choice, of: [x, y, z]}}
neurons: {n: {weights: {a: [1, 2], b: 0.1, c: [0, 1, 2]}, thresholds: {p: 1, q: 2.5}}}
outputs: {s: {sum: n}, l: {level: n, labels: [u, v, w]}, bits: [n.p, c]}
"""
    assert behaviour(text) == f"sha256:{page.behaviour(oracle.loads(text))}"
    assert behaviour(text) == behaviour(text.replace("default: 1", "default: 0"))
    assert behaviour(text) != behaviour(text.replace("[u, v, w]", "[u, v, x]"))
    assert behaviour(text) != behaviour(text.replace("b: 0.1", "b: 0.2"))


@pytest.mark.parametrize(("kind", "told"), [
    ("integer", "input `a` is an integer; a digest of behaviour needs bits and choices of at most"),
    ("real(2)", "input `a` is a real bus; a digest"),
    ("bit(20)", "the inputs have 2^21 rows; a digest"),
    ("{type: choice, of: [x, y, z]}, c: bit(19)", "the inputs have over 2^21 rows; a digest"),
])  # fmt: skip
def test_no_digest_of_behaviour(kind: str, told: str) -> None:
    text = f"nnc: 1\ninputs: {{b: bit, a: {kind}}}\noutputs: {{b: b}}\n"
    with pytest.raises(nnc.InvalidRowsError, match="no-truth-table") as caught:
        behaviour(text)
    assert told in str(caught.value)
    assert structure(text)


def test_twenty_bits() -> None:
    text = "nnc: 1\ninputs: {a: bit(20)}\nneurons: {n: {wiring: a, threshold: 10}}\noutputs: [n]\n"
    assert behaviour(text) == behaviour(text.replace("threshold: 10", "threshold: 10.5"))
    assert behaviour(text) != behaviour(text.replace("threshold: 10", "threshold: 11"))


def test_a_deep_chain_and_many_neurons(full: bool) -> None:
    last = 20_000 if full else 4_000
    lines = [f"  n{i}: {{weights: {{n{i - 1}: 1, a: -1}}, threshold: 0}}" for i in range(1, last)]
    text = "nnc: 1\ninputs: [a]\nneurons:\n  n0: {weights: {a: 1}, threshold: 0}\n"
    text += "\n".join(lines) + f"\noutputs: [n{last - 1}]\n"
    assert structure(text) != structure(
        text.replace("n1: {weights: {n0: 1", "n1: {weights: {n0: 2")
    )


def test_behaviour_where_thresholds_are_at_the_end_of_int64() -> None:
    """Networks that are proved to be equal have one digest, however many rows there are."""
    text = "nnc: 1\nfires: above\ninputs: {a: bit(5)}\nneurons: {n: %s}\noutputs: [n]\n"
    never = "{weights: {a(0): 1, a(1): 1}, threshold: 9223372036854775807}"
    beyond = "{weights: {a(0): 1, a(1): 1}, threshold: 3}"
    assert behaviour(text % never) == behaviour(text % beyond)


# --------------------------------------------------------------------------------- claims

CLAIMED = """\
nnc: 1
fires: at_least
inputs: {a: bit, b: bit, n: {type: integer, min: 0, max: 9}}
neurons: {m: {weights: {a: 1, b: 1}, threshold: 2}}
outputs: [m]
"""
CLAIMS = "properties:\n  - {never: {m: 1, n: 1|2|5..7}, when: {a: 0}}\n  - {at_most_one: [a, m]}\n"


@pytest.mark.parametrize(
    "same",
    [
        CLAIMS.replace("1|2|5..7", "[5..7, 2, 1]"),
        CLAIMS.replace("m: 1, n: 1|2|5..7", "n: 1|2|5..7, m: 1"),
        CLAIMS.replace("never: {m", "name: safe, never: {m"),
        """properties:
  - {at_most_one: [a, m]}
  - {never: {m: 1, n: 1|2|5..6|5..7}, when: {a: 0}}
""",
    ],
)
def test_claims_that_say_the_same(same: str) -> None:
    assert structure(CLAIMED + same) == structure(CLAIMED + CLAIMS)
    assert structure(CLAIMED + CLAIMS) != structure(CLAIMED)
    bits = CLAIMED.replace("{type: integer, min: 0, max: 9}", "bit(4)")
    assert behaviour(bits + CLAIMS) == behaviour(bits)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("5..7", "5..8"),
        ("a: 0", "a: 1"),
        ("never", "always"),
        ("[a, m]", "[b, m]"),
        ("at_most", "exactly"),
    ],
)
def test_claims_that_say_something_else(old: str, new: str) -> None:
    assert structure(CLAIMED + CLAIMS.replace(old, new)) != structure(CLAIMED + CLAIMS)


def test_a_claim_line_by_the_page() -> None:
    """The whole digest again, its claim line built by hand from what docs/digest.md says."""
    text = CLAIMED + "properties:\n  - {never: {n: 3..}}\n  - {at_most_one: [a, b]}\n"
    n, a, b = (page.of_lines([f"input {name} 0"]) for name in "nab")
    never = page.of_lines([f"about value 1 {page.hexed(n)} of 3.."])
    one = page.of_lines([f"about value 1 {page.hexed(each)}" for each in (a, b)])
    lines = [f"property never {never.hex()}", f"property at_most_one {one.hex()}"]
    assert structure(text) == f"sha256:{page.structure(oracle.loads(CLAIMED), claims=lines)}"
