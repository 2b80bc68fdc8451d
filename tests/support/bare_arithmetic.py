"""Finds arithmetic on NumPy's integers in a text of Python: where int64 may wrap without a word.

A name, attribute or call *holds integers* where it may be an array, or an element, of a type that
wraps: by its annotation, by the attributes of plans and columns that hold users' numbers, by the
type it is made or brought to, or because it is made from what does. Arrays of floats, of bits and
of Python's integers do not, nor do the places and counts that NumPy itself gives.
"""

import ast
from collections.abc import Iterator
from typing import NamedTuple

DATA = {"numerators", "weights", "limits", "thresholds", "offsets", "scales", "array"}
"""Attributes of columns, plans and values that hold users' numbers."""
ARRAYS = {"Array", "Any", "NDArray[Any]", "NDArray[np.int64]", "NDArray[np.int32]"}
"""Annotations of what may hold integers."""
SAFE_TYPES = {
    "object", "bool", "np.bool_", "float", "np.float64", "np.float32", "np.uint8", "np.uint64",
    "'<f8'", "'u1'", "'<u8'",
}  # fmt: skip
"""Types that do not wrap, and those of bits, of words of bits and of characters."""
MADE = {"array", "asarray", "zeros", "ones", "empty", "full", "fromiter", "frombuffer", "arange"}
PLACES = {
    "arange", "argmax", "argsort", "bincount", "count_nonzero", "diff", "divmod", "flatnonzero",
    "lexsort", "linspace", "nonzero", "repeat", "searchsorted", "triu_indices", "unique", "dtype",
    "gcd", "iinfo", "isfinite", "isnan", "packbits", "unpackbits",
}  # fmt: skip
"""What NumPy gives as places, counts or bits."""
ADDING = {
    "abs", "absolute", "add", "cumsum", "dot", "einsum", "floor_divide", "inner", "left_shift",
    "matmul", "multiply", "negative", "outer", "power", "prod", "reduceat", "subtract", "sum",
}  # fmt: skip
"""Functions and methods that calculate."""
PLAIN = {
    "all", "any", "bool", "dict", "enumerate", "exact_totals", "float", "frozenset", "int",
    "isinstance", "item", "iter", "largest_of", "len", "list", "map", "next", "number", "numbers",
    "range", "set", "sorted", "str", "tobytes", "tolist", "tuple", "type_for", "values", "zip",
}  # fmt: skip
"""Functions and methods that give no integers of NumPy."""
OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.MatMult, ast.LShift, ast.Pow, ast.FloorDiv)


class Bare(NamedTuple):
    """Arithmetic in a function: `Class.name`, or `` outside of any."""

    function: str
    line: int
    text: str


def bare_arithmetic(text: str) -> list[Bare]:
    """Give each place where integers of NumPy are added, multiplied, shifted or turned."""
    found: dict[tuple[str, int, int], Bare] = {}
    _Reader("", set(), found).read(ast.parse(text).body)
    return list(found.values())


