"""Finds arithmetic on NumPy's integers in a text of Python: where int64 may wrap without a word.

A name, attribute or call *holds integers* where it may be an array, or an element, of a type that
wraps: by its annotation, by the attributes of plans and columns that hold users' numbers, by the
type it is made or brought to, or because it is made from what does, or is an element of it. Arrays
of floats, of bits and of Python's integers do not, nor do the places and counts that NumPy itself
gives. What functions and other classes give is known by their arguments and those attributes alone.
"""

import ast
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

DATA = {"numerators", "weights", "limits", "thresholds", "offsets", "scales", "array"}
"""Attributes of columns, plans and values that hold users' numbers."""
ARRAYS = re.compile(
    r"(?!Callable).*\b(Array|NDArray(?!\[np\.(bool_|float64|float32|uint8|uint64|intp)\]))\b|Any$"
)
"""Annotations of what may hold integers: any that names an array of a type that wraps."""
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
    "abs", "absolute", "add", "convolve", "correlate", "cross", "cumprod", "cumsum", "dot",
    "einsum", "floor_divide", "inner", "kron", "left_shift", "matmul", "multiply", "nanprod",
    "nansum", "negative", "outer", "power", "prod", "square", "subtract", "sum", "tensordot",
    "trace", "vdot", "vecdot",
}  # fmt: skip
"""Functions and methods that calculate."""
OF_UFUNCS = {"accumulate", "at", "reduce", "reduceat"}
"""Methods of NumPy's functions, which calculate where these do: `np.add.reduce`."""
PLAIN = {
    "all", "any", "bool", "exact_totals", "float", "int", "isinstance", "item", "largest_of", "len",
    "number", "numbers", "range", "str", "tobytes", "tolist", "type_for",
}  # fmt: skip
"""Functions and methods that give no integers of NumPy."""
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.MatMult, ast.LShift, ast.Pow, ast.FloorDiv)


class Bare(NamedTuple):
    """Arithmetic in a function: `Class.name`, or `` outside of any."""

    function: str
    line: int
    text: str


def bare_arithmetic(text: str) -> list[Bare]:
    """Give each place where integers of NumPy are added, multiplied, shifted or turned."""
    found: dict[tuple[str, int, int], Bare] = {}
    _Reader("", set(), found, {}).read(ast.parse(text).body)
    return list(found.values())


