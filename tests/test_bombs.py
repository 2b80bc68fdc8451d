"""Tiny files that stand for more than any machine holds: each ends at once, in one clear error.

Every one is read by every command, in processes that are held to little memory and time.
"""

import difflib
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest

import nnc
from nnc.compiler.graph.budget import over_budget
from nnc.compiler.linking import Linked
from tests.support import small_files
from tests.support.running import Nnc

MEMORY = 500 * 2**20
"""Bytes in use at the peak."""
CPU_OF_ONE, MEMORY_OF_ONE = 30, 2**30
"""Seconds of CPU and bytes that one command on a small file may take."""
SECONDS = 20
"""Of CPU, for each command: ten times what it takes, so that a slow machine fails nothing."""
WIDE = "bit(10000000)"
GATE = "nnc: 1\ninputs: [x]\nneurons: {o: {weights: {x: 1}, threshold: 0}}\noutputs: [o]\n"
BUS = f"nnc: 1\ninputs: {{x: {WIDE}}}\noutputs: {{o: x}}\n"


def _network(*lines: str) -> str:
    return "\n".join(("nnc: 1", *lines, ""))


def _chain(first: str, body: str, depth: int, outer: str) -> dict[str, str]:
    """Give networks that use each other: `body` is that of each, `NEXT` the file it uses."""
    files = {"f0.nn.yaml": first}
    for k in range(1, depth):
        files[f"f{k}.nn.yaml"] = body.replace("NEXT", f"f{k - 1}.nn.yaml")
    files["net.nn.yaml"] = outer.replace("NEXT", f"f{depth - 1}.nn.yaml")
    return files


def _slices(count: int) -> str:
    return ", ".join(f"a({i}:10000000)" for i in range(count))


def _in_neurons(count: int, one: str) -> str:
    return "\n".join(f"  n{i}: {one}" for i in range(count))


SIGNALS, SYNAPSES = "network-too-large", "too-many-synapses"
ONE = "outputs: {o: a(0)}"

