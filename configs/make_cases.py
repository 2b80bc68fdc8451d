"""Writes the larger tables of cases below this folder: `python configs/make_cases.py`.

Expected values come from the source named in each function, by plain arithmetic. Nothing here
knows `nnc` or reads a network file, so the tables are an independent check of both.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import product
from pathlib import Path

Row = dict[str, int | str]
HERE = Path(__file__).parent


def main() -> None:
    """Writes every table beside its network."""
    for name, rows in TABLES.items():
        (HERE / f"{name}.cases.csv").write_text(as_csv(list(rows())), "utf-8", newline="\n")


def as_csv(rows: list[Row]) -> str:
    """Rows as CSV text: the inputs, then the outputs."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def grid(**values: Sequence[int | str]) -> Iterator[Row]:
    """Every combination of the values, the first name slowest."""
    for chosen in product(*values.values()):
        yield dict(zip(values, chosen, strict=True))


def bits(*names: str) -> Iterator[dict[str, int]]:
    """The truth table of the names, the first one slowest."""
    for chosen in product([0, 1], repeat=len(names)):
        yield dict(zip(names, chosen, strict=True))


def plain(number: Decimal) -> str:
    """A decimal without trailing zeros or exponent: 5.000 is `5`."""
    return f"{number.normalize():f}"


def parity_8() -> Iterator[Row]:
    """The number of ones modulo 2."""
    for row in bits(*(f"b{i}" for i in range(8))):
        yield {**row, "odd": sum(row.values()) % 2}


def multiplexer_4() -> Iterator[Row]:
    """The data input numbered 2*s1 + s0."""
    for row in bits("d0", "d1", "d2", "d3", "s1", "s0"):
        yield {**row, "out": row[f"d{2 * row['s1'] + row['s0']}"]}


def adder_4() -> Iterator[Row]:
    """Integer addition."""
    for a, b, cin in product(range(16), range(16), range(2)):
        given = {f"{name}{i}": n >> i & 1 for name, n in [("a", a), ("b", b)] for i in (3, 2, 1, 0)}
        total = a + b + cin
        sums = {f"s{i}": total >> i & 1 for i in (3, 2, 1, 0)}
        yield {**given, "cin": cin, "cout": total >> 4, **sums}


def c17() -> Iterator[Row]:
    """ISCAS-85 c17: 10 = NAND(1, 3), 11 = NAND(3, 6), 16 = NAND(2, 11), 19 = NAND(11, 7), …"""
    for row in bits("N1", "N2", "N3", "N6", "N7"):
        n10 = 1 - row["N1"] * row["N3"]
        n11 = 1 - row["N3"] * row["N6"]
        n16 = 1 - row["N2"] * n11
        n19 = 1 - n11 * row["N7"]
        yield {**row, "N22": 1 - n10 * n16, "N23": 1 - n16 * n19}


def seven_segment() -> Iterator[Row]:
    """The truth table of the CD4511B data sheet, segments a to g for 0 to 15."""
    digits = "1111110 0110000 1101101 1111001 0110011 1011011 0011111 1110000 1111111 1110011"
    table = digits.split() + ["0000000"] * 6
    for row, segments in zip(bits("d3", "d2", "d1", "d0"), table, strict=True):
        yield {**row, **{name: int(lit) for name, lit in zip("abcdefg", segments, strict=True)}}


def council_1958() -> Iterator[Row]:
    """Article 148(2) of the EEC Treaty: 12 votes, and 4 members without a proposal."""
    votes = {"belgium": 2, "france": 4, "germany": 4, "italy": 4, "luxembourg": 1, "netherlands": 2}
    for row in bits(*votes, "commission_proposal"):
        members = [name for name in votes if row[name]]
        total = sum(votes[name] for name in members)
        adopted = total >= 12 and (bool(row["commission_proposal"]) or len(members) >= 4)
        yield {**row, "votes": total, "adopted": int(adopted)}


def security_council() -> Iterator[Row]:
    """Article 27(3) of the UN Charter: nine in favour, all five permanent members among them."""
    permanent = ["china", "france", "russia", "united_kingdom", "united_states"]
    for row in bits(*permanent):
        # With all five in favour it also matters that no elected member counts more than another.
        firsts = range(10) if all(row.values()) else range(1)
        for others, first in product(range(11), firsts):
            elected = {f"m{i + 1}": int((i - first) % 10 < others) for i in range(10)}
            adopted = all(row.values()) and sum(row.values()) + others >= 9
            yield {**row, **elected, "adopted": int(adopted)}


