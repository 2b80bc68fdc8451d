"""Read the settings of a project from `nnc.toml` or `[tool.nnc]` in `pyproject.toml`.

A file has the settings of the nearest parent folder that has any, within its repository.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Literal, TypeVar

from nnc.diagnostics.diagnostic import Diagnostic, FileError, Span, did_you_mean
from nnc.diagnostics.rules import KNOWN, RuleName, Severity
from nnc.files.opening import MAX_BYTES, STDIN, read_bytes
from nnc.files.selection import find_networks
from nnc.numbers.exact import shorten

Level = Literal["off"] | Severity
Levels = Mapping[RuleName, Level]
Chosen = TypeVar("Chosen", bound=str)

FILE = "nnc.toml"
_PYTHON_FILE = "pyproject.toml"
_LEVELS: tuple[Level, ...] = ("off", "note", "warning", "error")
_FIRES = ("at_least", "above")
_KEYS = ("paths", "fires", "rules", "overrides")
_OVERRIDE_KEYS = ("paths", "rules")
_RULE_HINT = "write the code of a warning, as NNC705, or its name, as zero-weight"
_SECTION = re.compile(r"\btool\b[^\n]*\bnnc\b|^\s*nnc\b", re.MULTILINE)
_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*|[\w-]+|\S',
    re.DOTALL,
)
_TOML_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


@dataclass(frozen=True, slots=True)
class Override:
    """Severities of rules for the files that match some patterns."""

    paths: tuple[str, ...]
    rules: Levels
    unmatched: Diagnostic
    """The warning if the patterns match no file."""

    def applies_to(self, path: str) -> bool:
        """Return True if a pattern matches a path relative to the folder of the settings."""
        patterns = [shape for each in self.paths for shape in (each, f"{each}/*")]
        return any(fnmatch(path, os.path.normpath(pattern)) for pattern in patterns)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one file; the defaults apply to a project without one."""

    folder: Path = Path()
    paths: tuple[str, ...] = ()
    """The files and folders that commands use by default."""
    fires: str | None = None
    """The firing rule of new files."""
    rules: Levels = field(default_factory=dict)
    overrides: tuple[Override, ...] = ()

    def levels_of(self, file: str) -> Levels:
        """Return the severities that are set for rules in a file."""
        levels = dict(self.rules)
        for override in self.overrides:
            if override.applies_to(self._path_of(file)):
                levels |= override.rules
        return levels

    def _path_of(self, file: str) -> str:
        return Path(os.path.relpath(file, self.folder)).as_posix()

    def unmatched(self, files: Iterable[str]) -> Iterator[Diagnostic]:
        """Yield a warning for each override that matches no file of the project."""
        paths = [self._path_of(file) for file in files]
        left = [each for each in self.overrides if not any(map(each.applies_to, paths))]
        if left:
            others = find_networks([str(self.folder)]).files
            paths = [self._path_of(file) for file in others]
            yield from (each.unmatched for each in left if not any(map(each.applies_to, paths)))


