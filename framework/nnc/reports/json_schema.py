"""The JSON Schemas: of network files, and of everything nnc writes as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from nnc.language.network.fields import Schema
from nnc.reports.network_schema import DIALECT, network_schema

_DESCRIPTIONS = {
    "format_version": "The version of this form of output: 1.",
    "nnc_version": "The version of nnc that wrote it.",
    "plan": "The lines of the plan.",
    "diagnostics": "Every finding, by file and place.",
    "summary": "How much was found.",
    "cases": "How many cases were run.",
    "failed": "How many of them failed.",
    "coverage": "With --coverage, how much of the thresholds and cut-offs the cases have seen.",
    "sides": "How many sides of thresholds and cut-offs there are: each fires, or does not.",
    "seen": "How many of them some case has seen.",
    "file": "The file, as it was named; null where there is none.",
    "line": "The line, from 1; null where the place is not known.",
    "column": "The column in characters, from 1.",
    "end_line": "The line on which it ends.",
    "end_column": "The column after its last character.",
    "code": "The stable code, such as NNC301.",
    "severity": "`error`, `warning` or `note`.",
    "message": "What is wrong, in one line.",
    "help": "How to fix it.",
    "details": "Lines that say more.",
    "path": "The keys that lead to the place: neurons.sum.weights.a",
    "related": "Other places that explain this one.",
    "fix": "The edits that correct it; null where it is not clear what to write.",
    "is_safe": "Whether nothing else can have been meant.",
    "edits": "Stretches of the file, and what takes their place.",
    "new_text": "What takes its place.",
    "files": "The number of files checked.",
    "errors": "How many errors there are.",
    "warnings": "How many warnings there are.",
    "notes": "Notes: how many there are, or their texts.",
    "row": "The number of the row, from 1.",
    "inputs": "The value of each input.",
    "neurons": "What each neuron did, in order of evaluation.",
    "name": "The name.",
    "fires": "The rule: `above`, `at_least`, `below` or `at_most`.",
    "sum": "The weighted sum, exactly.",
    "thresholds": "Each threshold of the neuron.",
    "contributions": "What each source added to the sum.",
    "threshold": "The number that the sum is compared with.",
    "margin": "How far the decision is from changing: the distance of the sum from the threshold.",
    "fired": "1 where the neuron fired, else 0.",
    "source": "The source: an input, a neuron, a step or a constant.",
    "value": "The value of the source.",
    "weight": "The weight of the source.",
    "amount": "The weight times the value.",
    "comparisons": "Each two networks that were compared.",
    "before": "What was there before; null where there was nothing.",
    "after": "What is there after; null where there is nothing.",
    "structure": "Differences in structure.",
    "behaviour": "Differences in behaviour.",
    "is_same": "Whether they mean the same; then changes are only in spelling.",
    "changes": "Every declaration that was added, removed or changed.",
    "renamed": "Declarations with another name, which never changes the meaning.",
    "used": "What changed inside files that parts use, each once.",
    "place": "What it is: `input`, `neuron`, `layer`, `part`, `output`, `assumption` or "
    "`property`.",
    "kind": "How it changed, in one word.",
    "text": "The declaration in short, where it was added or removed.",
    "what": "What changed, such as `weight` or `threshold`.",
    "subject": "Of what: the source of a weight, the name of a threshold.",
    "changed": "Of many numbers, how many changed.",
    "total": "How many there are in all.",
    "is_equal": "Whether every output was proved to be the same.",
    "verdicts": "The verdict on each output.",
    "output": "The alias of the output.",
    "how": "How that is known, or what was tried.",
    "tried": "How many inputs were tried; null where they were not counted.",
    "differing": "For how many of those tried it differs; null where that was not counted.",
    "counterexample": "Inputs for which it differs; null where none are known.",
    "unit": "What the counts are of: `input`, or `range` for combinations of ranges of values.",
    "region": "Where it differs, whatever the other inputs are; null where it is not known to.",
    "all": "The conditions that all hold.",
    "some": "The conditions of which a number holds.",
    "least": "How many of `some` hold, at least.",
    "most": "How many of `some` hold, at most.",
    "either": "Lists of conditions: where there are any, all of one of the lists hold.",
    "is_whole": "Whether it differs nowhere else.",
    "input": "The name of an input.",
    "element": "Which element of a bus; null for an input that is no bus, or for all of it.",
    "values": "The values that it may have; empty where it is between ends.",
    "at_least": "It is this number or more; null where there is no such end.",
    "above": "It is above this number; null where there is no such end.",
    "at_most": "It is this number or less; null where there is no such end.",
    "below": "It is below this number; null where there is no such end.",
    "others": "The other inputs in the replay, of which it does not depend on any.",
    "left": "What is left of an unknown one; null for others.",
    "elements": "The places of the elements of a bus that are open.",
    "size": "How many elements there are.",
    "open_inputs": "The inputs that it depends on.",
    "unbounded": "Inputs without an end of which each value counts.",
    "neurons_before": "How many neurons are left before; null where it was not looked at.",
    "neurons_after": "How many are left after; null where it was not looked at.",
    "first_before": "The first of them before, in the order of calculation.",
    "first_after": "The first of them after.",
    "steps": "What was tried in vain.",
    "budget": "With about so many seconds of it all inputs are tried; null where that is no way.",
    "moved": "How the rows of a file change; null where none was given.",
    "moves": "From what to what an output goes, the most frequent first.",
    "rows": "Rows: how many there are, or the numbers of the first, from 1.",
    "times": "In how many rows.",
    "outputs": "Each output that both networks have.",
    "parted": "The neurons in which the networks diverge.",
    "commits": "Every commit that touched the network, the newest first.",
    "commit": "The commit, in full.",
    "date": "The day on which it was written.",
    "author": "Who wrote it.",
    "title": "The first line of its message.",
    "renamed_from": "The name of the file in the first parent, if it was another.",
    "passed_over": "How many invalid versions lie between those that are compared.",
    "comparison": "What changed; null where there is nothing to compare with.",
    "formatted": "The files that were rewritten, or would be.",
    "written": "Whether they were written; not with `--check` or `--diff`.",
    "columns": "Each column that was compared with an output.",
    "right": "How many rows are as expected.",
    "empty": "How many rows have no expected value; they are not among the rows.",
    "expected": "What was expected.",
    "got": "What the network gave.",
    "confusion": "What came where what was expected; null for more than 20 different values.",
    "counts": "For each value that is expected, how often each of the values came.",
    "differences": "The first 10 rows that are not as expected.",
    "digests": "The digest of each network, in the order of the files.",
    "of": "What the digest is of: `structure` or `behaviour`.",
    "digest": "`sha256:` and 64 hexadecimal digits.",
}
"""What the keys mean that nnc writes; one name means the same everywhere but in a plan."""

_IN_A_TRACE = {
    "name": "The name.",
    "inputs": "The value of each input.",
    "extra": "The columns of the row that are no inputs, where they are kept.",
    "outputs": "What each output gives, and why, in the order of the file.",
    "kind": "`bit`, `bus`, `number`, `sum`, `level` or `largest`.",
    "value": "What it gives; a bus of bits as its unsigned integer.",
    "reason": "Why, in one line.",
    "sources": "The neurons or inputs that it is made of.",
    "thresholds": "Each threshold of the neuron; of an output those that decide a bit or a level.",
    "ranking": "The neurons of which the largest sum is taken, the winner first.",
    "label": "The name of its place; empty without labels.",
    "way": "The neurons that decided, from the outputs down, by name.",
    "decisive": "The inputs, or their elements, that decided: with these as they are the outputs "
    "are the same, whatever the others are.",
    "neurons": "What each neuron did that the outputs may depend on, in order of evaluation.",
}
"""What the keys of a trace mean."""

_IN_A_PLAN = {
    "name": "The name; of a neuron in a part behind that of the part: `adder(3).carry`.",
    "levels": "How many levels of neurons there are.",
    "level": "The level: neurons of one level read none of each other.",
    "inputs": "Every input, in the order of the file.",
    "neurons": "Every neuron that is not part of a layer, parts written out, by level.",
    "layers": "Every layer, parts written out, by level.",
    "outputs": "Every output, in the order of the file.",
    "type": "`bit`, `integer`, `real` or `choice`.",
    "size": "How many there are: of a bus its width, null for a scalar; of a layer its neurons.",
    "of": "The values of a choice.",
    "min": "The least value, null where there is none.",
    "max": "The greatest value, null where there is none.",
    "default": "The value where a row has none, null where a row must have one.",
    "states": "The values of silence and of firing, for an input those of 0 and 1.",
    "signals": "The names by which neurons read it: one, or one for each element or value.",
    "instance": "The part that it belongs to, such as `adder(3)`; empty in the network itself.",
    "kind": "Of a neuron: `neuron` where it is declared, `step` of a number (`age>=65`), or "
    "`default` of an input of a part; of an output: `bit`, `bus`, `number`, `sum`, `level` or "
    "`largest`.",
    "sources": "The signals that are read, by name, and the constants 0 and 1; for a sum and for "
    "the largest sum the neurons.",
    "weights": "The weight of each source, as written; of a layer a row for each neuron, or one "
    "number for all, or compressed rows.",
    "thresholds": "Each threshold, as written; of a layer one for each neuron.",
    "indptr": "Where the entries of each neuron start, and where they end.",
    "indices": "The place among the sources of each entry.",
    "values": "The weight of each entry.",
    "labels": "The name of each level, or of each place.",
    "is_bus": "Whether rows have a list of values.",
    "is_integer": "Whether rows have the bits as one unsigned integer.",
}
"""What the keys of a plan mean."""
_IN_A_PICTURE = {
    "name": "The name; of a port what it is called there, empty where that is the box itself.",
    "width": "How wide it is, in pixels.",
    "height": "How high it is, in pixels.",
    "remark": "What a picture of a change says of it all.",
    "boxes": "What is drawn: inputs, neurons, layers, parts and outputs.",
    "wires": "The wires between boxes.",
    "id": "The number of the box, from 0.",
    "kind": "`input`, `inputs` (many bits in one grid), `neuron`, `neurons` (many as one layer), "
    "`layer`, `part` or `output`.",
    "note": "Its type or rule, as it is drawn.",
    "title": "Everything about it in one sentence.",
    "x": "How far right it begins, in pixels.",
    "y": "How far down it begins, in pixels.",
    "text": "The text, as it is drawn.",
    "texts": "The texts in the box.",
    "inlets": "Where wires come in: one for each source.",
    "outlets": "Where wires go out.",
    "inside": "The box of the part that it is drawn in.",
    "value": "In a run the value of an input or output.",
    "fires": "In a run whether it is 1.",
    "source": "The box that the wire comes from.",
    "outlet": "The outlet that it comes from, by name.",
    "target": "The box that it leads to.",
    "inlet": "The inlet that it leads to, by name.",
    "sign": "1 where all weights are above 0, -1 where all are below, else 0.",
    "is_bus": "Whether it is several signals.",
    "points": "Its way: straight, then in turn curved and straight; empty where it is not drawn.",
}
"""What the keys of a picture mean."""
_IN_AN_EXPLANATION = {
    "rules": "Each rule, by code.",
    "name": "The name, such as `unknown-source`.",
    "summary": "What it means, in one line.",
    "why": "Why it is a rule.",
    "files": "The files beside the examples: their texts, or the Python that makes them.",
    "language": "What the examples are: `yaml`, `sh`, `text` or `python`.",
    "bad": "An example with this mistake.",
    "good": "The same without it.",
    "help": "How to fix it.",
    "url": "Where it is explained online.",
}
"""What the keys of an explanation mean."""
_IN_COMPARED_COLUMNS = {"values": "The values that occur, expected or not."}
_IN_A_PROOF = {
    "properties": "What has come of each property, by file and place; what used networks assume "
    "comes first.",
    "name": "The name; of a property without one what it says.",
    "claim": "What is claimed, in short.",
    "kind": "`proved`, `refuted` or `unknown`.",
    "how": "How that is known, or what was tried.",
    "rows": "The rows that refute it, by input: one, or two where it is about two.",
}
"""What the keys of proofs mean."""
_IN_A_FIT = {
    "label": "The column that is predicted.",
    "positive": "Its value that counts as 1.",
    "goal": "What is best: `loss`, `accuracy` or `auc`.",
    "cards": "The scores that are best, the best first.",
    "proof": "What is known about the best.",
    "network": "The best score as a network file.",
    "diagnostics": "What is to be known of the rows.",
    "terms": "The terms that have points.",
    "threshold": "From how many points on the output is 1.",
    "risks": "The risk at each number of points.",
    "train": "How good it is in the rows that it was learnt from.",
    "test": "How good it is in the rows for the test.",
    "term": "The term, as people read it.",
    "column": "The column of the rows.",
    "input": "The input of the network.",
    "cut": "From which number on it holds; null for others.",
    "value": "Which value of a choice it is; null for others.",
    "points": "How many points it has; or a number of points.",
    "risk": "The share of rows that are 1, by the odds that fit best.",
    "rows": "How many rows there are.",
    "ones": "How many of them are 1.",
    "loss": "The mean logarithmic loss.",
    "accuracy": "The share of rows that are judged rightly.",
    "auc": "The share of pairs of a 1 and a 0 that the points order rightly.",
    "hits": "The rows that are 1 and judged so.",
    "misses": "The rows that are 1 and judged 0.",
    "false_alarms": "The rows that are 0 and judged 1.",
    "status": "`proved`, `searched` or `stopped`.",
    "choices": "How many choices of terms there are.",
    "bounded": "How many of them were bounded.",
    "examined": "How many of them no bound excluded.",
    "bound": "A value that no score of so many terms is below: the loss or cost of all rows, or "
    "twice the pairs in the wrong order.",
}
"""What the keys of a fit mean."""
_IN_A_REFIT = _IN_A_FIT | {
    "file": "The file that left the numbers open.",
    "output": "The output that says the label.",
    "numbers": "Every number that was open, in the order of the file.",
    "path": "Where it stands in the file.",
    "value": "The number; a text where JSON does not hold it exactly.",
    "cases": "How many cases of the file there are, which all hold.",
    "overlay": "The overlay with the numbers; null where they are in place.",
    "labels": "Each column that was predicted, where several neurons leave numbers open.",
    "proof": "What is known; null where neurons do not depend on each other: see `parts`.",
    "parts": "What came of each neuron that does not depend on others.",
    "cost": "What wrong labels cost, which is how many there are by default.",
    "floor": "What they cost at least, as rows that look the same have different labels.",
    "choices": "How many choices of numbers there are within the bounds.",
    "examined": "How many of them were evaluated.",
    "bound": "A value that no numbers are below: the loss or cost of all rows, or twice the pairs "
    "in the wrong order.",
    "status": "`proved`; `searched` or `stopped`; or `solver` where CP-SAT has proved it.",
}
"""What the keys of a fit of open numbers mean."""
_IN_A_REPAIR = {
    "rows": "How many rows have to hold, guarded ones among them.",
    "failing": "How many of them fail.",
    "guarded": "How many are there to stay as they are.",
    "numbers": "How many numbers may change.",
    "proof": "`proved`, `searched` or `not decided`.",
    "fewest": "How many numbers have to change at least.",
    "repaired": "Whether all rows hold in the end.",
    "changes": "The numbers that change.",
    "overlays": "An overlay for each file whose numbers change.",
    "ways": "Every number that is enough by itself.",
    "file": "The file that the number is in, or that is extended; null for the network itself.",
    "name": "The name of the number, as --only takes it.",
    "old": "The number as it is.",
    "new": "The number that changes least; null where none has as few decimals as was asked for.",
    "values": "All values that it may have, in words.",
    "overlay": "The text of the overlay.",
}
"""What the keys of a repair mean."""
_IN_A_SOLUTION = {
    "verdict": "`solved`, `impossible` or `not-decided`.",
    "least": "Of what the sum of weights is proved to be the least: each `neuron` for what it "
    "does, the whole `network`, or nothing.",
    "by": "The solver that was needed, with its version; empty where there was none.",
    "size": "The sum of the weights that were open, without their signs.",
    "bound": "What that sum is at least.",
    "margin": "How far sums stay from thresholds at least, in units of the last decimal.",
    "cases": "How many cases were asked for.",
    "numbers": "Every number that was open, in the order of the file.",
    "sizes": "The size of each layer that was open.",
    "proof": "Why there are no numbers; or why no smaller layer has any. Else null.",
    "overlay": "The overlay with the numbers; null where there is none, or it is in place.",
    "diagnostics": "What is wrong.",
    "path": "Where it stands in the file.",
    "value": "The number; a text where JSON does not hold it exactly.",
    "kind": "What the proof is made of: `sums` of rows, a `clash` of two, `fixed` numbers, "
    "`states`, `clauses`, or that all was `tried`.",
    "message": "What is proved, in a line.",
    "why": "What contradicts what.",
    "rows": "The cases that the proof is about, by file and line.",
    "for_all": "Whether it holds for all numbers, whatever their bounds and decimals.",
    "others": "What other answers do in rows that no case decides; null where that is not known.",
    "row_count": "How many rows of the inputs there are that the network allows.",
    "is_same": "Whether it is proved that every answer gives the same outputs in all of them.",
    "given": "A row in which another answer gives another output; empty where there is none.",
    "output": "That output, or the element of a bus; empty where there is none.",
    "own": "What this answer gives there.",
    "other": "What the other answer gives there.",
}
"""What the keys of a solution mean."""
_IN_CUT_SETS = {
    "output": "The output; null where none was found.",
    "value": "What the sets make the output: 1, or 0 with --paths.",
    "kind": "`cut sets`, `path sets` or `prime implicants`.",
    "inputs": "How many inputs the output depends on.",
    "total": "How many sets there are, of the orders that were counted.",
    "is_complete": "Whether sets of all orders were counted.",
    "orders": "How many sets there are of each number of inputs.",
    "order": "How many inputs are in a set.",
    "sets": "The sets that are listed; or how many there are.",
    "on": "The inputs that are on.",
    "off": "The inputs that are off.",
    "probability": "The probability, exactly: of the output being 1, or of a set. Null where none "
    "are given.",
    "importance": "How much each input counts, the most important first.",
    "input": "The name of the input.",
    "birnbaum": "How much more probable the output is with the input on than off.",
    "fussell_vesely": "How probable it is, where the output is 1, that a cut set with the input is "
    "on.",
}
"""What the keys of cut sets mean."""
_IN_A_REASON = {
    "outputs": "Each output of which it was asked.",
    "value": "What the output gives in the row, or in one of the nearest.",
    "reason": "Why, in one line.",
    "way": "The neurons that decided, from the output down, by name.",
    "conditions": "While all of these hold, the output stays, whatever all other inputs are.",
    "is_smallest": "Whether it is proved that no fewer inputs force it.",
    "least": "How many inputs it takes at least to force it, as far as that is proved.",
    "depends_on": "On how many inputs, or elements of buses, the output depends.",
    "would": "The value that the nearest rows have to give; null for any other.",
    "nearest": "Rows with the fewest changes, of each choice of inputs the nearest.",
    "is_nearest": "Whether none has fewer changes; without rows, that there is none at all.",
    "are_more": "Whether there are more of them.",
    "changes": "The inputs that change.",
    "before": "The value in the row.",
    "after": "The value in the other row.",
    "element": "Which element of a bus; null for an input that is no bus, or a choice.",
    "row": "The number of the row, from 1; 0 where there is none.",
}
"""What the keys of reasons mean."""
_IN = {
    "why": _IN_A_REASON,
    "fit": _IN_A_FIT,
    "refit": _IN_A_REFIT,
    "solve": _IN_A_SOLUTION,
    "repair": _IN_A_REPAIR,
    "prove": _IN_A_PROOF,
    "cuts": _IN_CUT_SETS,
    "explain": _IN_AN_EXPLANATION,
    "plan": _IN_A_PLAN,
    "trace": _IN_A_TRACE,
    "picture": _IN_A_PICTURE,
    "expected": _IN_COMPARED_COLUMNS,
}


def _report_schema(name: str) -> Schema:
    """Return the schema of what nnc writes as JSON; what writes it imports NumPy, and this does."""
    from pydantic import TypeAdapter

    from nnc.compiler.plan import PlanRecord
    from nnc.drawing.forms import PictureRecord
    from nnc.reports.confusions import ExpectedReport
    from nnc.reports.cuts import CutReport
    from nnc.reports.diffs.json import DiffReport
    from nnc.reports.findings.json import (
        CaseReport,
        DigestReport,
        FormatReport,
        ProofReport,
        ReportRecord,
    )
    from nnc.reports.fits import FitReport
    from nnc.reports.logs import LogReport
    from nnc.reports.plan import PlanData
    from nnc.reports.reasons import WhyReport
    from nnc.reports.refits import RefitReport, SkeletonReport
    from nnc.reports.repairs import RepairReport
    from nnc.reports.rules import ExplainReport
    from nnc.reports.solutions import SolveReport
    from nnc.reports.traces import TraceRecord

    kinds: dict[str, tuple[Any, str]] = {
        "plan": (PlanData | PlanRecord, "A plan of nnc: as data, or as its lines"),
        "report": (ReportRecord, "The report of nnc"),
        "trace": (list[TraceRecord], "A trace of nnc, one object per row"),
        "test": (CaseReport, "The report of nnc test"),
        "prove": (ProofReport, "The report of nnc prove"),
        "fmt": (FormatReport, "The report of nnc fmt"),
        "digest": (DigestReport, "Digests by nnc"),
        "diff": (DiffReport, "What nnc diff found"),
        "log": (LogReport, "What nnc log found"),
        "explain": (ExplainReport, "What nnc explain says"),
        "fit": (FitReport, "What nnc fit found"),
        "refit": (
            RefitReport | SkeletonReport,
            "What nnc fit found for the open numbers of a file",
        ),
        "solve": (SolveReport, "What nnc solve found"),
        "picture": (PictureRecord, "A picture of a network by nnc draw"),
        "expected": (ExpectedReport, "Columns of rows compared with outputs by nnc"),
        "repair": (RepairReport, "What nnc repair found"),
        "cuts": (CutReport, "What nnc cuts found"),
        "why": (WhyReport, "What nnc why found"),
    }
    kind, title = kinds[name]
    meanings = _DESCRIPTIONS | _IN.get(name, {})
    schema = TypeAdapter(kind).json_schema(ref_template="#/definitions/{model}")
    definitions = schema.pop("$defs", {})
    for each in (schema, *definitions.values()):
        each.pop("title", None)
        for key, field in each.get("properties", {}).items():
            field.pop("title", None)
            if "$ref" not in field:  # beside which draft 7 reads nothing
                field["description"] = meanings[key]
    return {"$schema": DIALECT, "title": title, **schema, "definitions": definitions}


# ----------------------------------------------------------------------------------- the table

_REPORTS = (
    "plan", "report", "trace", "test", "prove", "fmt", "digest", "diff", "log", "explain",
    "picture",
)  # fmt: skip

SCHEMAS: dict[str, Callable[[], Schema]] = {
    "network": network_schema,
    **{
        name: partial(_report_schema, name)
        for name in (
            "plan",
            "report",
            "trace",
            "test",
            "prove",
            "fmt",
            "digest",
            "diff",
            "log",
            "explain",
            "fit",
            "refit",
            "solve",
            "picture",
            "expected",
            "repair",
            "cuts",
            "why",
        )
    },
}


def schema_text(name: str) -> str:
    """Return a schema as the text of its file in `schemas/`."""
    return json.dumps(SCHEMAS[name](), indent=2, ensure_ascii=False) + "\n"