BOMBS: dict[str, tuple[dict[str, str] | str, str]] = {
    # inputs
    "inputs-d1": (
        _network("inputs:", *(f"  a{i}: {WIDE}" for i in range(300)), "outputs: {o: a0(0)}"),
        SIGNALS,
    ),
    "inputs-five": (
        _network("inputs:", *(f"  a{i}: {WIDE}" for i in range(5)), "outputs: {o: a0(0)}"),
        SIGNALS,
    ),
    "inputs-real": (
        _network("inputs:", *(f"  a{i}: real(10000000)" for i in range(40)), "outputs: {o: a0(0)}"),
        SIGNALS,
    ),
    "inputs-integer-full": (
        _network(
            "inputs:",
            *(
                f"  a{i}: {{type: integer, size: 9999999, min: 0, max: 9, default: 3}}"
                for i in range(40)
            ),
            "outputs: {o: a0(0)}",
        ),
        SIGNALS,
    ),
    "inputs-states": (
        _network(
            "fires: above",
            "states: [-1, 1]",
            "inputs:",
            *(f"  a{i}: {{type: bit, size: 9999999, default: [1]}}" for i in range(9)),
            "outputs: {o: a0(0)}",
        ),
        SIGNALS,
    ),
    "inputs-default": (
        _network(
            "inputs:",
            *(f"  a{i}: {{type: bit, size: 9999999, default: 5}}" for i in range(30)),
            "outputs: {o: a0(0)}",
        ),
        SIGNALS,
    ),
    "inputs-and-cases": (
        _network(
            "inputs:",
            *(f"  a{i}: {WIDE}" for i in range(30)),
            "outputs: {o: a0(0)}",
            "cases:",
            *(
                ["  - {given: {" + ", ".join(f"a{i}: 1" for i in range(30)) + "}, expect: {o: 1}}"]
                * 30
            ),
        ),
        SIGNALS,
    ),
    # layers
    "layer-d2": (
        _network(
            f"inputs: {{a: {WIDE}}}",
            "layers: {h: {wiring: a, size: 10000000, thresholds: 1}}",
            "outputs: {o: h(0)}",
        ),
        SYNAPSES,
    ),
    "layer-100000": (
        _network(
            "inputs: {a: bit(100000)}",
            "layers: {h: {wiring: a, size: 100000, thresholds: 1}}",
            "outputs: {o: h(0)}",
        ),
        SYNAPSES,
    ),
    "layer-weight": (
        _network(
            "inputs: {a: bit(1000000)}",
            "layers: {h: {wiring: a, size: 9000, weights: 1/3, thresholds: 1}}",
            "outputs: {o: {largest: h}}",
        ),
        SYNAPSES,
    ),
    "layers-many": (
        _network(
            "inputs: [a]",
            "layers:",
            *(f"  h{i}: {{wiring: a, size: 10000000, thresholds: 0}}" for i in range(20)),
            "outputs: {o: a}",
        ),
        SIGNALS,
    ),
    "layers-deep": (
        _network(
            "inputs: {a: bit(90000)}",
            "layers:",
            *(
                f"  h{i}: {{wiring: {f'h{i - 1}' if i else 'a'}, size: 90000, thresholds: 0}}"
                for i in range(50)
            ),
            "outputs: {o: h49(0)}",
        ),
        SYNAPSES,
    ),
    "layer-slices": (
        _network(
            f"inputs: {{a: {WIDE}}}",
            f"layers: {{h: {{wiring: [{_slices(2000)}], size: 1, thresholds: 0}}}}",
            "outputs: {o: h(0)}",
        ),
        SYNAPSES,
    ),
    "layer-same-bus": (
        _network(
            f"inputs: {{a: {WIDE}}}",
            f"layers: {{h: {{wiring: [{', '.join(['a'] * 3000)}], size: 1, thresholds: 0}}}}",
            "outputs: {o: h(0)}",
        ),
        SYNAPSES,
    ),
    "layer-of-itself": (
        _network(
            "inputs: [a]",
            "layers: {h: {wiring: h, size: 10000000, thresholds: 0}}",
            "outputs: {o: a}",
        ),
        SYNAPSES,
    ),
    "layer-matrix": (
        _network(
            f"inputs: {{a: {WIDE}}}",
            f"layers: {{h: {{wiring: a, weights: [{', '.join(['[1]'] * 1000)}], thresholds: 0}}}}",
            "outputs: {o: h(0)}",
        ),
        SYNAPSES,
    ),
    # neurons
    "neurons-by-place": (
        _network(
            f"inputs: {{a: {WIDE}}}", "neurons:", _in_neurons(900, "{wiring: a, threshold: 5}"), ONE
        ),
        SYNAPSES,
    ),
    "neurons-one-weight": (
        _network(
            f"inputs: {{a: {WIDE}}}",
            "neurons:",
            _in_neurons(900, "{wiring: a, weights: 3, threshold: 5}"),
            ONE,
        ),
        SYNAPSES,
    ),
    "neurons-by-name": (
        _network(
            f"inputs: {{a: {WIDE}}}",
            "neurons:",
            _in_neurons(900, "{weights: {a: 1/3}, threshold: 5}"),
            ONE,
        ),
        SYNAPSES,
    ),
    "neurons-thresholds": (
        _network(
            f"inputs: {{a: {WIDE}}}",
            "neurons:",
            _in_neurons(100, "{weights: {a: 1}, thresholds: {p: 1, q: 2, r: 3}}"),
            ONE,
        ),
        SYNAPSES,
    ),
    "neurons-gates": (
        _network(
            f"inputs: {{a: {WIDE}}}", "neurons:", _in_neurons(100, "{wiring: a, fires: all}"), ONE
        ),
        SYNAPSES,
    ),
    "neuron-slices": (
        _network(
            f"inputs: {{a: {WIDE}}}",
            f"neurons: {{n: {{wiring: [{_slices(2000)}], threshold: 0}}}}",
            ONE,
        ),
        SYNAPSES,
    ),
    "neuron-slices-by-name": (
        _network(
            f"inputs: {{a: {WIDE}}}",
            "neurons:",
            "  n:",
            "    threshold: 0",
            "    weights:",
            *(f"      a({i}:10000000): 1" for i in range(2000)),
            ONE,
        ),
        SYNAPSES,
    ),
    "neuron-steps": (
        {
            "f0.nn.yaml": _network(
                "inputs: {x: integer}",
                "neurons: {o: {weights: {x: {"
                + ", ".join(f"{i}: {i}" for i in range(2000))
                + "}}, threshold: 5}}",
                "outputs: [o]",
            ),
            "net.nn.yaml": _network(
                "inputs: {x: integer, a: bit(2)}",
                "parts: {p: {use: f0.nn.yaml, repeat: 1000000, wiring: {x: x}}}",
                ONE,
            ),
        },
        SIGNALS,
    ),
    "neuron-many-thresholds": (
        {
            "f0.nn.yaml": _network(
                "inputs: [x]",
                "neurons: {o: {weights: {x: 1}, thresholds: {"
                + ", ".join(f"t{i}: {i}" for i in range(2000))
                + "}}}",
                "outputs: [o]",
            ),
            "net.nn.yaml": _network(
                "inputs: {a: bit(2)}",
                "parts: {p: {use: f0.nn.yaml, repeat: 1000000, wiring: {x: a(0)}}}",
                ONE,
            ),
        },
        SIGNALS,
    ),
    # parts
    "part-d2": (
        {
            "f0.nn.yaml": GATE,
            "net.nn.yaml": _network(
                "inputs: {a: bit(2)}",
                "parts: {p: {use: f0.nn.yaml, repeat: 10000000, wiring: {x: a(0)}}}",
                "outputs: {o: p(0).o}",
            ),
        },
        SIGNALS,
    ),
    "part-chained": (
        {
            "f0.nn.yaml": GATE,
            "net.nn.yaml": _network(
                "inputs: {a: bit(2)}",
                "parts:",
                "  p:",
                "    use: f0.nn.yaml",
                "    repeat: 10000000",
                "    wiring: {x: p(i-1).o}",
                "    first: {x: a(0)}",
                "outputs: {o: p(9999999).o}",
            ),
        },
        SIGNALS,
    ),
    "part-of-each-bit": (
        {
            "f0.nn.yaml": GATE,
            "net.nn.yaml": _network(
                f"inputs: {{a: {WIDE}}}",
                "parts: {p: {use: f0.nn.yaml, repeat: 10000000, wiring: {x: a(i)}}}",
                "outputs: {o: p.o}",
            ),
        },
        SIGNALS,
    ),
    "part-with-a-bus": (
        {
            "f0.nn.yaml": BUS,
            "net.nn.yaml": _network(
                "inputs: {a: bit(2)}",
                "parts: {p: {use: f0.nn.yaml, repeat: 100, wiring: {x: 0}}}",
                ONE,
            ),
        },
        SIGNALS,
    ),
    "parts-many": (
        {
            "f0.nn.yaml": BUS,
            "net.nn.yaml": _network(
                f"inputs: {{a: {WIDE}}}",
                "parts:",
                *(f"  p{i}: {{use: f0.nn.yaml, wiring: {{x: a}}}}" for i in range(50)),
                ONE,
            ),
        },
        SIGNALS,
    ),
    "parts-repeats-of-repeats": (
        _chain(
            GATE,
            _network(
                "inputs: [x]",
                "parts: {p: {use: NEXT, repeat: 1000, wiring: {x: x}}}",
                "outputs: {o: p(0).o}",
            ),
            5,
            _network(
                "inputs: {a: bit(2)}",
                "parts: {p: {use: NEXT, repeat: 1000, wiring: {x: a(0)}}}",
                ONE,
            ),
        ),
        SIGNALS,
    ),
    "parts-doubling": (
        _chain(
            GATE,
            _network(
                "inputs: [x]",
                "parts: {p: {use: NEXT, wiring: {x: x}}, q: {use: NEXT, wiring: {x: p.o}}}",
                "outputs: {o: q.o}",
            ),
            60,
            _network("inputs: {a: bit(2)}", "parts: {p: {use: NEXT, wiring: {x: a(0)}}}", ONE),
        ),
        SIGNALS,
    ),
    "parts-deep-and-large": (
        _chain(
            _network(
                "inputs: {x: bit(2)}",
                "layers: {h: {wiring: x, size: 9000000, thresholds: 0}}",
                "outputs: {o: h(0)}",
            ),
            _network(
                "inputs: {x: bit(2)}",
                "parts: {p: {use: NEXT, wiring: {x: x}}}",
                "outputs: {o: p.o}",
            ),
            60,
            _network(
                "inputs: {a: bit(2)}", "parts: {p: {use: NEXT, repeat: 4, wiring: {x: a}}}", ONE
            ),
        ),
        SIGNALS,
    ),
    "parts-outputs-growing": (
        _chain(
            BUS,
            _network(
                f"inputs: {{x: {WIDE}}}",
                "parts: {p: {use: NEXT, wiring: {x: x}}}",
                "outputs: {o: [p.o, p.o, p.o, p.o]}",
            ),
            20,
            _network(f"inputs: {{a: {WIDE}}}", "parts: {p: {use: NEXT, wiring: {x: a}}}", ONE),
        ),
        SIGNALS,
    ),
    "parts-layers-inside": (
        {
            "f0.nn.yaml": _network(
                "inputs: {x: bit(1000)}",
                "layers: {h: {wiring: x, size: 1000, thresholds: 1}}",
                "outputs: {o: h(0)}",
            ),
            "net.nn.yaml": _network(
                "inputs: {a: bit(1000)}",
                "parts: {p: {use: f0.nn.yaml, repeat: 10000, wiring: {x: a}}}",
                ONE,
            ),
        },
        SYNAPSES,
    ),
    "part-wired-to-too-much": (
        {
            "f0.nn.yaml": GATE,
            "net.nn.yaml": _network(
                f"inputs: {{a: {WIDE}}}",
                "parts: {p: {use: f0.nn.yaml, repeat: 1000000, wiring: {x: a}}}",
                ONE,
            ),
        },
        SIGNALS,
    ),
    "part-wired-to-a-moving-slice": (
        {
            "f0.nn.yaml": GATE,
            "net.nn.yaml": _network(
                f"inputs: {{a: {WIDE}}}",
                "parts: {p: {use: f0.nn.yaml, repeat: 1000000, wiring: {x: a(i:i+9000000)}}}",
                ONE,
            ),
        },
        SIGNALS,
    ),
    "part-wired-to-lists": (
        {
            "f0.nn.yaml": BUS,
            "net.nn.yaml": _network(
                f"inputs: {{a: {WIDE}}}",
                f"parts: {{p: {{use: f0.nn.yaml, wiring: {{x: [{_slices(2000)}]}}}}}}",
                ONE,
            ),
        },
        SIGNALS,
    ),
    # outputs
    "outputs-many": (
        _network(f"inputs: {{a: {WIDE}}}", "outputs:", *(f"  o{i}: a" for i in range(500))),
        SIGNALS,
    ),
    "outputs-lists": (
        _network(f"inputs: {{a: {WIDE}}}", f"outputs: {{o: [{', '.join(['a'] * 3000)}]}}"),
        SIGNALS,
    ),
    "outputs-slices": (
        _network(f"inputs: {{a: {WIDE}}}", f"outputs: {{o: [{_slices(2000)}]}}"),
        SIGNALS,
    ),
    "outputs-largest": (
        _network(
            "inputs: {a: bit(2)}",
            "layers: {h: {wiring: a, size: 10000000, thresholds: 0}}",
            f"outputs: {{o: {{largest: [{', '.join(['h'] * 3000)}]}}}}",
        ),
        SIGNALS,
    ),
    "outputs-labels": (
        _network(
            "inputs: {a: bit(2)}",
            "layers: {h: {wiring: a, size: 10000000, thresholds: 0}}",
            "outputs:",
            *(f"  o{i}: {{largest: h, labels: [low, high]}}" for i in range(300)),
        ),
        SIGNALS,
    ),
    "outputs-sums": (
        _network(
            "inputs: {a: bit(2)}",
            "layers: {h: {wiring: a, size: 10000000, thresholds: 0}}",
            "outputs:",
            *(f"  o{i}: {{sum: h}}" for i in range(300)),
        ),
        SIGNALS,
    ),
    # overlays
    "extends-chain": (
        {
            "f0.nn.yaml": _network("inputs: {a0: bit(10000000)}", "outputs: {o: a0(0)}"),
            **{
                f"f{k}.nn.yaml": _network(
                    f"extends: f{k - 1}.nn.yaml", f"inputs: {{a{k}: bit(10000000)}}"
                )
                for k in range(1, 100)
            },
            "net.nn.yaml": _network("extends: f99.nn.yaml"),
        },
        SIGNALS,
    ),
    "extends-larger": (
        {
            "f0.nn.yaml": _network(
                "inputs: {a: bit(2)}",
                "layers: {h: {wiring: a, size: 2, thresholds: 0}}",
                "outputs: {o: h(0)}",
            ),
            "net.nn.yaml": _network(
                "extends: f0.nn.yaml", f"inputs: {{a: {WIDE}}}", "layers: {h: {size: 10000000}}"
            ),
        },
        SYNAPSES,
    ),
}

