"""Large files: what a reader does grows with the file, not with its square.

A reader that compared everything with everything would take minutes for these.
"""

from __future__ import annotations

import pytest

from nnc.diagnostics.diagnostic import InvalidNetworkError
from nnc.interchange.imports import read_bytes_as
from nnc.language.network import Network

MANY = 20_000


def network_of(text: str, form: str) -> Network:
    return read_bytes_as(text.encode(), "file", form).network


def test_many_inputs_and_tables_of_blif() -> None:
    inputs = " ".join(f"a[{place}]" for place in range(MANY))
    tables = "".join(f".names a[{place}] t{place}\n0 1\n" for place in range(MANY))
    text = f".model m\n.inputs {inputs}\n.outputs t{MANY - 1}\n{tables}.end\n"
    assert len(network_of(text, "blif").neurons) == 1


def test_a_long_chain_of_buffers_that_all_go_out() -> None:
    outputs = " ".join(f"b{place}" for place in range(1, MANY))
    chain = "".join(f".names b{place - 1} b{place}\n1 1\n" for place in range(1, MANY))
    text = f".model m\n.inputs b0\n.outputs {outputs}\n{chain}.end\n"
    assert not network_of(text, "blif").neurons


def test_a_circuit_of_many_inputs_that_the_file_does_not_hold(full: bool) -> None:
    count = 1_000_000 if full else 50_000
    network = read_bytes_as(f"aig {count} {count} 0 1 0\n2\n".encode(), "file", "aiger").network
    assert network.inputs["i"].size == count
    with pytest.raises(InvalidNetworkError, match="at most 1,000,000"):
        read_bytes_as(b"aig 1000001 1000001 0 1 0\n2\n", "file", "aiger")


def test_conditions_in_each_other() -> None:
    text = "ifplugin x\n" * MANY + "score A 1\n" * MANY + "endif\n" * MANY
    assert len(network_of(text, "spamassassin").inputs) == 1


def test_text_between_many_elements() -> None:
    event = '<basic-event name="a"/>'
    text = f"<opsa-mef>{'<label/> text ' * MANY}"
    text += f'<define-fault-tree name="t"><define-gate name="g"><not>{event}</not></define-gate>'
    assert len(network_of(f"{text}</define-fault-tree></opsa-mef>", "open-psa").neurons) == 1


def test_many_bins() -> None:
    lines = [f'x,"[{place},{place + 1})",{place % 7}' for place in range(MANY)]
    text = "variable,bin,points\nx,<0,0\n" + "\n".join(lines) + f"\nx,>={MANY},0\n"
    network = network_of(text, "points")
    assert len(network.neurons) == 1


def test_many_attributes_of_a_characteristic_are_refused() -> None:
    predicate = '<SimplePredicate field="x" operator="lessThan" value="{}"/>'
    attributes = "".join(
        f'<Attribute partialScore="{place % 7}">{predicate.format(place)}</Attribute>'
        for place in range(5_000)
    )
    text = '<PMML><DataDictionary><DataField name="x" optype="continuous"/></DataDictionary>'
    text += f"<Scorecard><Characteristics><Characteristic>{attributes}</Characteristic>"
    with pytest.raises(InvalidNetworkError, match="too many attributes: 5,000 cut-offs"):
        network_of(f"{text}</Characteristics></Scorecard></PMML>", "pmml")
