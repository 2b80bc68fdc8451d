"""Files of other tools: whatever bytes stand in one, it is a network or a diagnostic with its rule.

What is imported passes the checks of a network that is built, and can be written. A count in a
header asks for no memory that the file does not fill.
"""

from pathlib import Path
from random import Random

from nnc.diagnostics.diagnostic import InvalidNetworkError
from nnc.interchange.importing.settings import Settings
from nnc.interchange.imports import imported_of
from tests.fuzz.mutants import mutated
from tests.support.graphs import random_graph

FILES = Path(__file__).parents[1] / "interchange/importing/files"
FORMATS = {
    "aiger": ("half_adder.aag",),
    "blif": ("adder.blif",),
    "open-psa": ("plant.xml",),
    "pmml": (
        *("card.pmml", "ruled.pmml", "pmml/tree.pmml", "pmml/modelChain.pmml"),
        *("pmml/derived.pmml", "pmml/weightedMajorityVote.pmml", "pmml/weightedMax.pmml"),
        "pmml/card.pmml",
    ),
    "points": ("scorecardpy.csv", "optbinning.csv"),
    "spamassassin": ("local.cf",),
}
WORDS = (b"999999999", b"4294967295", b"-1", b"0", b"1e400", b"]]>", b"<!ENTITY a 'b'>", b"&a;",
         b"\\\n", b".end\n", b".model x\n", b"\xff", b"inf", b"nan", b"%,%", b"[")  # fmt: skip


def trial(rng: Random) -> None:
    name = rng.choice([*FORMATS])
    data = damaged(name, rng)
    try:
        read(name, data)
    except BaseException as error:
        error.add_note(f"the format: {name}\nthe file: {data!r}")
        raise


def damaged(name: str, rng: Random) -> bytes:
    """Draw a file of a format, and damage it."""
    data = (FILES / rng.choice(FORMATS[name])).read_bytes()
    if name == "aiger" and rng.random() < 0.7:
        data = random_graph(rng).binary()
    for _ in range(rng.choice((0, 0, 1, 2))):
        place = rng.randrange(len(data) + 1)
        data = data[:place] + rng.choice(WORDS) + data[place + rng.choice((0, 0, 1, 9)) :]
    return mutated(data, rng)


def read(name: str, data: bytes) -> bool:
    """Read a file, and return whether it is damaged."""
    try:
        imported = imported_of("file", data, name, Settings())
    except InvalidNetworkError as error:
        told = error
    else:
        imported.texts("network.nn.yaml")
        return False
    assert told.diagnostics
    assert all(each.message and each.file == "file" for each in told.diagnostics)
    assert str(told)
    return True
