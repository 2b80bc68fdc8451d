"""A PMML file -> Imported: the model that is read, its outputs, and notes on what is left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from nnc.diagnostics.diagnostic import Diagnostic, closest, did_you_mean
from nnc.interchange.importing.buses import renamed
from nnc.interchange.importing.formulas import needed_by
from nnc.interchange.importing.imported import EXACT, Imported
from nnc.interchange.importing.models.votes import Outcome, Sums, Verdict, verdict_parts
from nnc.interchange.importing.naming import Names
from nnc.interchange.importing.pmml.conditions import Sum
from nnc.interchange.importing.pmml.fields import Field
from nnc.interchange.importing.pmml.models import KINDS, Models
from nnc.interchange.importing.pmml.scorecards import Cards, is_simple
from nnc.interchange.importing.pmml.terms import Scope, Terms
from nnc.interchange.importing.settings import Settings
from nnc.interchange.importing.ties import Ties
from nnc.interchange.importing.xml import Element, Tree
from nnc.language.network import Network
from nnc.numbers.exact import Number, first_names, magnitude, shorten, simplest

_LIBRARY = "a PMML evaluator"
_TARGETS = ("target", "predicted")
_READ = """
name field value operator dataType optype usageType functionName function booleanOperator
partialScore initialScore coefficient exponent intercept targetCategory normalizationMethod
multipleModelMethod weight score probability recordCount noTrueChildStrategy isScorable feature
closure leftMargin rightMargin orig norm outliers invalidValueTreatment invalidValueReplacement
missingValueTreatment missingValueReplacement lowValue highValue property binValue defaultValue
column outputColumn criterion defaultScore rescaleFactor rescaleConstant castInteger min max
modelName
""".split()
_KNOWN = {*_READ, *"""
id version description algorithmName missingValueStrategy missingValuePenalty splitCharacteristic
defaultChild confidence nbCorrect defaultConfidence targetFieldName modelType baselineScore
baselineMethod useReasonCodes reasonCodeAlgorithm reasonCode displayName displayValue isCyclic
taxonomy numberOfFields importance mapMissingTo targetField segmentId rank rankBasis rankOrder
algorithm ruleFeature isFinalResult isMultiValued n type priorProbability schemaLocation timestamp
""".split()}  # fmt: skip
"""The attributes of the standard: those that are read, and others."""
_VALUES = {
    "functionName": (
        "classification", "regression", "associationRules", "sequences", "clustering",
        "timeSeries", "mixed",
    ),
    "missingValueStrategy": (
        "none", "nullPrediction", "lastPrediction", "defaultChild", "weightedConfidence",
        "aggregateNodes",
    ),
    "noTrueChildStrategy": ("returnNullPrediction", "returnLastPrediction"),
    "dataType": (
        "string", "integer", "float", "double", "boolean", "date", "time", "dateTime",
        "timeSeconds",
        *(f"dateDaysSince[{year}]" for year in (0, 1960, 1970, 1980)),
        *(f"dateTimeSecondsSince[{year}]" for year in (0, 1960, 1970, 1980)),
    ),
    "optype": ("categorical", "ordinal", "continuous"),
    "splitCharacteristic": ("binarySplit", "multiSplit"),
    "usageType": (
        "active", "target", "predicted", "supplementary", "group", "order", "frequencyWeight",
        "analysisWeight",
    ),
}  # fmt: skip
"""Attributes whose values are words of the standard; another word would count as the default."""
_PASSED_OVER = (
    "Header", "Extension", "InlineTable", "ModelStats", "ModelExplanation", "ModelVerification",
)  # fmt: skip


def read(data: bytes, settings: Settings) -> Imported:
    """Read the first model of a PMML file, or the one called `top`. Raises InvalidNetworkError."""
    tree = Tree(data)
    if tree.root.name != "PMML":
        raise tree.damaged(f"expected <PMML>, found <{shorten(tree.root.name)}>", tree.root)
    models = [
        each for each in tree.root.children if each.name.endswith(("Model", "Scorecard", "Network"))
    ]
    model = _chosen(tree, models, settings.top)
    _check_attributes(tree)
    imported = _Reader(tree, model).imported()
    others = [_name_of(each) for each in models if each is not model]
    if others and settings.top is None:
        message = f"left out: {first_names(others)}"
        note = Diagnostic("left-out", message, help="name the model to be read with --top")
        imported = replace(imported, notes=(*imported.notes, note))
    return imported


def _check_attributes(tree: Tree) -> None:
    """Refuse attributes and values that are misspelt, which would count as absent."""
    stack = [tree.root]
    while stack:
        element = stack.pop()
        stack += (each for each in element.children if each.name not in _PASSED_OVER)
        for name in element.attributes.keys() - _KNOWN:
            near = closest(name, _READ)
            if near is not None and near not in element.attributes:
                message = f"<{shorten(element.name)}> has an unknown attribute: `{shorten(name)}`"
                raise tree.damaged(message, element, f"did you mean `{near}`?")
        for name in element.attributes.keys() & _VALUES.keys():
            value = element.attributes[name]
            if value not in _VALUES[name]:
                hint = did_you_mean(value, _VALUES[name], f"write {' or '.join(_VALUES[name])}")
                raise tree.damaged(f"`{name}` is `{shorten(value)}`", element, hint)


def _name_of(model: Element) -> str:
    name = model.attributes.get("modelName")
    return f"<{shorten(model.name)}>" if name is None else f"`{shorten(name)}`"


def _chosen(tree: Tree, models: Sequence[Element], top: str | None) -> Element:
    named = [each for each in models if top in (None, each.attributes.get("modelName"))]
    if not models:
        raise tree.refused("the file has no model", tree.root)
    if not named:
        names = [each.attributes.get("modelName", "") for each in models]
        hint = did_you_mean(top or "", names, f"there are {first_names(map(_name_of, models))}")
        raise tree.refused(f"there is no model `{shorten(top or '')}`", tree.root, hint)
    if named[0].name not in KINDS:
        message = f"<{shorten(named[0].name)}> is no model that a network can hold"
        raise tree.refused(message, named[0], f"these are read: {', '.join(KINDS)}")
    return named[0]


class _Reader:
    """Reads one model of a file."""

    def __init__(self, tree: Tree, model: Element) -> None:
        self._tree, self._model = tree, model
        self._terms = terms = Terms(tree)
        dictionary = tree.root.child("DataDictionary")
        data = (
            {}
            if dictionary is None
            else {tree.attribute(each, "name"): each for each in dictionary.all("DataField")}
        )
        schema = model.child("MiningSchema")
        mining = [] if schema is None else [*schema.all("MiningField")]
        self._mining = {tree.attribute(each, "name"): each for each in mining}
        targets = [
            name
            for name, each in self._mining.items()
            if each.attributes.get("usageType") in _TARGETS
        ]
        self._target = targets[0] if targets else None
        terms.target = data.get(self._target or "")
        terms.fields = {
            name: Field(tree, each, self._mining.get(name))
            for name, each in data.items()
            if name not in targets
        }
        transformations = tree.root.child("TransformationDictionary")
        derived = () if transformations is None else transformations.all("DerivedField")
        self._scope = Scope(derived={tree.attribute(each, "name"): each for each in derived})

    def imported(self) -> Imported:
        """Return the network. Raises InvalidNetworkError."""
        models = Models(self._terms)
        if is_simple(self._model, self._terms.fields):
            return self._of_card(models)
        result = models.read(self._model, self._scope)
        if not self._terms.inputs:
            raise self._tree.refused("the model gives the same for all rows", self._model)
        names = self._terms.names
        outcome: Outcome = "sum" if result.number is not None else "largest"
        # a model, or one in it, may say that numbers are added up as float32
        maths = {each.attributes.get("x-mathContext") for each in self._model.walk()}
        unit = Fraction(1, 2**24 if "float" in maths else 2**53)
        verdict = Verdict(outcome, tuple(result.votes), unit)
        sums = [result.number] if result.number is not None else [*result.votes.values()]
        if outcome == "largest" and len(sums) < 2:
            raise self._tree.refused("the model gives the same class for all rows", self._model)
        parts = verdict_parts(verdict, _as_sums(sums), names)
        ties = self._with_slopes(parts.ties, sums, unit)
        self._check_classes(result.votes)
        output, left_out = self._outputs()
        [value] = parts.outputs.values()
        neurons = {**self._terms.conditions.neurons(), **parts.neurons}
        network = Network(
            name=None,
            inputs=self._terms.inputs,
            fires="at_least",
            neurons=needed_by(parts.neurons, neurons),
            outputs={Names(self._terms.inputs).new(output, "output"): value},
        )
        exactness = ties.words(_LIBRARY)
        if self._terms.conditions.has_rounding:
            exactness += f"; derived numbers on a cut-off may differ, as {_LIBRARY} rounds them"
        return Imported(network, exactness, tuple(self._notes(models, left_out)), ties=ties)

    def _check_classes(self, labels: Iterable[str]) -> None:
        """Refuse classes that the target does not list."""
        target = self._terms.target
        known = [] if target is None else [*Field(self._tree, target, None).texts()]
        for label in labels if known else ():
            if label not in known:
                message = (
                    f"`{shorten(label)}` is no class of the target `{shorten(self._target or '')}`"
                )
                hint = did_you_mean(label, known, f"there are {first_names(known, '`')}")
                raise self._tree.damaged(message, self._model, hint)

    def _of_card(self, models: Models) -> Imported:
        """Return the network of a simple scorecard, one neuron of steps and choices."""
        card = Cards(self._terms, self._model).card()
        output, left_out = self._outputs()
        network = card.network(output)
        exactness = f"{EXACT} that the scorecard scores" if self._terms.unscored else EXACT
        return Imported(network, exactness, (*card.notes(), *self._notes(models, left_out)))

    def _with_slopes(self, ties: Ties, sums: Sequence[Sum], unit: Fraction) -> Ties:
        """Add the rounding of the terms that are numbers of the row."""
        slopes: dict[str, Fraction] = {}
        for total in sums:
            factor = 2 * (2 * len(total.weights) + 16) * unit
            for source, weight in total.weights.items():
                if source in self._terms.inputs:
                    slopes[source] = max(slopes.get(source, Fraction(0)), factor * abs(weight))
        return replace(ties, slopes=slopes)

    def _outputs(self) -> tuple[str, list[str]]:
        """Return the name of the output, and the outputs that are left out."""
        is_class = self._model.attributes.get("functionName") == "classification"
        name = self._target
        left_out: list[str] = []
        output = self._model.child("Output")
        is_named = False
        for each in () if output is None else output.all("OutputField"):
            called = self._tree.attribute(each, "name")
            if (
                each.attributes.get("feature", "predictedValue") == "predictedValue"
                and not is_named
            ):
                name, is_named = called, True
            else:
                left_out.append(f"`{shorten(called)}`")
        otherwise = (
            "class" if is_class else "points" if self._model.name == "Scorecard" else "value"
        )
        return name or otherwise, left_out

    def _notes(self, models: Models, left_out: Sequence[str]) -> list[Diagnostic]:
        terms, notes = self._terms, [*renamed(self._terms.renamed)]
        if left_out:
            message = f"left out, of the outputs: {first_names(left_out)}"
            hint = "the network gives the prediction; write more outputs by hand"
            notes.append(Diagnostic("output-left-out", message, help=hint))
        without = [name for name in terms.inputs if terms.inputs[name].default is None]
        if without:
            message = f"left out: missing values of {first_names(without, '`')}"
            hint = (
                "the network refuses a row with one; give an input a `default` that stands for it"
            )
            notes.append(Diagnostic("left-out", message, help=hint))
        if models.has_gaps or terms.unscored:
            what = "rows that no node, rule or segment is for"
            listed = [*terms.unscored, *([what] if models.has_gaps else [])]
            message = f"counted, though the model gives them nothing: {first_names(listed)}"
            notes.append(Diagnostic("left-out", message, help="take such rows out before"))
        if models.goes_by_weight:
            message = "the rule of the largest weight decides, as the standard says"
            hint = "JPMML takes the class whose rule has the largest confidence"
            notes.append(Diagnostic("left-out", message, help=hint))
        for name, field in terms.fields.items():
            if never := [text for text in terms.named.get(name, ()) if field.is_never(text)]:
                texts = first_names(dict.fromkeys(never), "`")
                message = f"left out: {texts}, which <DataField> `{field.shown}` does not list"
                hint = did_you_mean(never[0], field.texts(), "add it there, if rows have it")
                notes.append(Diagnostic("left-out", message, help=hint))
        if terms.unlisted:
            message = (
                f"left out: other values than the file names, of {first_names(terms.unlisted)}"
            )
            hint = "the network refuses a row with one; add the value to the `of` of the input"
            notes.append(Diagnostic("left-out", message, help=hint))
        return notes


def _as_sums(sums: Sequence[Sum]) -> Sums:
    """Return sums as votes, with the largest that the bits in them can add up to."""
    weights: list[Mapping[str, Number]] = [
        {source: simplest(weight) for source, weight in total.weights.items()} for total in sums
    ]
    base = [simplest(total.constant) for total in sums]
    spread = [
        simplest(Fraction(magnitude(first) + sum(map(magnitude, row.values()))))
        for first, row in zip(base, weights, strict=True)
    ]
    return Sums(weights, base, spread, max(len(row) for row in weights))