class _Reader:
    """Reads the statements of one function, in their order, with what holds integers."""

    def __init__(
        self, name: str, holding: set[str], found: dict[tuple[str, int, int], Bare]
    ) -> None:
        self._name, self._holding, self._found = name, holding, found

    def read(self, statements: list[ast.stmt]) -> None:
        for _ in range(2):  # what a loop makes may be used at its beginning
            for one in statements:
                self._statement(one)

    def _statement(self, one: ast.stmt) -> None:
        if isinstance(one, ast.FunctionDef):
            name = f"{self._name}.{one.name}" if self._name else one.name
            inner = set(self._holding)
            for each in (*one.args.args, *one.args.kwonlyargs):
                told = ast.unparse(each.annotation) if each.annotation else ""
                inner.add(each.arg) if told in ARRAYS else inner.discard(each.arg)
            _Reader(name, inner, self._found).read(one.body)
            return
        if isinstance(one, ast.ClassDef):
            name = f"{self._name}.{one.name}" if self._name else one.name
            _Reader(name, set(self._holding), self._found).read(one.body)
            return
        for part in self._expressions(one):
            self._look(part)
        if isinstance(one, ast.Assign):
            for target in one.targets:
                self._assign(target, one.value)
        elif isinstance(one, ast.AnnAssign) and one.value is not None:
            self._assign(one.target, one.value)
        elif (
            isinstance(one, ast.AugAssign)
            and isinstance(one.op, OPERATORS)
            and (self.holds(one.target) or self.holds(one.value))
        ):
            self._note(one)
        for name in ("body", "orelse", "finalbody"):
            for inner_one in getattr(one, name, []):
                self._statement(inner_one)
        for handler in getattr(one, "handlers", []):
            for inner_one in handler.body:
                self._statement(inner_one)

    @staticmethod
    def _expressions(one: ast.stmt) -> Iterator[ast.expr]:
        """Give the expressions of a statement itself, not of those inside it."""
        for _, value in ast.iter_fields(one):
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, ast.expr):
                    yield each
                elif isinstance(each, ast.withitem):
                    yield each.context_expr

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            holds = self.holds(value)
            self._holding.add(target.id) if holds else self._holding.discard(target.id)
        elif isinstance(target, (ast.Tuple, ast.List)):
            same = isinstance(value, ast.Tuple) and len(value.elts) == len(target.elts)
            for place, each in enumerate(target.elts):
                self._assign(each, value.elts[place] if same else value)  # type: ignore[attr-defined]

    def _look(self, whole: ast.expr) -> None:
        for one in ast.walk(whole):
            if isinstance(one, ast.BinOp) and isinstance(one.op, OPERATORS):
                if self.holds(one.left) or self.holds(one.right):
                    self._note(one)
            elif isinstance(one, ast.UnaryOp) and isinstance(one.op, ast.USub):
                if self.holds(one.operand):
                    self._note(one)
            elif isinstance(one, ast.Call) and _called(one) in ADDING:
                on = [one.func.value] if isinstance(one.func, ast.Attribute) else []
                wide = any(key.arg == "dtype" and not _is_safe(key.value) for key in one.keywords)
                if wide or any(map(self.holds, (*on, *one.args))):
                    self._note(one)

    def _note(self, one: ast.expr | ast.stmt) -> None:
        key = self._name, one.lineno, one.col_offset
        self._found[key] = Bare(self._name, one.lineno, ast.unparse(one))

    def holds(self, one: ast.expr) -> bool:
        """Tell whether an expression may be integers that wrap."""
        match one:
            case ast.Name():
                return one.id in self._holding
            case ast.Attribute():
                return one.attr in DATA or (one.attr in ("T", "flat") and self.holds(one.value))
            case ast.Subscript() | ast.Starred() | ast.NamedExpr():
                return self.holds(one.value)
            case ast.IfExp():
                return self.holds(one.body) or self.holds(one.orelse)
            case ast.BinOp():
                return self.holds(one.left) or self.holds(one.right)
            case ast.UnaryOp():
                return not isinstance(one.op, ast.Not) and self.holds(one.operand)
            case ast.Tuple() | ast.List():
                return any(map(self.holds, one.elts))
            case ast.Call():
                return self._call(one)
        return False

    def _call(self, one: ast.Call) -> bool:
        name = _called(one)
        types = [*one.args, *(key.value for key in one.keywords if key.arg == "dtype")]
        if name == "astype":
            return not _is_safe(types[0])
        if _is_numpy(one) and name in MADE:
            known = [each for each in types if _is_type(each)]
            if known:
                return not _is_safe(known[-1])
            return name in ("array", "asarray", "full") and any(map(self.holds, one.args))
        if name in PLACES or name in PLAIN or name[:1].isupper():
            return False
        on = [one.func.value] if isinstance(one.func, ast.Attribute) and not _is_numpy(one) else []
        return any(map(self.holds, (*on, *one.args)))


def _called(one: ast.Call) -> str:
    if isinstance(one.func, ast.Attribute):
        return one.func.attr
    return one.func.id if isinstance(one.func, ast.Name) else ""


def _is_numpy(one: ast.Call) -> bool:
    return ast.unparse(one.func).startswith("np.")


def _is_type(one: ast.expr) -> bool:
    told = ast.unparse(one)
    return told in SAFE_TYPES or told.startswith(("np.int", "np.uint", "np.float", "'int", "f'int"))


def _is_safe(one: ast.expr) -> bool:
    return ast.unparse(one) in SAFE_TYPES