class Projects:
    """The settings that apply to files; each settings file is read once."""

    def __init__(self) -> None:
        self._in_folder: dict[Path, Settings] = {}
        self._levels: dict[str, Levels] = {}
        self._mistakes: list[Diagnostic] = []

    def of(self, file: str) -> Settings:
        """Return the settings for a network file; for `-`, those of the current folder."""
        folder = Path(os.path.abspath(file)).parent  # noqa: PTH100 - links are not followed
        if folder not in self._in_folder:
            try:
                self._in_folder[folder] = _nearest(folder)
            except FileError as error:
                self._in_folder[folder] = Settings()
                new = [
                    diagnostic
                    for diagnostic in error.diagnostics
                    if diagnostic not in self._mistakes
                ]
                self._mistakes += new
        return self._in_folder[folder]

    def levels_of(self, file: str) -> Levels:
        """Return the severities that are set for rules in a file."""
        if file not in self._levels:
            self._levels[file] = self.of(file).levels_of(file)
        return self._levels[file]

    def mistakes(self, files: Iterable[str]) -> list[Diagnostic]:
        """Return the mistakes in the settings that apply to some files."""
        for file in files:
            self.of(file)
        return self._mistakes

    def unmatched(self, files: Iterable[str]) -> list[Diagnostic]:
        """Return the warnings for overrides that match no file."""
        files_of: dict[Path, list[str]] = {}
        for file in files:
            files_of.setdefault(self.of(file).folder, []).append(file)
        settings = {each.folder: each for each in self._in_folder.values()}
        return [
            diagnostic
            for folder, inside in files_of.items()
            for diagnostic in settings[folder].unmatched(inside)
        ]

    def applied(self, diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
        """Return diagnostics with their configured severities, without those that are off."""
        left = []
        for diagnostic in diagnostics:
            level = (
                self.levels_of(diagnostic.file or STDIN).get(diagnostic.rule)
                if not diagnostic.is_error
                else None
            )
            if level is None:
                left.append(diagnostic)
            elif level != "off":
                left.append(replace(diagnostic, set_severity=level))
        return left


def _nearest(folder: Path) -> Settings:
    """Read the settings of a folder or its nearest parent that has any. Raises FileError."""
    for parent in (folder, *folder.parents):
        plain, shared = parent / FILE, parent / _PYTHON_FILE
        if plain.is_file():
            text = _text_of(plain)
            return _Reader(plain, text).settings(_parsed(plain, text))
        if shared.is_file() and _SECTION.search(text := _text_of(shared)):
            tool = _parsed(shared, text).get("tool")
            if isinstance(tool, dict) and "nnc" in tool:
                return _Reader(shared, text).settings(tool["nnc"])
        if (parent / ".git").exists():
            break
    return Settings()


def _text_of(file: Path) -> str:
    """Read a settings file. Raises FileError."""
    try:
        return read_bytes(str(file), MAX_BYTES).decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        message = "the settings are not UTF-8"
        raise FileError([Diagnostic("bad-setting", message, file=_shown(file))]) from None


def _parsed(file: Path, text: str) -> dict[str, object]:
    """Parse TOML. Raises FileError with the line and column of a syntax error."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        match = _TOML_PLACE.search(message)
        what = message[: match.start()] if match else message
        lines = text.splitlines() or [""]
        line, column = len(lines), len(lines[-1]) + 1
        if match and match[1]:
            line, column = int(match[1]), int(match[2])
        wrong = Diagnostic("bad-setting", f"the settings are not TOML: {what}")
        excerpt = lines[line - 1] if line <= len(lines) else ""
        raise FileError(
            [wrong.at(_shown(file), Span(line, column, line, column + 1), excerpt)]
        ) from None


def _shown(file: Path) -> str:
    """Return a path relative to the current folder, or absolute if it is outside."""
    near = os.path.relpath(file)
    return str(file) if near.startswith("..") else near


class _Reader:
    """Read the table of settings and locate each mistake.

    `tomllib` does not report positions but keeps the order of keys, so each key is searched for
    after the previous one.
    """

    def __init__(self, file: Path, text: str) -> None:
        self._file, self._text = file, text
        self._mistakes: list[Diagnostic] = []
        section = _SECTION.search(text) if file.name == _PYTHON_FILE else None
        tokens = _TOKEN.finditer(text, section.end() if section else 0)
        self._tokens = [token for token in tokens if not token[0].startswith("#")]
        self._next = 0
        self._span = (0, 0)

    def settings(self, table: object) -> Settings:
        """Read all settings. Raises FileError with every mistake."""
        paths: tuple[str, ...] = ()
        fires = None
        rules: Levels = {}
        overrides: list[Override] = []
        for key, value in self._entries(table, _KEYS, "the settings"):
            if key == "paths":
                paths = self._texts(key, value)
            elif key == "fires":
                fires = self._choice(key, value, _FIRES)
            elif key == "rules":
                rules = self._rules(value)
            else:
                overrides += self._overrides(value)
        if self._mistakes:
            raise FileError(self._mistakes)
        return Settings(self._file.parent, paths, fires, rules, tuple(overrides))

    def _overrides(self, value: object) -> Iterator[Override]:
        if not isinstance(value, list):
            self._wrong("`overrides` is a list of tables", "write [[overrides]] above each")
            return
        for each in value:
            paths: tuple[str, ...] | None = None
            rules: Levels = {}
            unmatched = Diagnostic("unmatched-override", "the paths of an override match no file")
            for key, inner in self._entries(each, _OVERRIDE_KEYS, "an override"):
                if key == "paths":
                    paths = self._texts(key, inner)
                    listed = " and ".join(f"`{shorten(path)}`" for path in paths)
                    unmatched = self._placed(
                        replace(unmatched, message=f"no network file matches {listed}")
                    )
                else:
                    rules = self._rules(inner)
            if paths is None:
                self._wrong("an override has no `paths`", 'write the files: paths = ["old/**"]')
            yield Override(paths or (), rules, unmatched)

    def _rules(self, value: object) -> Levels:
        levels: dict[RuleName, Level] = {}
        for name, level in self._entries(value, KNOWN, "`rules`"):
            rule = KNOWN[name]
            if rule.severity == "error":
                if level != "error":
                    message = f"{rule.code}, {rule.name}, is always an error"
                    self._wrong(message, "remove it: warnings and notes can have another severity")
                continue
            if rule.name in levels:
                message = f"{rule.code}, {rule.name}, has a severity already"
                self._wrong(message, "remove one of the two lines")
            choice = self._choice(name, level, _LEVELS)
            if choice is not None:
                levels[rule.name] = choice
        return levels

    def _entries(
        self, table: object, known: Iterable[str], where: str
    ) -> Iterator[tuple[str, object]]:
        """Yield the entries of a table whose keys are known; report the others."""
        if not isinstance(table, dict):
            self._wrong(f"{where} is no table", "write `key = value` on lines of its own")
            return
        for key, value in table.items():
            self._find(key)
            if key in known:
                yield key, value
                continue
            if known is KNOWN:
                message, listed = f"nnc has no rule `{shorten(key)}`", _RULE_HINT
                near = [name for name, rule in KNOWN.items() if rule.severity != "error"]
            else:
                message = f"{where} cannot have the key `{shorten(key)}`"
                near, listed = list(known), f"the keys are {' and '.join(known)}"
            self._wrong(message, did_you_mean(key, near, listed))

    def _texts(self, key: str, value: object) -> tuple[str, ...]:
        texts = value if isinstance(value, list) else [value]
        if not all(isinstance(text, str) and text for text in texts):
            self._wrong(f"`{key}` is a list of texts", f'write {key} = ["nets"]')
            return ()
        return tuple(map(str, texts))

    def _choice(self, key: str, value: object, choices: tuple[Chosen, ...]) -> Chosen | None:
        for choice in choices:
            if value == choice:
                return choice
        self._find_value()
        listed = f"write one of {', '.join(choices)}"
        hint = did_you_mean(value, choices, listed) if isinstance(value, str) else listed
        self._wrong(f"`{key}` cannot be `{shorten(str(value))}`", hint)
        return None

    def _find(self, key: str) -> None:
        """Set the position to a key, searched for after the previous one, then from the start."""
        for start in (self._next, 0):
            for index in range(start, len(self._tokens) - 1):
                token, after = self._tokens[index], self._tokens[index + 1]
                if token[0].strip("\"'") == key and after[0] in ("=", ".", "]"):
                    self._next, self._span = index + 1, token.span()
                    return

    def _find_value(self) -> None:
        """Set the position to the first token of the key's value."""
        if self._next + 1 < len(self._tokens) and self._tokens[self._next][0] == "=":
            self._span = self._tokens[self._next + 1].span()

    def _wrong(self, message: str, hint: str) -> None:
        """Report a mistake at the current position."""
        self._mistakes.append(self._placed(Diagnostic("bad-setting", message, help=hint)))

    def _placed(self, diagnostic: Diagnostic) -> Diagnostic:
        """Return a diagnostic located at the current position."""
        start, end = self._span
        line = self._text.count("\n", 0, start) + 1
        begin = self._text.rfind("\n", 0, start) + 1
        excerpt = self._text[begin:].partition("\n")[0]
        last = line + self._text.count("\n", start, end)
        end_column = end - (self._text.rfind("\n", 0, end) + 1) + 1
        span = Span(line, start - begin + 1, last, end_column)
        return diagnostic.at(_shown(self._file), span, excerpt)
