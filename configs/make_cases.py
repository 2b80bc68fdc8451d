"""Writes the larger tables of cases below this folder: `python configs/make_cases.py`.

Expected values come from the source named in each function, by plain arithmetic. Nothing here
knows `nnc` or reads a network file, so the tables are an independent check of both.

It also writes the weights of `grids/outline_sparse.nn.yaml`. Those of `digits/` and `fashion/` are
trained, as their READMEs tell.
"""

import csv
import io
import json
import re
import sys
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from decimal import Decimal
from itertools import product
from pathlib import Path
from random import Random

Row = dict[str, int | str]
Picture = Set[tuple[int, ...]]  # row and column of the pixels with ink
Tensor = tuple[str, Sequence[int]]
HERE = Path(__file__).parent


def main() -> None:
    """Writes every table, and every file of weights, beside its network."""
    for name, rows in TABLES.items():
        (HERE / f"{name}.cases.csv").write_text(as_csv(list(rows())), "utf-8", newline="\n")
    for name, tensors in WEIGHTS.items():
        (HERE / f"{name}.safetensors").write_bytes(as_safetensors(tensors()))


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


def number(bits: Sequence[int]) -> int:
    """The unsigned integer of a bus, its element 0 the lowest bit."""
    return sum(bit << place for place, bit in enumerate(bits))


def drawn(random: Random, size: int, share: float = 0.5) -> int:
    """A number of so many bits; only `random` itself is promised to give the same for ever."""
    return number([int(random.random() < share) for _ in range(size)])


