"""Claims proved and refuted: as a judge finds that tries every row, on drawn networks."""

from random import Random

from nnc.checking import check
from nnc.compiler.graph import Graph
from nnc.proving.properties import Proof, Prover
from tests.support.claims import Drawing, Judge

IN_A_CHUNK = 10  # of 1,000, with 6 claims each


def graph_of(text: str) -> Graph:
    checked = check(text.encode(), "<text>")
    assert checked.graph is not None, [text, *map(str, checked.errors)]
    return checked.graph


def proofs(text: str) -> list[Proof]:
    graph = graph_of(text)
    prover = Prover(graph)
    return [prover.prove(claim) for claim in graph.claims if claim.kind == "properties"]


def test_all_forms_as_the_judge_finds_them(chunk: int) -> None:
    rng = Random(f"claims {chunk}")
    for _ in range(IN_A_CHUNK):
        text = Drawing(rng).text
        judge = Judge(text)
        for proof, claim in zip(proofs(text), judge.properties, strict=True):
            expected = "proved" if judge.holds(claim) else "refuted"
            assert proof.kind == expected, (claim, proof, text)
