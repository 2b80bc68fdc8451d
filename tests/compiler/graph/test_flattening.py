"""Every instance written out: names, origins, wires followed to their end, wires in a circle."""

import time
from pathlib import Path

import pytest

import nnc
from tests.support.networks import Files, errors, graph_of, place, plan_of, signals

PASS = "inputs: [x]\noutputs: {o: x}\n"
CROSS = "inputs: [x, y]\noutputs: {p: y, q: x, both: [x, y]}\n"
NOTHING = "inputs: []\noutputs: {o: 1}\n"
GATE = "inputs: [x]\nneurons: {n: {weights: {x: 1}, threshold: 0}}\noutputs: {o: n}\n"


def test_names_and_origins(tmp_path: Path) -> None:
    files = {
        "gate": GATE,
        "inner": """\
inputs: [x]
neurons: {m: {weights: {g.o: 1}, threshold: 0}}
layers: {h: {wiring: [m, x], thresholds: 0, size: 2}}
parts: {g: {use: gate.nn.yaml, repeat: 1, wiring: {x: h(1)}}}
outputs: {o: h}
""".replace("{g.o: 1}", "{x: 1}"),
    }
    text = """\
inputs: [a]
neurons: {n: {weights: {a: 1}, threshold: 0}}
parts: {p: {use: inner.nn.yaml, repeat: 2, wiring: {x: n}}, q: {use: gate.nn.yaml, wiring: {x: a}}}
outputs: {o: p.o, q: q.o}
"""
    one = graph_of(tmp_path, text.replace("q: q.o", "r: q.o"), files)
    told = {
        node.name: (Path(node.origin.file or "").name, *node.origin.path, node.origin.instance)
        for node in one.nodes
    }
    assert told == {
        "n": ("main.nn.yaml", "neurons", "n", ""),
        "q.n": ("gate.nn.yaml", "neurons", "n", "q."),
        "p(0).m": ("inner.nn.yaml", "neurons", "m", "p(0)."),
        "p(0).h": ("inner.nn.yaml", "layers", "h", "p(0)."),
        "p(0).g(0).n": ("gate.nn.yaml", "neurons", "n", "p(0).g(0)."),
        "p(1).m": ("inner.nn.yaml", "neurons", "m", "p(1)."),
        "p(1).h": ("inner.nn.yaml", "layers", "h", "p(1)."),
        "p(1).g(0).n": ("gate.nn.yaml", "neurons", "n", "p(1).g(0)."),
    }
    plan = plan_of(tmp_path, text.replace("q: q.o", "r: q.o"), files)
    assert signals(plan, "o") == ["p(0).h(0)", "p(0).h(1)", "p(1).h(0)", "p(1).h(1)"]
    assert nnc.evaluate(plan, {"a": [0, 1]})["o"].tolist() == [[0] * 4, [1] * 4]


def test_a_file_built_in_python_has_no_name() -> None:
    used = nnc.loads(f"nnc: 1\nfires: above\n{GATE}")
    network = nnc.Network(
        inputs=["a"], parts={"p": {"use": used, "wiring": {"x": "a"}}}, outputs={"o": "p.o"}
    )
    (step,) = nnc.compile(network).steps
    assert step.name == "p.n"


def test_wires_are_followed_to_their_end(tmp_path: Path) -> None:
    files = {"pass": PASS, "cross": CROSS, "outer": """\
inputs: [u, v]
parts:
  c: {use: cross.nn.yaml, repeat: 3, wiring: {x: c(i-1).p, y: c(i-1).q}, first: {x: u, y: v}}
  d: {use: pass.nn.yaml, wiring: {x: 1}}
outputs: {p: c(2).p, q: c(2).q, all: c.both, one: d.o}
"""}  # fmt: skip
    text = """\
inputs: [a, b]
parts:
  m: {use: outer.nn.yaml, wiring: {u: k.o, v: b}}
  k: {use: pass.nn.yaml, wiring: {x: a}}
neurons: {n: {wiring: [m.p, m.all, m.one], threshold: 0}}
outputs: {p: m.p, q: m.q, all: m.all, one: m.one}
"""
    plan = plan_of(tmp_path, text, files)
    assert signals(plan, "p") == ["b"]
    assert signals(plan, "q") == ["a"]
    assert signals(plan, "all") == ["a", "b", "b", "a", "a", "b"]
    assert signals(plan, "one") == ["1"]
    (step,) = plan.steps
    assert [plan.name_of(s) for s in step.sources] == ["b", "a", "b", "b", "a", "a", "b", "1"]
    assert nnc.evaluate(plan, {"a": 1, "b": 0})["all"].tolist() == [1, 0, 0, 1, 1, 0]