def cooling_fault_tree() -> Iterator[Row]:
    """The formula at the top of the network file."""
    for row in bits("pump_a", "pump_b", "pump_c", "grid", "diesel", "tank", "backup"):
        pumps = row["pump_a"] + row["pump_b"] + row["pump_c"] >= 2
        main_lost = pumps or (row["grid"] and row["diesel"]) or row["tank"]
        lost = bool(main_lost) and bool(row["backup"])
        yield {**row, "main_lost": int(bool(main_lost)), "cooling_lost": int(lost)}


def cha2ds2_vasc() -> Iterator[Row]:
    """Lip et al. 2010, and the ESC guidelines of 2020 with their own cut-offs for each sex."""
    others = ["heart_failure", "hypertension", "diabetes", "stroke", "vascular_disease"]
    for age in [18, 64, 65, 74, 75, 130]:
        for row in bits("female", *others):
            points = sum(row.values()) + row["stroke"]
            points += 2 if age >= 75 else 1 if 65 <= age <= 74 else 0
            above = points - row["female"]  # men from 1 and 2 points, women from 2 and 3
            yield {
                "age": age,
                **row,
                "points": points,
                "risk": ["low", "intermediate", "high"][min(points, 2)],
                "anticoagulation": ["none", "considered", "recommended"][min(above, 2)],
            }


def curb65() -> Iterator[Row]:
    """Lim et al. 2003, every combination of the values on both sides of each cut-off."""
    for urea, rate, systolic, diastolic, age, confusion in product(
        ["6.9", "7", "7.01"], ["29", "30"], ["89.9", "90"], ["60", "60.1"], [64, 65], [0, 1]
    ):
        points = (
            confusion
            + (Decimal(urea) > 7)
            + (Decimal(rate) >= 30)
            + (Decimal(systolic) < 90 or Decimal(diastolic) <= 60)
            + (age >= 65)
        )
        yield {
            "confusion": confusion,
            "urea": urea,
            "respiratory_rate": rate,
            "systolic": systolic,
            "diastolic": diastolic,
            "age": age,
            "points": points,
            "severity": ["low", "low", "intermediate", "high", "high", "high"][points],
        }


# Chart 1 of NEWS2, line by line: from-to:points, both ends included.
RESPIRATION = "0-8:3 9-11:1 12-20:0 21-24:2 25-999:3"
SCALE_1 = "0-91:3 92-93:2 94-95:1 96-100:0"
SCALE_2_AIR = "0-83:3 84-85:2 86-87:1 88-100:0"
SCALE_2_OXYGEN = "0-83:3 84-85:2 86-87:1 88-92:0 93-94:1 95-96:2 97-100:3"
SYSTOLIC = "0-90:3 91-100:2 101-110:1 111-219:0 220-999:3"
PULSE = "0-40:3 41-50:1 51-90:0 91-110:1 111-130:2 131-999:3"
TEMPERATURE = "0-35.0:3 35.1-36.0:1 36.1-38.0:0 38.1-39.0:1 39.1-50:2"


def bands(line: str) -> list[tuple[str, str, int]]:
    """The bands of a line of the chart as (from, to, points)."""
    parts = [re.split("[-:]", band) for band in line.split()]
    return [(low, high, int(points)) for low, high, points in parts]


def look_up(value: int | str, line: str) -> int:
    """The points of the one band that holds the value."""
    number = Decimal(value)
    (points,) = [p for low, high, p in bands(line) if Decimal(low) <= number <= Decimal(high)]
    return points


def news2_row(row: Row) -> Row:
    """Charts 1 and 2 for one set of observations."""
    scale_2 = SCALE_2_OXYGEN if row["oxygen"] else SCALE_2_AIR
    lines = [
        look_up(row["respiration"], RESPIRATION),
        look_up(row["saturation"], scale_2 if row["scale_2"] else SCALE_1),
        2 if row["oxygen"] else 0,
        look_up(row["systolic"], SYSTOLIC),
        look_up(row["pulse"], PULSE),
        3 if row["cvpu"] else 0,
        look_up(row["temperature"], TEMPERATURE),
    ]
    total, red = sum(lines), 3 in lines
    risk = "high" if total >= 7 else "medium" if total >= 5 else "low-medium" if red else "low"
    return {**row, "points": total, "red": int(red), "risk": risk}


