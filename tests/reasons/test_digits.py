"""A digit picture: what a circuit of 95 neurons over 64 pixels gives, against other pictures."""

import csv
from pathlib import Path
from random import Random

import nnc

DIGITS = Path(__file__).parents[2] / "configs" / "digits"


def test_a_picture_stays_its_digit() -> None:
    network = nnc.load(DIGITS / "labelled.nn.yaml")
    with (DIGITS / "labelled.cases.csv").open() as file:
        row = list(csv.DictReader(file))[8]
    label = row.pop("digit")
    (output,) = nnc.why(network, row, only="digit").outputs
    assert output.value == label
    forced = output.forced
    assert 2 <= forced.least <= len(forced.conditions) <= 36
    held = {each.input: str(each.values[0]) for each in forced.conditions}
    assert held.items() <= row.items()
    random = Random(3)
    pictures = {
        name: [held[name]] * 2_000 if name in held else random.choices("01", k=2_000)
        for name in row
    }
    assert set(nnc.evaluate(network, pictures)["digit"]) == {label}
    assert output.near.is_proved
    (only,) = output.near.rows
    (change,) = only.changes
    others = [{**row, name: str(1 - int(value))} for name, value in row.items()]
    digits = nnc.evaluate(network, {name: [each[name] for each in others] for name in row})["digit"]
    turned = [name for name, digit in zip(row, digits, strict=True) if digit != label]
    assert turned == [change.input]