DRIVER = """
import io, json, os, resource, sys, time
from pathlib import Path
from nnc.cli.main import run

def peak():
    # `ru_maxrss` would count what the process held that this one was made from
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return int(status.read_text().split("VmHWM:")[1].split()[0]) * 1024

measured = []
for folder, command in json.loads(sys.argv[1]):
    print(folder, command, file=sys.stderr)  # for one that ends the process
    os.chdir(folder)
    start = time.process_time()
    out, sys.stdout = sys.stdout, io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
    told, sys.stderr = sys.stderr, sys.stdout
    code = run(command)
    text = sys.stdout.buffer.getvalue().decode()
    sys.stdout, sys.stderr = out, told
    measured.append([folder, command[0], code, time.process_time() - start, text])
print(json.dumps([measured, peak()]))
"""

COMMANDS = (
    ["validate", "net.nn.yaml", "--report", "concise"],
    ["eval", "net.nn.yaml", "--all"],
    ["compile", "net.nn.yaml"],
    ["diff", "gate.nn.yaml", "net.nn.yaml"],
    ["digest", "net.nn.yaml"],
    ["test", "net.nn.yaml"],
    ["fmt", "net.nn.yaml"],
)


def _held() -> None:
    """Stop a process that takes much more than it may."""
    resource.setrlimit(resource.RLIMIT_AS, (4 * MEMORY, 4 * MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (100, 100))


def _run(commands: Sequence[tuple[Path, Sequence[str]]]) -> Any:
    """Run commands in one process: what each took and printed, and the peak of its memory."""
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, json.dumps([(str(folder), c) for folder, c in commands])],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=_held,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_bombs_end_at_once_in_one_error(tmp_path: Path) -> None:
    rules = {}
    for name, (files, rule) in BOMBS.items():
        folder = tmp_path / name
        folder.mkdir()
        for file, text in ({"net.nn.yaml": files} if isinstance(files, str) else files).items():
            (folder / file).write_text(text)
        (folder / "gate.nn.yaml").write_text(GATE)
        rules[folder] = rule
    measured, peak = _run([(folder, command) for folder in rules for command in COMMANDS])
    assert peak < MEMORY
    assert len(measured) == len(BOMBS) * len(COMMANDS)
    for folder, command, code, seconds, told in measured:
        assert seconds < SECONDS, (folder, command)
        if command == "fmt":  # which looks at the text alone
            assert code == 0, (folder, told)
            continue
        assert code == 1, (folder, command, told)
        assert told.count("error[") == 1, (folder, command, told)
        assert rules[Path(folder)] in told or "network-too-large" in told, (folder, command, told)
        assert "; at most" in told or "; a file of its size may have" in told