def news2() -> Iterator[Row]:
    """Royal College of Physicians 2017: each band's ends, all of saturation, then mixtures."""
    usual: Row = {
        "respiration": 16,
        "saturation": 97,
        "scale_2": 0,
        "oxygen": 0,
        "systolic": 120,
        "pulse": 70,
        "cvpu": 0,
        "temperature": "37.0",
    }
    lines = [("respiration", RESPIRATION), ("systolic", SYSTOLIC), ("pulse", PULSE)]
    for name, line in [*lines, ("temperature", TEMPERATURE)]:
        for low, high, _ in bands(line):
            yield news2_row({**usual, name: low})
            yield news2_row({**usual, name: high})
    for row in grid(saturation=[0, *range(80, 101)], scale_2=[0, 1], oxygen=[0, 1]):
        yield news2_row({**usual, **row})
    for row in grid(
        respiration=[8, 11, 12, 21],
        saturation=[91, 94, 96],
        oxygen=[0, 1],
        systolic=[101, 111],
        pulse=[90, 111],
        cvpu=[0, 1],
        temperature=["36.1", "38.1", "39.1"],
    ):
        yield news2_row({**usual, **row})


def spam_score() -> Iterator[Row]:
    """Weights of SpamAssassin's rules/50_scores.cf; spam from 5.0, suspicious from 3.0."""
    weights = {
        "BAYES_99": Decimal("3.5"),
        "BAYES_00": Decimal("-1.9"),
        "URIBL_DBL_SPAM": Decimal("2.5"),
        "BODY_8BITS": Decimal("1.5"),
        "DCC_CHECK": Decimal("1.1"),
        "SUBJ_ALL_CAPS": Decimal("0.5"),
        "MIME_HTML_ONLY": Decimal("0.1"),
        "SPF_PASS": Decimal("-0.001"),
        "RCVD_IN_DNSWL_LOW": Decimal("-0.7"),
    }
    for row in bits(*weights):
        points = sum((weights[name] for name, hit in row.items() if hit), Decimal(0))
        verdict = "spam" if points >= 5 else "suspicious" if points >= 3 else "ham"
        yield {**row, "points": plain(points), "verdict": verdict, "spam": int(points >= 5)}


def card_payment() -> Iterator[Row]:
    """The house rule at the top of the network file."""
    amounts = ["0", "199.99", "200", "499.99", "500", "1999.99", "2000"]
    flags = {"country_differs": [0, 1], "new_device": [0, 1], "known_customer": [0, 1]}
    off = {name: [0] for name in flags}
    given = [
        *grid(amount=amounts, orders_last_hour=[2, 3, 5, 6], hour=[5, 6], **flags),
        *grid(amount=["0"], orders_last_hour=[0], hour=range(24), **off),
    ]
    stolen = grid(amount=["0", "500", "2000"], orders_last_hour=[0, 6], hour=[12], **flags)
    for row in [{**row, "reported_stolen": 0} for row in given] + [
        {**row, "reported_stolen": 1} for row in stolen
    ]:
        amount, orders = Decimal(row["amount"]), int(row["orders_last_hour"])
        points = Decimal(0)
        if amount >= 2000:
            points += 4
        elif amount >= 500:
            points += Decimal("2.5")
        elif amount >= 200:
            points += 1
        if orders >= 6:
            points += 3
        elif orders >= 3:
            points += 1
        if int(row["hour"]) <= 5:
            points += Decimal("1.5")
        points += 2 * int(row["country_differs"])
        points += Decimal("1.5") * int(row["new_device"])
        points -= Decimal("2.5") * int(row["known_customer"])
        decision = "decline" if points >= 7 else "review" if points >= 4 else "accept"
        if row["reported_stolen"]:
            decision = "decline"
        yield {**row, "points": plain(points), "decision": decision}


TABLES: dict[str, Callable[[], Iterator[Row]]] = {
    "arithmetic/adder_4": adder_4,
    "circuits/c17": c17,
    "circuits/seven_segment": seven_segment,
    "fraud/card_payment": card_payment,
    "logic/multiplexer_4": multiplexer_4,
    "logic/parity_8": parity_8,
    "mail/spam_score": spam_score,
    "medicine/cha2ds2_vasc": cha2ds2_vasc,
    "medicine/curb65": curb65,
    "medicine/news2": news2,
    "safety/cooling_fault_tree": cooling_fault_tree,
    "voting/council_1958": council_1958,
    "voting/security_council": security_council,
}

if __name__ == "__main__":
    main()
