"""Every file in `invalid/` has the one mistake it is named after, told as the text beside it says.

The files that these use lie in `invalid/files/`; some hold the mistake, and it is told there.
`pytest --update-expected` writes the texts; read the difference before you commit it.
"""

from collections import Counter
from pathlib import Path

import pytest

from nnc.diagnostics.rules import RULES
from nnc.opening.checking import check_file
from nnc.terminal.findings import Report
from nnc.terminal.reporter import FORMS

FOLDER = Path(__file__).parent / "invalid"
FILES = sorted(FOLDER.glob("*.nn.yaml"))
USED = FOLDER / "files"
ELSEWHERE = {
    "NNC214": "a float in Python",
    "NNC219": "a network with open numbers that is to be evaluated",
    "NNC411": "a search for numbers",
    "NNC601": "a case that fails when it runs",
    "NNC603": "there are no cases to run",
    "NNC604": "a name that no case has",
    "NNC605": "what cases have not seen",
    "NNC606": "what cases have not seen",
    "NNC608": "what `nnc prove` finds",
    "NNC609": "what `nnc prove` finds",
    "NNC610": "a name that no property has",
    "NNC611": "there are no properties to prove",
    "NNC612": "what `nnc prove` finds",
    "NNC613": "a certificate that `nnc prove --verify` refuses",
    "NNC614": "a proof without a certificate",
    "NNC615": "what a certificate leaves out",
    "NNC616": "a certificate within limits",
    "NNC712": "what `nnc prove` finds",
    "NNC713": "what `nnc prove` finds",
    "NNC714": "what `nnc prove` finds",
    "NNC715": "what `nnc prove` finds",
    "NNC902": "a file that is too large",
    "NNC904": "a folder without networks",
    "NNC905": "a compiled file that is damaged",
    "NNC906": "a compiled file that is out of date",
    "NNC907": "a compiled file without its sources",
    "NNC910": "what `nnc fmt` finds",
    "NNC911": "what `nnc fmt` finds",
    "NNC912": "what `nnc fmt` finds",
    "NNC940": "the command `nnc import`",
    "NNC941": "the command `nnc import`",
    "NNC946": "the command `nnc import`",
    "NNC947": "the command `nnc import`",
    "NNC950": "the command `nnc import`",
    "NNC943": "the command `nnc import`",
    "NNC944": "the command `nnc import`",
    "NNC951": "what `nnc solve` finds",
    "NNC952": "what `nnc solve` finds",
    "NNC953": "a search that ends too early",
    "NNC971": "the command `nnc cuts`",
    "NNC972": "the command `nnc cuts`",
    "NNC994": "the command `nnc export`",
    "NNC995": "the command `nnc export`",
    "NNC996": "the command `nnc export`",
    "NNC997": "the command `nnc export`",
    "NNC998": "the command `nnc export`",
    "NNC954": "rows that no change of numbers meets",
}
"""Mistakes that no single file can have.

So have those of rows, NNC5xx, of git, NNC92x, of the command, NNC93x, and of `nnc fit`, NNC96x
and NNC98x.
"""


def findings(file: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    monkeypatch.chdir(FOLDER)
    return Report(tuple(check_file(file.name).diagnostics), 1)


@pytest.mark.parametrize("code", sorted({file.name[:6] for file in FILES}))
def test_the_one_mistake(code: str, monkeypatch: pytest.MonkeyPatch, update: bool) -> None:
    for file in (each for each in FILES if each.name.startswith(code)):
        found = findings(file, monkeypatch)
        expected = file.with_name(file.name.removesuffix(".nn.yaml") + ".txt")
        told = FORMS["full"].render(found)
        lines = FORMS["concise"].render(found).splitlines()[:-1]
        assert len(lines) == 1, "\n".join([file.name, *lines])
        assert f"[{code}]" in lines[0], file.name
        assert lines[0].startswith((f"{file.name}:", "files/")), file.name
        if update:
            expected.write_text(told, "utf-8")
        assert expected.read_text("utf-8") == told, file.name


def test_every_file_beside_them_is_used() -> None:
    texts = [file.read_text("utf-8", "replace") for file in (*FILES, *USED.glob("*.nn.yaml"))]
    for file in USED.iterdir():
        if file.is_file() and file.name != "make.py":
            assert any(file.name in text for text in texts), file.name


def test_every_text_has_its_file() -> None:
    texts = {file.name.removesuffix(".txt") for file in FOLDER.glob("*.txt")}
    assert texts == {file.name.removesuffix(".nn.yaml") for file in FILES}


def test_every_mistake_of_a_file_has_an_example() -> None:
    examples = Counter(file.name[:6] for file in FILES)
    codes = {rule.code for rule in RULES.values()}
    assert examples.keys() <= codes
    missing = {
        code
        for code in codes - examples.keys()
        if not code.startswith(("NNC5", "NNC92", "NNC93", "NNC955", "NNC96", "NNC98"))
    }
    assert missing <= ELSEWHERE.keys()