class _Reader:
    """Reads the statements of one function, in their order, with what holds integers."""

    def __init__(
        self,
        name: str,
        holding: set[str],
        found: dict[tuple[str, int, int], Bare],
        attributes: dict[str, set[str]],
        of_class: str = "",
    ) -> None:
        self._name, self._holding, self._found = name, holding, found
        self._attributes, self._class = attributes, of_class
        """Those of `self` that hold integers, by the name of the class; and that of this one."""

    def read(self, statements: list[ast.stmt]) -> None:
        for _ in range(2):  # what a loop makes may be used at its beginning
            for one in statements:
                self._statement(one)

    def _statement(self, one: ast.stmt) -> None:
        if isinstance(one, (ast.FunctionDef, ast.ClassDef)):
            self._definition(one)
            return
        for part in self._expressions(one):
            self._look(part)
        self._bindings(one)
        if (
            isinstance(one, ast.AugAssign)
            and isinstance(one.op, OPERATORS)
            and (self.holds(one.target) or self.holds(one.value))
        ):
            self._note(one)
        for name in ("body", "orelse", "finalbody"):
            for inner_one in getattr(one, name, []):
                self._statement(inner_one)
        for block in (*getattr(one, "handlers", []), *getattr(one, "cases", [])):
            if isinstance(block, ast.match_case) and isinstance(one, ast.Match):
                self._bind_pattern(block.pattern, one.subject)
                if block.guard is not None:
                    self._look(block.guard)
            for inner_one in block.body:
                self._statement(inner_one)

    def _definition(self, one: ast.FunctionDef | ast.ClassDef) -> None:
        name = f"{self._name}.{one.name}" if self._name else one.name
        inner = set(self._holding)
        of_class = name if isinstance(one, ast.ClassDef) else self._class
        if isinstance(one, ast.FunctionDef):
            is_property = any("property" in ast.unparse(each) for each in one.decorator_list)
            if is_property and one.returns is not None and _names_arrays(one.returns):
                self._attributes.setdefault(self._class, set()).add(one.name)
            for each in _parameters(one.args):
                holds = each.annotation is not None and _names_arrays(each.annotation)
                inner.add(each.arg) if holds else inner.discard(each.arg)
        _Reader(name, inner, self._found, self._attributes, of_class).read(one.body)

    @staticmethod
    def _expressions(one: ast.stmt) -> Iterator[ast.expr]:
        """Give the expressions of a statement itself, not of those inside it."""
        for _, value in ast.iter_fields(one):
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, ast.expr):
                    yield each
                elif isinstance(each, ast.withitem):
                    yield each.context_expr

    # ------------------------------------------------------------------------ what names hold

    def _bindings(self, one: ast.stmt) -> None:
        """Bind what a statement names."""
        match one:
            case ast.Assign():
                for target in one.targets:
                    self._assign(target, one.value)
            case ast.AnnAssign():
                is_given = one.value is not None and self.holds(one.value)
                self._bind(one.target, holds=is_given or _names_arrays(one.annotation))
            case ast.For():
                self._bind_elements(one.target, one.iter)
            case ast.With():
                for item in one.items:
                    if item.optional_vars is not None:
                        self._assign(item.optional_vars, item.context_expr)

    def _bind(self, target: ast.expr, *, holds: bool) -> None:
        """Note whether a target holds integers, with all targets inside it."""
        if isinstance(target, ast.Name):
            self._holding.add(target.id) if holds else self._holding.discard(target.id)
            if self._name == self._class and holds:  # a field, declared in the body of its class
                self._attributes.setdefault(self._class, set()).add(target.id)
        elif isinstance(target, (ast.Tuple, ast.List)):
            for each in target.elts:
                self._bind(each, holds=holds)
        elif isinstance(target, ast.Starred):
            self._bind(target.value, holds=holds)
        elif _is_of_self(target) and holds:
            self._attributes.setdefault(self._class, set()).add(target.attr)  # type: ignore[attr-defined]

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if (
            isinstance(target, (ast.Tuple, ast.List))
            and isinstance(value, ast.Tuple)
            and len(value.elts) == len(target.elts)
        ):
            for each, part in zip(target.elts, value.elts, strict=True):
                self._assign(each, part)
        else:
            self._bind(target, holds=self.holds(value))

    def _bind_elements(self, target: ast.expr, source: ast.expr) -> None:
        """Bind the target of a loop to the elements of what it goes through."""
        name = _called(source) if isinstance(source, ast.Call) else ""
        if isinstance(source, ast.Call) and isinstance(target, ast.Tuple):
            if name == "enumerate":
                self._bind(target.elts[0], holds=False)
                self._bind_elements(target.elts[1], source.args[0])
                return
            if name == "zip" and len(target.elts) == len(source.args):
                for each, part in zip(target.elts, source.args, strict=True):
                    self._bind_elements(each, part)
                return
        self._bind(target, holds=self.holds(source))

    def _bind_pattern(self, pattern: ast.pattern, subject: ast.expr) -> None:
        """Bind the names of a pattern to what is matched."""
        for part in ast.walk(pattern):
            if isinstance(part, (ast.MatchAs, ast.MatchStar)) and part.name is not None:
                self._bind(ast.Name(part.name), holds=self.holds(subject))

    @contextmanager
    def _scope(self) -> Iterator[None]:
        """Forget at the end what was bound inside."""
        before = set(self._holding)
        try:
            yield
        finally:
            self._holding = before

    # ------------------------------------------------------------------------ what calculates

    def _look(self, one: ast.AST) -> None:
        """Note what calculates in an expression, in the order in which it binds names."""
        if isinstance(one, Comprehension):
            with self._scope():
                for generator in one.generators:
                    self._look(generator.iter)
                    self._bind_elements(generator.target, generator.iter)
                    for condition in generator.ifs:
                        self._look(condition)
                for part in _results(one):
                    self._look(part)
            return
        if isinstance(one, ast.NamedExpr):
            self._look(one.value)
            self._assign(one.target, one.value)
            return
        for part in ast.iter_child_nodes(one):
            inner = part.value if isinstance(part, ast.keyword) else part
            if isinstance(inner, ast.Lambda) and isinstance(one, ast.Call):
                with self._scope():  # it is called with what is given beside it
                    holds = any(map(self.holds, _given(one)))
                    for each in _parameters(inner.args):
                        self._bind(ast.Name(each.arg), holds=holds)
                    self._look(inner.body)
            else:
                self._look(inner)
        if isinstance(one, ast.expr) and self._wraps(one):
            self._note(one)

    def _wraps(self, one: ast.expr) -> bool:
        """Tell whether an expression itself calculates with what holds integers."""
        match one:
            case ast.BinOp():
                return isinstance(one.op, OPERATORS) and self.holds(one)
            case ast.UnaryOp(op=ast.USub()):
                return self.holds(one.operand)
            case ast.Call() if _calculates(one):
                types = [key.value for key in one.keywords if key.arg == "dtype"]
                return not all(map(_is_safe, types)) or any(map(self.holds, _given(one)))
        return False

    def _note(self, one: ast.expr | ast.stmt) -> None:
        key = self._name, one.lineno, one.col_offset
        self._found[key] = Bare(self._name, one.lineno, ast.unparse(one))

    def holds(self, one: ast.expr) -> bool:
        """Tell whether an expression may be integers that wrap."""
        match one:
            case ast.Name():
                return one.id in self._holding
            case ast.Attribute():
                own = _is_of_self(one) and one.attr in self._attributes.get(self._class, ())
                inner = one.attr in ("T", "flat") and self.holds(one.value)
                return own or inner or one.attr in DATA
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
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                with self._scope():
                    for generator in one.generators:
                        self._bind_elements(generator.target, generator.iter)
                    return self.holds(one.elt)
            case ast.Call():
                return self._call(one)
        return False

    def _call(self, one: ast.Call) -> bool:
        name = _called(one)
        types = [*one.args, *(key.value for key in one.keywords if key.arg == "dtype")]
        if name == "astype":
            return not _is_safe(types[0])
        if _is_type(one.func):
            return not _is_safe(one.func)
        if _is_numpy(one) and name in MADE:
            known = [each for each in types if _is_type(each)]
            if known:
                return not _is_safe(known[-1])
            return name in ("array", "asarray", "full") and any(map(self.holds, one.args))
        if name in PLACES or name in PLAIN or name[:1].isupper():
            return False
        return any(map(self.holds, _given(one)))