def test_what_is_just_small_enough_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits are those of the format: 2^25 signals, 2^33 synapses, 2^26 outside of layers."""
    from nnc.compiler.graph import budget

    assert (budget.MAX_SLOTS, budget.MAX_SYNAPSES, budget.MAX_WRITTEN) == (
        1 << 25,
        1 << 33,
        1 << 26,
    )
    monkeypatch.setenv("NNC_LIMITS", "10000")
    taken = nnc.Network(
        inputs={"a": "bit(8192)"},
        layers={"h": nnc.Layer(wiring="a", size=1 << 20, thresholds=1)},
        outputs={"o": "h(0)"},
    )
    assert over_budget(Linked(taken)) == []
    more = taken.model_copy(update={"inputs": {"a": nnc.Input(type="bit(8193)")}})
    (told,) = over_budget(Linked(more))
    assert told.message == (
        "with the layer `h` the network has 8,590,983,168 synapses; "
        "at most 8,589,934,592 are possible"
    )
    assert told.path == ("layers", "h")


def test_one_number_for_nearly_all_synapses_takes_no_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 7,569,000,000 synapses with one weight only the sources and the neurons are walked."""
    monkeypatch.setenv("NNC_LIMITS", "10000")
    text = _network(
        "inputs: {a: bit(87000)}",
        "layers: {h: {wiring: a, size: 87000, thresholds: 1}}",
        "outputs: {o: h}",
    )
    (tmp_path / "net.nn.yaml").write_text(text)
    measured, peak = _run([(tmp_path, [one, "net.nn.yaml"]) for one in ("validate", "digest")])
    for _, command, code, seconds, told in measured:
        assert code == 0, told
        assert seconds < SECONDS, command
    assert peak < MEMORY