def borders(size: int) -> list[int]:
    """The numbers of so many bits beside every power of two, and 0101… and 1010…"""
    powers = [1 << place for place in range(size + 1)]
    around = {near for power in powers for near in (power - 1, power)} - {1 << size}
    return sorted(around | {powers[-1] // 3, powers[-1] // 3 * 2})


def as_safetensors(tensors: Mapping[str, Tensor]) -> bytes:
    """A safetensors file: the length of a JSON header, the header, the numbers; all little-endian.

    Tensors of wide numbers come first, so that each is aligned.
    """
    codes = {"I64": "q", "I32": "i", "I8": "b"}
    header, data = {}, b""
    for name, (dtype, numbers) in tensors.items():
        values = array(codes[dtype], numbers)
        if sys.byteorder == "big":
            values.byteswap()
        ends = [len(data), len(data) + len(values.tobytes())]
        header[name] = {"dtype": dtype, "shape": [len(values)], "data_offsets": ends}
        data += values.tobytes()
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + data


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


def adder_8bit() -> Iterator[Row]:
    """Integer addition."""
    random = Random(8)
    pairs = [*product(borders(8), repeat=2)]
    pairs += [(drawn(random, 8), drawn(random, 8)) for _ in range(500)]
    for a, b in pairs:
        yield {"a": a, "b": b, "sum": (a + b) % 2**8, "carry": (a + b) // 2**8}


def adder_64bit() -> Iterator[Row]:
    """Integer addition: carries that begin or end at each bit, sums of ones only, and any pairs."""
    random, most = Random(64), 2**64 - 1
    pairs = [(0, 0), (most, most), (most, 0), (0, most)]
    for power in (1 << place for place in range(64)):
        pairs += [(power, power), (power - 1, 1), (2**64 - power, power)]
    pairs += [(n, most - n) for n in (drawn(random, 64) for _ in range(50))]
    pairs += [(drawn(random, 64), drawn(random, 64)) for _ in range(400)]
    for a, b in pairs:
        yield {"a": a, "b": b, "sum": (a + b) % 2**64, "carry": (a + b) // 2**64}


def multiplier_row() -> Iterator[Row]:
    """Integers: a * b and the row above, its carry in front, without its lowest bit."""
    random = Random(7)
    given = [*product([0, 1, 85, 128, 255], [0, 1], [0, 1, 2, 170, 254, 255], [0, 1])]
    given += [(drawn(random, 8), drawn(random, 1), drawn(random, 8), drawn(random, 1))
              for _ in range(500)]  # fmt: skip
    for a, b, above, above_carry in given:
        total = a * b + (2**8 * above_carry + above) // 2
        row: Row = {"a": a, "b": b, "above": above, "above_carry": above_carry}
        yield {**row, "sum": total % 2**8, "carry": total // 2**8}


def multiplier_8x8() -> Iterator[Row]:
    """Integer multiplication."""
    random = Random(88)
    pairs = [*product(borders(8), repeat=2)]
    pairs += [(drawn(random, 8), drawn(random, 8)) for _ in range(1000)]
    for a, b in pairs:
        yield {"a": a, "b": b, "product": a * b}


def popcount_32() -> Iterator[Row]:
    """The number of ones: single bits, runs from below, and any 32 bits, few ones to many."""
    random = Random(32)
    numbers = [1 << place for place in range(32)] + [(1 << size) - 1 for size in range(33)]
    numbers += [drawn(random, 32, i / 600) for i in range(600)]
    for bits in numbers:
        yield {"bits": bits, "count": f"{bits:b}".count("1")}


def lookahead_4() -> Iterator[Row]:
    """One carry after the other: carry k + 1 is g(k) or (p(k) and carry k)."""
    for g, p, cin in product(range(16), range(16), range(2)):
        carries, alone = [cin], 0
        for place in range(4):
            generates, lets_through = g >> place & 1, p >> place & 1
            carries.append(int(generates or (lets_through and carries[-1])))
            alone = int(generates or (lets_through and alone))
        row: Row = {"g": g, "p": p, "cin": cin, "carry": number(carries[:4])}
        yield {**row, "generate": alone, "propagate": int(p == 15)}


def lookahead_adder_4() -> Iterator[Row]:
    """Integer addition; a block generates a carry from 16, and lets one through at 15."""
    for a, b, cin in product(range(16), range(16), range(2)):
        row: Row = {"a": a, "b": b, "cin": cin, "sum": (a + b + cin) % 16}
        yield {**row, "generate": int(a + b > 15), "propagate": int(a + b == 15)}


def lookahead_adder_16() -> Iterator[Row]:
    """Integer addition."""
    random = Random(16)
    given = [*product(borders(16), borders(16), [0, 1])]
    given += [(drawn(random, 16), drawn(random, 16), drawn(random, 1)) for _ in range(500)]
    for a, b, cin in given:
        total = a + b + cin
        yield {"a": a, "b": b, "cin": cin, "sum": total % 2**16, "carry": total // 2**16}


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


def glasgow_coma_scale() -> Iterator[Row]:
    """Teasdale and Jennett 1974: the first response of each list is 1 point, the next 2, …"""
    eyes = ["none", "pressure", "sound", "spontaneous"]
    verbal = ["none", "sounds", "words", "confused", "orientated"]
    motor = ["none", "extension", "abnormal_flexion", "normal_flexion", "localising", "obeying"]
    for e, v, m in product(eyes, verbal, motor):
        points = eyes.index(e) + verbal.index(v) + motor.index(m) + 3
        severity = "severe" if points <= 8 else "moderate" if points <= 12 else "mild"
        yield {"eyes": e, "verbal": v, "motor": m, "points": points, "severity": severity}


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


def wells_pe() -> Iterator[Row]:
    """Wells et al. 2000, every combination, the heart rate on both sides of its cut-off."""
    points_of = dict.fromkeys(["thrombosis_signs", "most_likely"], Decimal(3))
    points_of |= dict.fromkeys(["immobile", "earlier"], Decimal("1.5"))
    points_of |= dict.fromkeys(["coughs_blood", "cancer"], Decimal(1))
    for rate in [100, 101]:
        for row in bits(*points_of):
            points = sum((points_of[name] for name, bit in row.items() if bit), Decimal(0))
            points += Decimal("1.5") if rate > 100 else 0
            yield {
                **row,
                "heart_rate": rate,
                "points": plain(points),
                "probability": "low" if points < 2 else "moderate" if points <= 6 else "high",
                "embolism": "likely" if points > 4 else "unlikely",
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


MAIL = {
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


def mail(weights: Mapping[str, Decimal], spam: Decimal) -> Iterator[Row]:
    """The points of every set of rules that hit; spam from so many, suspicious from 3.0."""
    for row in bits(*weights):
        points = sum((weights[name] for name, hit in row.items() if hit), Decimal(0))
        verdict = "spam" if points >= spam else "suspicious" if points >= 3 else "ham"
        yield {**row, "points": plain(points), "verdict": verdict, "spam": int(points >= spam)}


def spam_score() -> Iterator[Row]:
    """Weights of SpamAssassin's rules/50_scores.cf; spam from 5.0."""
    return mail(MAIL, Decimal("5.0"))


def spam_score_shop() -> Iterator[Row]:
    """The same with a shop's own weight, rule and threshold."""
    own = {"BODY_8BITS": Decimal("0.1"), "ATTACHED_PROGRAM": Decimal("4.2")}
    return mail({**MAIL, **own}, Decimal("6.5"))


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


def life_cell() -> Iterator[Row]:
    """Conway's rule: born with three neighbours, survives with two or three."""
    for neighbours, alive in product(range(256), range(2)):
        count = f"{neighbours:b}".count("1")
        lives = count == 3 or (alive and count == 2)
        yield {"neighbours": neighbours, "alive": alive, "next": int(lives)}


SIDE = 28
PIXELS = list(product(range(SIDE), repeat=2))
WINDOW = list(product((-1, 0, 1), repeat=2))


def as_bits(ink: Picture, width: int = SIDE) -> int:
    """A picture as the integer of its pixels, row by row."""
    return sum(1 << (width * y + x) for y, x in ink)


def outlined(ink: Picture, height: int = SIDE, width: int = SIDE) -> int:
    """Which pixels have ink and a neighbour that has none, row by row without the rim."""
    edges = []
    for y, x in product(range(1, height - 1), range(1, width - 1)):
        window = {(y + dy, x + dx) for dy, dx in WINDOW}
        edges.append(int((y, x) in ink and not window <= ink))
    return number(edges)


def pictures() -> Iterator[Picture]:
    """Blank and full, points, holes, lines, boxes, discs, rings, patterns, and any pixels."""
    whole = set(PIXELS)
    yield set()
    yield whole
    for point in product([0, 1, 13, 26, 27], repeat=2):
        yield {point}
        yield whole - {point}
    for line in (0, 1, 2, 14, 25, 26, 27):
        yield {(y, x) for y, x in PIXELS if y == line}
        yield {(y, x) for y, x in PIXELS if x == line}
    for size in (2, 3, 4, 9, 20):
        yield set(product(range(4, 4 + size), range(5, 5 + size)))
    for radius in (3, 6, 9, 13):
        disc = {(y, x) for y, x in PIXELS if (y - 14) ** 2 + (x - 13) ** 2 <= radius**2}
        yield disc
        yield {(y, x) for y, x in disc if (y - 14) ** 2 + (x - 13) ** 2 > radius**2 / 3}
    yield {(y, x) for y, x in PIXELS if (y + x) % 2 == 0}
    yield {(y, x) for y, x in PIXELS if (y + x) % 5 < 3}
    yield {(y, x) for y, x in PIXELS if y >= x}
    random = Random(28)
    for share in range(1, 40):
        yield {point for point in PIXELS if random.random() < share / 40}


def outline() -> Iterator[Row]:
    """Pixels with ink beside a pixel without."""
    for ink in pictures():
        yield {"pixels": as_bits(ink), "edges": outlined(ink)}


def outline_row() -> Iterator[Row]:
    """The same for three rows out of each picture."""
    for i, ink in enumerate(pictures()):
        top = i % (SIDE - 2)
        strip = {(y - top, x) for y, x in ink if top <= y < top + 3}
        yield {"strip": as_bits(strip), "edges": outlined(strip, 3)}


def outline_cell() -> Iterator[Row]:
    """The same for three columns of three pixels."""
    for columns in product(range(8), repeat=3):
        ink = {(y, x) for y, x in product(range(3), repeat=2) if columns[x] >> y & 1}
        row: Row = dict(zip(["left", "middle", "right"], columns, strict=True))
        yield {**row, "edge": outlined(ink, 3, 3)}


def outline_sparse() -> dict[str, Tensor]:
    """For each window 8 in the middle and -1 around it, by rows (CSR)."""
    windows = list(product(range(1, SIDE - 1), repeat=2))
    return {
        "indptr": ("I64", [9 * i for i in range(len(windows) + 1)]),
        "indices": ("I32", [SIDE * (y + dy) + x + dx for y, x in windows for dy, dx in WINDOW]),
        "values": ("I8", [8 if step == (0, 0) else -1 for _ in windows for step in WINDOW]),
    }


TABLES: dict[str, Callable[[], Iterator[Row]]] = {
    "arithmetic/adder_4": adder_4,
    "arithmetic/adder_8bit": adder_8bit,
    "arithmetic/adder_64bit": adder_64bit,
    "arithmetic/lookahead_4": lookahead_4,
    "arithmetic/lookahead_adder_4": lookahead_adder_4,
    "arithmetic/lookahead_adder_16": lookahead_adder_16,
    "arithmetic/multiplier_8x8": multiplier_8x8,
    "arithmetic/multiplier_row": multiplier_row,
    "arithmetic/popcount_32": popcount_32,
    "circuits/c17": c17,
    "circuits/seven_segment": seven_segment,
    "fraud/card_payment": card_payment,
    "grids/life_cell": life_cell,
    "grids/outline": outline,
    "grids/outline_cell": outline_cell,
    "grids/outline_row": outline_row,
    "logic/multiplexer_4": multiplexer_4,
    "logic/parity_8": parity_8,
    "mail/spam_score": spam_score,
    "mail/spam_score_shop": spam_score_shop,
    "medicine/cha2ds2_vasc": cha2ds2_vasc,
    "medicine/curb65": curb65,
    "medicine/glasgow_coma_scale": glasgow_coma_scale,
    "medicine/news2": news2,
    "medicine/wells_pe": wells_pe,
    "safety/cooling_fault_tree": cooling_fault_tree,
    "voting/council_1958": council_1958,
    "voting/security_council": security_council,
}
WEIGHTS: dict[str, Callable[[], dict[str, Tensor]]] = {"grids/outline_sparse": outline_sparse}

if __name__ == "__main__":
    main()
