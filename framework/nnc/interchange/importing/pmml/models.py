"""Models of PMML -> sums: trees, rules, regressions, scorecards, and models made of these.

The standard: Data Mining Group, "PMML 4.4", of each model. A model is read within a condition, that
of its segment: elsewhere it adds nothing to its sums.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction

from nnc.diagnostics.diagnostic import InvalidNetworkError
from nnc.interchange.importing.pmml.conditions import ALWAYS, Condition, Options, Sum, both
from nnc.interchange.importing.pmml.fields import check_scorable
from nnc.interchange.importing.pmml.results import Result, total_of, with_precedence
from nnc.interchange.importing.pmml.terms import Scope, Terms, Value
from nnc.interchange.importing.xml import Element
from nnc.numbers.exact import shorten

KINDS = ("TreeModel", "MiningModel", "RegressionModel", "RuleSetModel", "Scorecard")
_DIVIDED = "import its segments one by one: put each into a file of its own"
_LINK = 'write normalizationMethod="none": then the network gives the sum'
_POWER = "compute it before, as a field of its own, and give that a <NumericPredictor>"
_PRODUCT = "compute the number before as a field of its own that is 0 in all other rows"
_LINKS = ("none", "softmax", "logit", "simplemax", "exp", "probit", "cloglog", "loglog", "cauchit")


class Models:
    """Reads the models of a file."""

    def __init__(self, terms: Terms) -> None:
        self._terms, self._tree = terms, terms.tree
        self._conditions = terms.conditions
        self.has_gaps = False  # rows for which the model gives nothing
        self.goes_by_weight = False  # rules are chosen by weights that are not their confidences
        self._leaves = self._trees = 0

    def read(self, model: Element, scope: Scope, within: Condition = ALWAYS) -> Result:
        """Read a model. It recurses, no deeper than elements may lie in each other."""
        readers: Mapping[str, Callable[[Element, Scope, Condition], Result]] = {
            "TreeModel": self._read_tree,
            "RuleSetModel": self._read_rules,
            "RegressionModel": self._read_regression,
            "Scorecard": self._read_scorecard,
            "MiningModel": self._read_segments,
        }
        if model.name not in readers:
            raise self._refused(f"<{shorten(model.name)}>", model)
        check_scorable(self._tree, model)
        inner = Scope(scope)
        local = model.child("LocalTransformations")
        for each in () if local is None else local.all("DerivedField"):
            inner.derived[self._tree.attribute(each, "name")] = each
        result = readers[model.name](model, inner, within)
        return self._targeted(model, result)

    def _refused(self, message: str, at: Element, hint: str | None = None) -> InvalidNetworkError:
        return self._tree.refused(message, at, hint)

    def _targeted(self, model: Element, result: Result) -> Result:
        """Scale a number as <Targets> says."""
        targets = model.child("Targets")
        for target in () if targets is None or result.number is None else targets.all("Target"):
            for name in ("castInteger", "min", "max"):
                if name in target.attributes:
                    hint = f"take `{name}` out, and do it after the network"
                    raise self._refused(f"`{name}` of a <Target>", target, hint)
            factor, constant = (
                self._terms.attribute(target, f"rescale{name}", otherwise)
                for name, otherwise in (("Factor", "1"), ("Constant", "0"))
            )
            assert result.number is not None
            result.number = result.number.times(factor).plus(Sum(constant))
        return result

    def outputs(self, model: Element, result: Result, scope: Scope) -> Iterator[tuple[str, Value]]:
        """Yield the outputs of a model that other models read."""
        output = model.child("Output")
        for each in () if output is None else output.all("OutputField"):
            name = self._tree.attribute(each, "name")
            feature = each.attributes.get("feature", "predictedValue")
            value: Value | None = None
            if feature == "predictedValue":
                value = self._value(result)
            elif feature == "probability" and result.shares is not None:
                value = result.shares.get(each.attributes.get("value", ""), Sum())
            elif feature == "transformedValue":
                expressions = [child for child in each.children if child.name != "Extension"]
                value = self._terms.value(expressions[0], scope) if expressions else None
            if value is not None:
                scope.values[name] = value
                yield name, value

    def _value(self, result: Result) -> Value:
        return result.number if result.number is not None else self._classes(result)

    def _classes(self, result: Result) -> Options:
        """Return the class as a text: that with the most votes, the first of several."""
        chosen: dict[str, Condition | None] = {}
        for place, (label, votes) in enumerate(result.votes.items()):
            wins: Condition | None = ALWAYS
            for other, more in enumerate(result.votes.values()):
                if other != place:
                    operator = "greaterOrEqual" if place < other else "greaterThan"
                    ahead = votes.plus(more, Fraction(-1))
                    wins = both(wins, self._conditions.compared(ahead, operator, Fraction(0)))
            chosen[label] = wins
        if result.is_single:
            chosen = {
                label: self._conditions.compared(votes, "greaterThan", Fraction(0))
                for label, votes in result.votes.items()
            }
        return Options({label: self._conditions.bit(each, "is") for label, each in chosen.items()})

    # -------------------------------------------------------------------------------- trees

    def _read_tree(self, model: Element, scope: Scope, within: Condition) -> Result:
        root = model.child("Node")
        if root is None:
            raise self._tree.damaged("the tree has no <Node>", model)
        is_class = model.attributes.get("functionName") == "classification"
        keeps_last = model.attributes.get("noTrueChildStrategy") == "returnLastPrediction"
        result = Result(shares={}, is_single=True) if is_class else Result(Sum())
        number, self._trees = self._trees, self._trees + 1
        start = both(within, self._terms.predicate_of(root, scope))
        self._find_gap(within, start)
        for node, condition in self._reached(root, start, scope, keeps_last=keeps_last):
            name = f"tree{number}_leaf{self._leaves}"
            self._leaves += 1
            formula = self._conditions.named_bit(condition, name)
            if is_class:
                for label, share in self._distribution(node).items():
                    part = self._conditions.times_bit(share, formula)
                    assert result.shares is not None
                    result.shares[label] = result.shares.get(label, Sum()).plus(part)
                    result.votes.setdefault(label, Sum())
                label = self._class_of(node)
                vote = self._conditions.times_bit(Fraction(1), formula)
                result.votes[label] = result.votes.get(label, Sum()).plus(vote)
            else:
                score = self._terms.attribute(node, "score")
                assert result.number is not None
                result.number = result.number.plus(self._conditions.times_bit(score, formula))
        return result

    def _reached(
        self, node: Element, condition: Condition | None, scope: Scope, *, keeps_last: bool
    ) -> Iterator[tuple[Element, Condition]]:
        """Yield the nodes that decide, each with its condition."""
        if condition is None:
            return
        if node.child("Regression") or node.child("DecisionTree"):
            raise self._refused("a model inside a <Node>", node, _DIVIDED)
        children = [*node.all("Node")]
        if not children:
            yield node, condition
            return
        tests = [self._terms.predicate_of(child, scope) for child in children]
        firsts, rest = self._conditions.exclusive(condition, tests)
        for child, first in zip(children, firsts, strict=True):
            yield from self._reached(child, first, scope, keeps_last=keeps_last)
        if rest is not None and keeps_last:
            yield node, rest
        elif rest is not None:
            self.has_gaps = True

    def _find_gap(self, within: Condition, start: Condition | None) -> None:
        if start != within:
            self.has_gaps = True

    def _distribution(self, node: Element) -> dict[str, Fraction]:
        """Return the probability of each class at a node."""
        entries = [*node.all("ScoreDistribution")]
        labels = [self._tree.attribute(each, "value") for each in entries]
        if not entries:
            return {self._tree.attribute(node, "score"): Fraction(1)}
        if all("probability" in each.attributes for each in entries):
            shares = [self._terms.attribute(each, "probability") for each in entries]
        else:
            counts = [self._terms.attribute(each, "recordCount") for each in entries]
            total = sum(counts)
            if not total:
                raise self._tree.damaged("a <Node> has no records", node)
            shares = [count / total for count in counts]
        return dict(zip(labels, shares, strict=True))

    def _class_of(self, node: Element) -> str:
        if "score" in node.attributes:
            return node.attributes["score"]
        shares = self._distribution(node)
        return max(shares, key=lambda label: shares[label])

    # -------------------------------------------------------------------------------- rules

    def _read_rules(self, model: Element, scope: Scope, within: Condition) -> Result:
        rules = model.child("RuleSet")
        if rules is None:
            raise self._tree.damaged("the model has no <RuleSet>", model)
        method = next(rules.all("RuleSelectionMethod"), None)
        criterion = "firstHit" if method is None else self._tree.attribute(method, "criterion")
        simple = [*self._simple_rules(rules, ALWAYS, scope)]
        weights = [self._terms.attribute(rule, "weight", "1") for rule, _ in simple]
        if criterion == "weightedMax":
            self.goes_by_weight |= any(
                self._terms.attribute(rule, "confidence", "1") != weight
                for (rule, _), weight in zip(simple, weights, strict=True)
            )
            order = sorted(range(len(simple)), key=lambda place: -weights[place])
            simple = [simple[place] for place in order]
        elif criterion not in ("firstHit", "weightedSum"):
            message = f"there is no criterion `{shorten(criterion)}`"
            raise self._tree.damaged(message, method or rules)
        result = Result(is_single=criterion != "weightedSum")
        tests = [condition for _, condition in simple]
        firsts, rest = self._conditions.exclusive(within, self._as_bits(tests))
        if criterion == "weightedSum":
            firsts = [both(within, test) for test in tests]
        for place, (rule, _) in enumerate(simple):
            formula = self._conditions.named_bit(firsts[place], f"rule{place + 1}")
            factor = weights[place] if criterion == "weightedSum" else Fraction(1)
            label = self._tree.attribute(rule, "score")
            vote = self._conditions.times_bit(factor, formula)
            result.votes[label] = result.votes.get(label, Sum()).plus(vote)
        default = rules.attributes.get("defaultScore")
        if default is not None and rest is not None:
            vote = self._conditions.times_bit(Fraction(1), self._conditions.bit(rest, "no_rule"))
            result.votes[default] = result.votes.get(default, Sum()).plus(vote)
        elif rest is not None:
            self.has_gaps = True
        return result

    def _as_bits(self, tests: Sequence[Condition | None]) -> list[Condition | None]:
        """Return conditions of one bit each, so that their negations stay short."""
        return [
            self._conditions.holding(self._conditions.named_bit(test, f"rule{place + 1}_holds"))
            for place, test in enumerate(tests)
        ]

    def _simple_rules(
        self, parent: Element, within: Condition | None, scope: Scope
    ) -> Iterator[tuple[Element, Condition | None]]:
        """Yield the simple rules, also those in compound ones, each with its condition."""
        for rule in parent.all("SimpleRule", "CompoundRule"):
            condition = both(within, self._terms.predicate_of(rule, scope))
            if rule.name == "SimpleRule":
                yield rule, condition
            else:
                yield from self._simple_rules(rule, condition, scope)

    # -------------------------------------------------------------------------- regressions

    def _read_regression(self, model: Element, scope: Scope, within: Condition) -> Result:
        tables = [*model.all("RegressionTable")]
        link = model.attributes.get("normalizationMethod", "none")
        if not tables or link not in _LINKS:
            raise self._tree.damaged(f"no table, or an unknown method `{shorten(link)}`", model)
        sums = [self._table(table, scope, within) for table in tables]
        if model.attributes.get("functionName") != "classification":
            if link != "none":
                message = f"`{link}` of a sum is no number of a network"
                raise self._refused(message, model, _LINK)
            return Result(sums[0])
        labels = [self._tree.attribute(table, "targetCategory") for table in tables]
        target = self._terms.target
        if target is not None and target.attributes.get("optype") == "ordinal":
            raise self._refused("a regression of an ordinal target", model)
        if len(sums) == 1:
            raise self._tree.damaged("a classification needs a table for each category", model)
        shares: dict[str, Sum] | None = None
        if link == "none" and len(sums) == 2:
            sums[1] = self._gated(Fraction(1), within).plus(sums[0], Fraction(-1))
        elif link in ("logit", "probit", "cauchit") and len(sums) == 2:
            sums[1] = sums[0].times(Fraction(-1))  # as likely as the first where that is 0
        elif link not in ("none", "softmax", "logit"):
            raise self._refused(f"`{link}` of the sums of classes", model, _LINK)
        if link == "none":
            shares = dict(zip(labels, sums, strict=True))
        return Result(votes=dict(zip(labels, sums, strict=True)), shares=shares)

    def _gated(self, number: Fraction, within: Condition) -> Sum:
        return self._conditions.times_bit(number, self._conditions.bit(within, "segment"))

    def _table(self, table: Element, scope: Scope, within: Condition) -> Sum:
        intercept = self._tree.attribute(table, "intercept", 'write intercept="0" if it has none')
        total = self._gated(self._terms.read(intercept, table), within)
        for each in table.all("NumericPredictor"):
            name = self._tree.attribute(each, "field" if "field" in each.attributes else "name")
            factor = self._terms.attribute(each, "coefficient")
            exponent = self._terms.attribute(each, "exponent", "1")
            number = self._terms.number(self._terms.find(name, scope, each), each)
            if exponent == 0:
                number = Sum(Fraction(1))
            elif exponent != 1 and number.weights:
                message = (
                    f"`{shorten(name)}` to the power of {shorten(each.attributes['exponent'])}"
                )
                raise self._refused(message, each, _POWER)
            total = total.plus(self._within(number, within, each), factor)
        for each in table.all("CategoricalPredictor"):
            name = self._tree.attribute(each, "field" if "field" in each.attributes else "name")
            text = self._tree.attribute(each, "value")
            test = both(within, self._terms.equals(name, text, scope, each))
            factor = self._terms.attribute(each, "coefficient")
            bit = self._conditions.bit(test, "is")
            total = total.plus(self._conditions.times_bit(factor, bit))
        for each in table.all("PredictorTerm"):
            total = total.plus(
                self._within(self._product(each, scope), within, each),
                self._terms.attribute(each, "coefficient"),
            )
        return total

    def _product(self, term: Element, scope: Scope) -> Sum:
        """Return the product of fields, of which one at most depends on the row."""
        product = Sum(Fraction(1))
        for each in term.all("FieldRef"):
            number = self._terms.number_in(each, scope)
            if product.weights and number.weights:
                raise self._refused("a product of two fields", term, _POWER)
            product = (
                product.times(number.constant)
                if not number.weights
                else number.times(product.constant)
            )
        return product

    def _within(self, number: Sum, within: Condition, at: Element) -> Sum:
        """Return a number that counts in a segment only. Bits do; what is measured cannot."""
        if not within:
            return number
        total = self._gated(number.constant, within)
        for source, weight in number.weights.items():
            if source in self._terms.inputs:
                message = "a number counts in some rows only: that is a product of two values"
                raise self._refused(message, at, _PRODUCT)
            test = both(within, self._conditions.holding((source, False)))
            total = total.plus(
                self._conditions.times_bit(weight, self._conditions.bit(test, "and"))
            )
        return total

    # --------------------------------------------------------------------------- scorecards

    def _read_scorecard(self, model: Element, scope: Scope, within: Condition) -> Result:
        parts = model.child("Characteristics")
        if parts is None:
            raise self._tree.damaged("the scorecard has no <Characteristics>", model)
        total = self._gated(self._terms.attribute(model, "initialScore", "0"), within)
        for characteristic in parts.all("Characteristic"):
            attributes = [*characteristic.all("Attribute")]
            tests = [self._terms.predicate_of(each, scope) for each in attributes]
            firsts, rest = self._conditions.exclusive(within, tests)
            self.has_gaps |= rest is not None
            for attribute, first in zip(attributes, firsts, strict=True):
                if first is None:
                    continue
                total = total.plus(self._points(attribute, scope, first))
        return Result(total)

    def _points(self, attribute: Element, scope: Scope, within: Condition) -> Sum:
        expression = attribute.child("ComplexPartialScore")
        if expression is None:
            return self._gated(self._terms.attribute(attribute, "partialScore"), within)
        bodies = [each for each in expression.children if each.name != "Extension"]
        if len(bodies) != 1:
            raise self._tree.damaged("<ComplexPartialScore> needs one expression", expression)
        return self._within(self._terms.number_in(bodies[0], scope), within, expression)

    # ----------------------------------------------------------------------------- segments

    def _read_segments(self, model: Element, scope: Scope, within: Condition) -> Result:
        segmentation = model.child("Segmentation")
        if segmentation is None:
            raise self._tree.damaged("the model has no <Segmentation>", model)
        method = self._tree.attribute(segmentation, "multipleModelMethod")
        segments = [*segmentation.all("Segment")]
        if not segments:
            raise self._tree.damaged("the model has no <Segment>", segmentation)
        tests = [self._terms.predicate_of(each, scope) for each in segments]
        wheres = [both(within, test) for test in tests]
        if method == "selectFirst":
            wheres, rest = self._conditions.exclusive(within, tests)
            self.has_gaps |= rest is not None
        models = [self._model_of(each) for each in segments]
        if method == "modelChain":
            return self._chain(models, wheres, scope)
        is_class = model.attributes.get("functionName") == "classification"
        results = [
            (self.read(each, Scope(scope), where), self._terms.attribute(segment, "weight", "1"))
            for each, where, segment in zip(models, wheres, segments, strict=True)
            if where is not None
        ]
        if method == "selectFirst":
            return total_of([(result, Fraction(1)) for result, _ in results], is_class=is_class)
        is_weighted = method.startswith("weighted")
        factors = [weight if is_weighted else Fraction(1) for _, weight in results]
        scale = Fraction(1)
        if method in ("average", "weightedAverage"):
            if any(where != within for where in wheres):
                message = f"`{method}` of segments that count in some rows only"
                raise self._refused(message, segmentation, _DIVIDED)
            scale = sum(factors, Fraction(0))
            if not scale:
                raise self._tree.damaged("the weights add up to 0", segmentation)
            factors = [factor / scale for factor in factors]
        elif method not in ("sum", "weightedSum", "majorityVote", "weightedMajorityVote"):
            raise self._refused(f"`{shorten(method)}` of segments", segmentation, _DIVIDED)
        is_vote = method.endswith("ajorityVote")
        if is_vote != is_class and method != "average" and method != "weightedAverage":
            raise self._refused(f"`{method}` of such models", segmentation, _DIVIDED)
        answers = [result for result, _ in results]
        if is_vote:
            answers = [self._ballot(result) for result in answers]
            factors = with_precedence(factors)
        total = total_of(zip(answers, factors, strict=True), is_class=is_class)
        if is_class and not is_vote:
            if total.shares is None:
                message = f"`{method}` of models that give no probabilities a network can compute"
                raise self._refused(message, segmentation, _DIVIDED)
            total.votes = {label: each.times(scale) for label, each in total.shares.items()}
        return total

    def _ballot(self, result: Result) -> Result:
        """Return one vote for the class of a model."""
        if result.is_single:
            return result
        options = self._classes(result)
        one = Fraction(1)
        votes = {
            label: self._conditions.times_bit(one, formula)
            for label, formula in options.formulas.items()
        }
        return Result(votes=votes)

    def _model_of(self, segment: Element) -> Element:
        models = [
            each
            for each in segment.children
            if each.name.endswith(("Model", "Scorecard", "Network"))
        ]
        if len(models) != 1:
            raise self._tree.damaged("a <Segment> needs one model", segment)
        return models[0]

    def _chain(
        self, models: Sequence[Element], wheres: Sequence[Condition | None], scope: Scope
    ) -> Result:
        """Read models of which each reads what those before it give; the last one decides."""
        result: Result | None = None
        for model, where in zip(models, wheres, strict=True):
            if where != ALWAYS:
                message = "a model of a chain that counts in some rows only"
                raise self._refused(message, model, _DIVIDED)
            result = self.read(model, scope, ALWAYS)
            for _ in self.outputs(model, result, scope):
                pass
        assert result is not None
        return result