def chain(repeat: int, *, down: bool = False) -> str:
    end, step = ("last", "i+1") if down else ("first", "i-1")
    return f"""\
inputs: [a]
parts: {{q: {{use: pass.nn.yaml, repeat: {repeat}, wiring: {{x: q({step}).o}}, {end}: {{x: a}}}}}}
outputs: {{up: q({repeat - 1}).o, down: q(0).o, all: q.o}}
"""


@pytest.mark.parametrize("down", [False, True])
def test_a_chain_of_wires_is_followed_in_linear_time(down: bool, tmp_path: Path) -> None:
    spent = []
    for repeat in (1_600, 16_000):
        start = time.process_time()
        plan = plan_of(tmp_path, chain(repeat, down=down), {"pass": PASS})
        assert set(signals(plan, "all")) == {"a"}
        spent.append(time.process_time() - start)
    assert spent[1] < 40 * max(spent[0], 0.05)
    assert nnc.evaluate(plan, {"a": 1})["up"] == 1


def test_parts_without_any_signal(tmp_path: Path) -> None:
    """A used network may take no signals at all; what comes after it keeps its own."""
    text = """\
inputs: [a, b]
parts:
  z: {use: nothing.nn.yaml, repeat: 3, wiring: {}}
  g: {use: gate.nn.yaml, repeat: 2, wiring: {x: z(i).o}, last: {x: b}}
  y: {use: nothing.nn.yaml, wiring: {}}
  d: {use: default.nn.yaml, wiring: {}}
outputs: {z: z.o, g: g.o, y: y.o, d: d.o}
""".replace("{z: z.o, g: g.o, y: y.o, d: d.o}", "{oz: z.o, og: g.o, oy: y.o, od: d.o}")
    files = {"nothing": NOTHING, "gate": GATE,
             "default": "inputs: {x: {type: integer, default: 9}}\noutputs: {o: x}\n"}  # fmt: skip
    found = nnc.evaluate(plan_of(tmp_path, text, files), {"a": 0, "b": 0})
    assert {alias: getattr(value, "tolist", lambda v=value: v)() for alias,
            value in found.items()} == {
        "oz": [1, 1, 1], "og": [1, 0], "oy": 1, "od": 9}  # fmt: skip


@pytest.mark.parametrize("repeat", [1, 2, 10_000_000])
def test_too_many_instances_are_refused_before_they_are_made(repeat: int, tmp_path: Path) -> None:
    files = {
        "nothing": NOTHING,
        "gate": GATE,
        "many": f"inputs: []\nparts: {{p: {{use: nothing.nn.yaml, repeat: {repeat}, wiring: "
                f"{{}}}}}}\n"
                "outputs: {o: p(0).o}\n",
        "gates": f"inputs: [a]\nparts: {{p: {{use: gate.nn.yaml, repeat: {repeat}, wiring: {{x: "
                 f"a}}}}}}\n"
                 "outputs: {o: p(0).o}\n",
    }  # fmt: skip
    for stem, wiring in (("many", ""), ("gates", "x: a")):
        wiring = wiring.replace("x:", "a:")
        text = (f"inputs: [a]\nparts: {{q: {{use: {stem}.nn.yaml, repeat: {repeat}, wiring: "
                f"{{{wiring}}}}}}}\n"
                "outputs: {o: q(0).o}\n")  # fmt: skip
        found = errors(tmp_path, text, files)
        assert [one.rule for one in found] == ["network-too-large"] * (repeat > 2)