def _called(one: ast.Call) -> str:
    if isinstance(one.func, ast.Attribute):
        return one.func.attr
    return one.func.id if isinstance(one.func, ast.Name) else ""


def _given(one: ast.Call) -> list[ast.expr]:
    """Give what a call calculates with: its arguments, and what it is a method of."""
    on = [one.func.value] if isinstance(one.func, ast.Attribute) and not _is_numpy(one) else []
    return on + one.args


def _calculates(one: ast.Call) -> bool:
    if _called(one) in OF_UFUNCS and isinstance(one.func, ast.Attribute):
        return isinstance(one.func.value, ast.Attribute) and one.func.value.attr in ADDING
    return _called(one) in ADDING


def _names_arrays(annotation: ast.expr) -> bool:
    return ARRAYS.match(ast.unparse(annotation).strip("'")) is not None


def _parameters(arguments: ast.arguments) -> list[ast.arg]:
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return named + [each for each in (arguments.vararg, arguments.kwarg) if each is not None]


def _results(one: Comprehension) -> list[ast.expr]:
    return [one.key, one.value] if isinstance(one, ast.DictComp) else [one.elt]


def _is_of_self(one: ast.expr) -> bool:
    return (
        isinstance(one, ast.Attribute)
        and isinstance(one.value, ast.Name)
        and one.value.id == "self"
    )


def _is_numpy(one: ast.Call) -> bool:
    return ast.unparse(one.func).startswith("np.")


def _is_type(one: ast.expr) -> bool:
    told = ast.unparse(one)
    return told in SAFE_TYPES or told.startswith(("np.int", "np.uint", "np.float", "'int", "f'int"))


def _is_safe(one: ast.expr) -> bool:
    return ast.unparse(one) in SAFE_TYPES