def _measured(command: Sequence[str], folder: Path) -> tuple[int, int, str]:
    """Run a command in a process of its own: its exit code, the peak of its memory, its words."""
    # of this process alone: `ru_maxrss` would count the tests that it was made from
    code = (
        "import atexit, sys\nfrom pathlib import Path\nfrom nnc.cli.main import main\n"
        "status, sys.argv[0] = Path('/proc/self/status'), 'nnc'\n"
        "atexit.register(lambda: Path('status').write_text(status.read_text()))\nmain()"
    )
    limits = (CPU_OF_ONE, CPU_OF_ONE)
    with (folder / "words").open("wb") as words:
        process = subprocess.Popen(
            [sys.executable, "-c", code, *command],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=words,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, limits),
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    with (folder / "words").open("rb") as words:
        words.seek(0, os.SEEK_END)
        words.seek(max(0, words.tell() - 4000))
        told = words.read().decode(errors="replace")
    assert usage.ru_utime + usage.ru_stime < CPU_OF_ONE, (command, told)
    peak = (folder / "status").read_text().split("VmHWM:")[1].split()[0]
    return process.returncode, int(peak) * 1024, told


@pytest.mark.skipif(sys.platform != "linux", reason="no /proc")
@pytest.mark.seconds(600)
def test_a_small_file_costs_little(chunk: int, full: bool, tmp_path: Path) -> None:
    """Each command ends with a result or with diagnostics, whatever the file stands for."""
    names, rng = list(small_files.MADE), Random(f"{os.environ['NNC_FUZZ_SEED']} {chunk}")
    for name in names[chunk::100] if full else rng.sample(names, 3):
        bomb = small_files.MADE[name]()
        for command in bomb.commands if full else [rng.choice(bomb.commands)]:
            folder = Path(tempfile.mkdtemp(dir=tmp_path))
            for file, content in bomb.files.items():
                data = content.encode() if isinstance(content, str) else content
                (folder / file).write_bytes(data)
            code, peak, told = _measured(command, folder)
            assert code in (0, 1, 2), (name, command, told)
            assert "Traceback" not in told, (name, command, told)
            assert peak < MEMORY_OF_ONE, (name, command, peak)