def test_networks_that_double_at_every_level(tmp_path: Path) -> None:
    """2^40 instances of nothing: refused where there are too many, whatever they hold."""
    files: dict[str, str] = {"l0": NOTHING}
    for k in range(1, 41):
        files[f"l{k}"] = (f"inputs: []\nparts: {{p: {{use: l{k - 1}.nn.yaml, repeat: 2, wiring: "
                          f"{{}}}}}}\n"
                          "outputs: {o: p(0).o}\n")  # fmt: skip
    text = "inputs: [a]\nparts: {q: {use: l40.nn.yaml, wiring: {}}}\noutputs: {o: q.o}\n"
    found = errors(tmp_path, text, files)
    assert {one.rule for one in found} == {"network-too-large"}
    assert len(found) == 1


# ------------------------------------------------------------------------- wires in a circle


@pytest.mark.parametrize(
    ("parts", "walks"),
    [
        ("p: {use: pass.nn.yaml, wiring: {x: p.o}}", ["p.x -> p.x"]),
        ("p: {use: pass.nn.yaml, wiring: {x: q.o}}, q: {use: pass.nn.yaml, wiring: {x: p.o}}",
         ["p.x -> q.x -> p.x"]),
        ("p: {use: pass.nn.yaml, repeat: 3, wiring: {x: p(i-1).o}, first: {x: p(2).o}}",
         ["p(0).x -> p(2).x -> p(1).x -> p(0).x"]),
        ("p: {use: cross.nn.yaml, wiring: {x: p.p, y: p.q}}", ["p.x -> p.y -> p.x"]),
        ("p: {use: cross.nn.yaml, wiring: {x: p.q, y: a}}", ["p.x -> p.x"]),
        ("p: {use: bus.nn.yaml, wiring: {x: [a, p.o(1)]}}", ["p.x(1) -> p.x(1)"]),
        ("p: {use: pass.nn.yaml, wiring: {x: q.o}}, q: {use: pass.nn.yaml, wiring: {x: q.o}}",
         ["q.x -> q.x"]),
    ],
)  # fmt: skip
def test_wires_in_a_circle(parts: str, walks: list[str], tmp_path: Path) -> None:
    files = {"pass": PASS, "cross": CROSS, "bus": "inputs: {x: bit(2)}\noutputs: {o: x}\n"}
    found = errors(tmp_path, f"inputs: [a]\nparts: {{{parts}}}\noutputs: {{a: a}}\n", files)
    assert [one.rule for one in found] == ["cycle"] * len(walks)
    assert [one.message.partition(": ")[2] for one in found] == walks
    for one in found:
        assert place(one).startswith("main:4:")
        assert all(place(label).startswith("main:4:") for label in one.labels)


def test_a_long_circle_of_wires_is_walked_in_short(tmp_path: Path) -> None:
    text = chain(5_000).replace("first: {x: a}", "first: {x: q(4999).o}")
    (one,) = errors(tmp_path, text, {"pass": PASS})
    assert one.message.count(" -> ") == 50
    assert "…" in one.message
    assert len(one.labels) <= 50


def test_a_circle_of_wires_inside_a_used_file(tmp_path: Path) -> None:
    files: Files = {"pass": PASS, "inner": """\
inputs: [u]
parts: {p: {use: pass.nn.yaml, wiring: {x: q.o}}, q: {use: pass.nn.yaml, wiring: {x: p.o}}}
outputs: {o: p.o, u: u}
"""}  # fmt: skip
    text = (
        "inputs: [a]\nparts: {m: {use: inner.nn.yaml, repeat: 3, wiring: {u: a}}}\n"
        "outputs: {o: m.o}\n"
    )
    found = errors(tmp_path, text, files)
    assert {one.rule for one in found} == {"cycle"}
    assert [(one.rule, place(one)) for one in found] == [("cycle", "inner:4:44")]
    assert found[0].message.endswith(": p.x -> q.x -> p.x")


def test_a_wire_from_a_neuron_closes_no_circle_of_wires(tmp_path: Path) -> None:
    """But one of neurons, told as such."""
    files = {"pass": PASS}
    (one,) = errors(tmp_path, """\
inputs: [a]
neurons: {n: {wiring: [p.o, a], threshold: 0}}
parts: {p: {use: pass.nn.yaml, wiring: {x: n}}}
outputs: [n]
""", files)  # fmt: skip
    assert (one.rule, one.message) == ("cycle", "neuron `n` reads itself")
    assert place(one).startswith("main:5:")