def test_a_network_may_be_as_large_as_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = tmp_path / "net.nn.yaml"
    net.write_text(_network("inputs: {a: bit(40000), b: bit(40000)}", "outputs: {o: a(0)}"))
    [found] = nnc.check_file(str(net)).errors
    assert found.message == (
        "with the input `a` the network has 40,000 elements of inputs; "
        "a file of its size may have 16,384"
    )
    assert found.help == (
        "write a smaller size; set NNC_LIMITS=5 in the environment to allow 5 times as much"
    )
    monkeypatch.setenv("NNC_LIMITS", "5")
    assert nnc.check_file(str(net)).errors == []


def test_a_network_may_be_as_large_as_it_declares() -> None:
    sources = [f"a({i})" for i in range(5_000)]
    network = nnc.Network(
        inputs={"a": "bit(40000)"},
        neurons={"o": nnc.Neuron(weights=dict.fromkeys(sources, 1), threshold=1)},
        outputs={"o": "o"},
    )
    assert over_budget(Linked(network)) == []


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "many", "9" * 30])
def test_a_wrong_factor_is_refused(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = tmp_path / "net.nn.yaml"
    net.write_text(GATE)
    monkeypatch.setenv("NNC_LIMITS", text)
    with pytest.raises(nnc.FileError, match=r"NNC_LIMITS: .* is not a whole number from 1 to"):
        nnc.check_file(str(net))


def test_why_asks_before_it_searches_long() -> None:
    network = nnc.Network(
        inputs={"a": "bit(3000)"},
        outputs={"o": "a", "p": "a(0)"},
    )
    with pytest.raises(nnc.InvalidNetworkError) as refused:
        nnc.why(network, {"a": [[0] * 3000]})
    [found] = refused.value.diagnostics
    assert found.message == (
        "reasons of all outputs look at 9,003,000 pairs of an input and an output; "
        "at most 4,194,304 are allowed"
    )
    assert found.help == (
        "ask for one output with --output, or set NNC_LIMITS=3 in the environment to allow 3 times "
        "as much"
    )
    assert nnc.why(network, {"a": [[0] * 3000]}, only="p").outputs[0].value == 0


def test_buses_of_thousands_of_bits_are_compared_and_explained() -> None:
    """Their integers have more digits than Python writes."""
    older, newer = (
        nnc.Network(
            inputs={"a": f"bit({width})"},
            neurons={"n": nnc.Neuron(weights={"a": 1}, threshold=1)},
            outputs={"n": "n", "bus": "a"},
        )
        for width in (14_400, 14_401)
    )
    notes = nnc.compare(older, newer).behaviour.notes
    assert "input `a` is compared up to 2^14400 - 1, as its narrower bus goes" in notes
    wide = nnc.Network(inputs={"b": "bit"}, outputs={"o": ["b"] * 15_000})
    assert nnc.why(wide, {"b": 1}).outputs[0].value == (1 << 15_000) - 1


COUNT = 2_000
_INPUTS = f"inputs: [{', '.join(f'inp{i}' for i in range(COUNT))}]"
MANY_TYPOS = {
    "sources": _network(
        "fires: above",
        _INPUTS,
        "neurons:",
        *(f"  n{i}: {{weights: {{inq{i}: 1}}, threshold: 1}}" for i in range(COUNT)),
        "outputs: [n0]",
    ),
    "ports": _network(
        "inputs: [a]",
        "parts:",
        "  p:",
        "    use: used.nn.yaml",
        "    wiring:",
        *(f"      inq{i}: a" for i in range(COUNT)),
        "outputs: [a]",
    ),
    "outputs-of-parts": _network(
        "inputs: [a]",
        "parts: {p: {use: used.nn.yaml, wiring: {}}}",
        "outputs:",
        *(f"  o{i}: p.inq{i}" for i in range(COUNT)),
    ),
    "keys": _network(
        _INPUTS,
        "neurons:",
        *(f"  n{i}: {{weights: {{inp{i}: 1}}, tresholb: 1}}" for i in range(COUNT)),
        "outputs: [n0]",
    ),
    "overrides": _network(
        "extends: used.nn.yaml", "inputs:", *(f"  inq{i}: {{min: 1}}" for i in range(COUNT))
    ),
    "opening.cases": _network(
        _INPUTS,
        "outputs: [inp0]",
        "cases:",
        f"  - {{given: {{{', '.join(f'inq{i}: 1' for i in range(COUNT))}}}, expect: {{inp0: 1}}}}",
    ),
}


class Comparisons(difflib.SequenceMatcher[str]):
    """Counts how many names are compared with what a file has."""

    count = 0

    def set_seq1(self, a: Sequence[str]) -> None:
        """Count one more, and compare it."""
        Comparisons.count += 1
        super().set_seq1(a)


@pytest.mark.parametrize("name", MANY_TYPOS)
def test_what_many_typos_mean_is_looked_for_50_times(
    name: str, nnc: Nnc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All names against each other took a minute and more in a file of 20,000."""
    monkeypatch.setattr(difflib, "SequenceMatcher", Comparisons)
    monkeypatch.setattr(Comparisons, "count", 0)
    outputs = f"outputs: [{', '.join(f'inp{i}' for i in range(COUNT))}]"
    (tmp_path / "used.nn.yaml").write_text(_network(_INPUTS, outputs))
    (tmp_path / "net.nn.yaml").write_text(MANY_TYPOS[name])
    code, told, _ = nnc(*COMMANDS[0])
    assert code == 1
    assert "did you mean" in told
    assert f"{COUNT:,} errors in 1 file" in told or f"{COUNT + 1:,} errors in" in told
    assert Comparisons.count <= 110 * COUNT  # twice in a case: for its name, and for the input


def test_many_misspelt_thresholds_of_an_overlay_are_told_in_seconds(tmp_path: Path) -> None:
    base, over = (", ".join(f"{word}{i}: {i}" for i in range(COUNT)) for word in ("spam", "span"))
    score = "neurons: {score: {%sthresholds: {%s}}}"
    (tmp_path / "base.nn.yaml").write_text(
        _network("fires: above", "inputs: [a]", score % (f"weights: {{a: {COUNT}}}, ", base),
                 "outputs: {o: score.spam0}")
    )  # fmt: skip
    net = tmp_path / "net.nn.yaml"
    net.write_text(_network("extends: base.nn.yaml", score % ("", over)))
    helps = [one.help or "" for one in nnc.check_file(str(net)).diagnostics]
    assert len(helps) == 2 * COUNT - 1
