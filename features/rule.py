"""Rules that people declare: read, checked against the columns there are, and given back as SQL.

What is run is printed from the checked tree, never the text itself, so nothing unseen can ride along.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from schemas.table import Column

_NUMBER, _TEXT, _TRUTH, _DAY, _ARRAY, _ANY = "number", "text", "true or false", "day", "array", "anything"
_LOGIC = (exp.And, exp.Or, exp.Not)
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
_SUMS = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg)
_ALIKE = (exp.Coalesce, exp.Nullif, exp.Least, exp.Greatest)
# What each function wants, one word per argument, and what it gives.
_FUNCTIONS: dict[type[exp.Expr], tuple[tuple[str, ...], str]] = {
    exp.Abs: ((_NUMBER,), _NUMBER),
    exp.Round: ((_NUMBER, _NUMBER), _NUMBER),
    exp.Floor: ((_NUMBER,), _NUMBER),
    exp.ArrayContains: ((_ARRAY, _TEXT), _TRUTH),
    exp.ArraySize: ((_ARRAY,), _NUMBER),
    exp.Month: ((_DAY,), _NUMBER),
    exp.Year: ((_DAY,), _NUMBER),
    exp.DateDiff: ((_DAY, _DAY), _NUMBER),
}
FUNCTIONS = (
    "abs, round, floor, coalesce, nullif, least, greatest, array_contains, size, year, month, datediff, has_tag, "
    "tag_value, in_segment, and / or / not, in, between, like, is null, case when"
)


class RuleError(ValueError):
    """A declared rule cannot be used; the text says where and what would do."""


@dataclass(frozen=True)
class Rule:
    """A checked rule: the SQL to run, the columns it reads, the tags and segments it asks for.

    Columns and tags are also those of the segments it asks for: their rules stand in `sql` themselves.
    """

    sql: str
    columns: tuple[str, ...]
    tags: tuple[str, ...]
    segments: tuple[str, ...] = ()


def parse_rule(
    text: str,
    columns: Mapping[str, Column],
    *,
    tags: Iterable[str] | None = None,
    segments: Mapping[str, Rule] | None = None,
    gives: str = _TRUTH,
) -> Rule:
    """Checks a rule's words, columns and types.

    SQL's three-valued logic holds: what compares with NULL is unknown, and unknown is not held; `NOT` of
    unknown is unknown too, so say `coalesce(x, 0)` where nothing known means none. `has_tag('code')` and
    `tag_value('code')` are allowed where `tags` are given, `in_segment('code')` where `segments` are; has_tag and
    in_segment are never unknown.
    """
    try:
        trees = sqlglot.parse(text, dialect="spark")
    except SqlglotError as error:
        raise RuleError(f"{text!r} is not a SQL expression: {_first_line(error)}") from None
    if len(trees) != 1 or trees[0] is None:
        raise RuleError(f"{text!r} must be exactly one SQL expression")
    reader = _Reader(columns, None if tags is None else frozenset(tags), segments)
    found = reader.kind(trees[0])
    if found not in (gives, _ANY):
        raise RuleError(f"{text!r} gives {found}, expected {gives}")
    tree = trees[0].transform(_compiled, segments or {})
    asked = [(segments or {})[code] for code in reader.segments]
    return Rule(
        tree.sql(dialect="spark", comments=False),
        tuple(sorted(reader.columns.union(*(rule.columns for rule in asked)))),
        tuple(sorted(reader.tags.union(*(rule.tags for rule in asked)))),
        tuple(sorted(reader.segments)),
    )


def segments_asked_for(text: str) -> tuple[str, ...]:
    """The codes a rule names with in_segment, before it is known which segments there are."""
    try:
        tree = sqlglot.parse_one(text, dialect="spark")
    except SqlglotError:
        return ()
    return tuple(sorted({c for call in tree.find_all(exp.Anonymous) if (c := _code(call, "in_segment"))}))


def nearest(name: str, known: Iterable[str]) -> str:
    """Words that help after a wrong name: what it may have meant."""
    close = difflib.get_close_matches(name, list(known), n=3, cutoff=0.6)
    return f"; did you mean {' or '.join(close)}?" if close else ""


def kind_of(column: Column) -> str:
    """The family of a column's type, within which values can be compared."""
    if column.type in ("int", "bigint", "double") or column.type.startswith("decimal"):
        return _NUMBER
    families = {"string": _TEXT, "boolean": _TRUTH, "date": _DAY, "timestamp": _DAY}
    return families.get(column.type, _ARRAY if column.type.startswith("array") else column.type)


class _Reader:
    """Walks a rule and says of each part which family of types it gives."""

    def __init__(
        self, known: Mapping[str, Column], tags: frozenset[str] | None, segments: Mapping[str, Rule] | None
    ) -> None:
        self._known = known
        self._codes: dict[str, Iterable[str] | None] = {"has_tag": tags, "tag_value": tags, "in_segment": segments}
        self.columns: set[str] = set()
        self.tags: set[str] = set()
        self.segments: set[str] = set()

    def kind(self, node: exp.Expr) -> str:
        if isinstance(node, exp.Paren):
            return self.kind(node.this)
        if isinstance(node, exp.TsOrDsToDate):
            return _DAY if _is_quoted_day(node.this) else self.kind(node.this)
        if isinstance(node, exp.Column):
            return self._column(node)
        if isinstance(node, exp.Literal):
            return _TEXT if node.is_string else _NUMBER
        if isinstance(node, exp.Boolean):
            return _TRUTH
        if isinstance(node, exp.Null):
            return _ANY
        if isinstance(node, exp.Anonymous):
            return self._asked(node)
        return self._compound(node)

    def _compound(self, node: exp.Expr) -> str:
        if isinstance(node, _LOGIC):
            return self._all(node, _operands(node), _TRUTH, _TRUTH)
        if isinstance(node, exp.Is):
            self.kind(node.this)
            return _TRUTH
        if isinstance(node, exp.Like):
            return self._all(node, [node.this, node.expression], _TEXT, _TRUTH)
        if isinstance(node, (*_COMPARISONS, exp.Between, exp.In)):
            return self._same(node, _operands(node), _TRUTH)
        if isinstance(node, _SUMS):
            return self._sum(node)
        if isinstance(node, _ALIKE):
            return self._same(node, _operands(node), None)
        if isinstance(node, exp.Case):
            return self._case(node)
        if type(node) in _FUNCTIONS:
            return self._function(node, *_FUNCTIONS[type(node)])
        raise RuleError(f"{node.sql(dialect='spark')!r} may not be used in a rule; what may: {FUNCTIONS}")

    def _column(self, node: exp.Column) -> str:
        name = node.name
        if node.table or name not in self._known:
            written = node.sql(dialect="spark")
            raise RuleError(f"unknown column {written!r}{nearest(name, self._known)}")
        self.columns.add(name)
        return kind_of(self._known[name])

    def _asked(self, node: exp.Anonymous) -> str:
        name = str(node.this).lower()
        known, what = self._codes.get(name), "segment" if name == "in_segment" else "tag"
        if known is None:
            raise RuleError(f"{node.this}() may not be used here; what may: {FUNCTIONS}")
        code = _code(node, name)
        if code is None:
            raise RuleError(f"{name} wants one {what} code in quotes, found {node.sql(dialect='spark')!r}")
        if code not in known:
            raise RuleError(f"unknown {what} {code!r}{nearest(code, known)}")
        (self.segments if name == "in_segment" else self.tags).add(code)
        return _TEXT if name == "tag_value" else _TRUTH

    def _sum(self, node: exp.Expr) -> str:
        self._all(node, _operands(node), _NUMBER, _NUMBER)
        if isinstance(node, exp.Div | exp.Mod):
            below = node.expression.unnest()
            whole = isinstance(below, exp.Literal) and not below.is_string and float(below.name) != 0
            if not (whole or _is_null_for_zero(below)):
                raise RuleError(
                    f"{node.sql(dialect='spark')!r} may divide by zero, which stops the run: "
                    f"write {node.this.sql(dialect='spark')} / nullif({below.sql(dialect='spark')}, 0)"
                )
        return _NUMBER

    def _case(self, node: exp.Case) -> str:
        if node.this is not None:
            raise RuleError(f"{node.sql(dialect='spark')!r}: write CASE WHEN condition THEN value")
        branches = list(node.args["ifs"])
        self._all(node, [b.this for b in branches], _TRUTH, _TRUTH)
        values = [b.args["true"] for b in branches] + ([node.args["default"]] if node.args.get("default") else [])
        return self._same(node, values, None)

    def _function(self, node: exp.Expr, wants: tuple[str, ...], gives: str) -> str:
        for part, want in zip(_operands(node), wants, strict=False):
            self._all(node, [part], want, gives)
        return gives

    def _all(self, node: exp.Expr, parts: list[exp.Expr], want: str, gives: str) -> str:
        for part in parts:
            found = self.kind(part)
            if found not in (want, _ANY):
                sql = part.sql(dialect="spark")
                raise RuleError(f"{node.sql(dialect='spark')!r}: {sql!r} gives {found}, expected {want}")
        return gives

    def _same(self, node: exp.Expr, parts: list[exp.Expr], gives: str | None) -> str:
        kinds = [k for k in map(self.kind, parts) if k != _ANY]
        if _DAY in kinds:
            kinds = [_DAY if _is_quoted_day(p) else self.kind(p) for p in parts]
        if len(set(kinds)) > 1:
            raise RuleError(f"{node.sql(dialect='spark')!r} mixes {' with '.join(sorted(set(kinds)))}")
        return gives or (kinds[0] if kinds else _ANY)


def _is_quoted_day(node: exp.Expr) -> bool:
    if not (isinstance(node, exp.Literal) and node.is_string):
        return False
    try:
        date.fromisoformat(node.name)
    except ValueError:
        return False
    return True


def _is_null_for_zero(node: exp.Expr) -> bool:
    zero = node.expression if isinstance(node, exp.Nullif) else None
    return isinstance(zero, exp.Literal) and not zero.is_string and float(zero.name) == 0


def _operands(node: exp.Expr) -> list[exp.Expr]:
    parts: list[exp.Expr] = []
    for name in ("this", "low", "high", "expression", "expressions", "decimals", "query"):
        value = node.args.get(name)
        parts += value if isinstance(value, list) else [value] if isinstance(value, exp.Expr) else []
    return parts


def _code(node: exp.Anonymous, function: str) -> str | None:
    """The one quoted code that the function is called with; None where it is another function or called otherwise."""
    args = node.expressions
    is_code = len(args) == 1 and isinstance(args[0], exp.Literal) and args[0].is_string
    return args[0].name if is_code and str(node.this).lower() == function else None


def _compiled(node: exp.Expr, segments: Mapping[str, Rule]) -> exp.Expr:
    if isinstance(node, exp.Anonymous):
        name, code = str(node.this).lower(), node.expressions[0].name
        sql = {
            "has_tag": f"coalesce(array_contains(tag_codes, '{code}'), false)",
            "tag_value": f"tag_values['{code}']",
            "in_segment": f"coalesce(({segments[code].sql}), false)" if name == "in_segment" else "",
        }[name]
        return sqlglot.parse_one(sql, dialect="spark")
    if isinstance(node, exp.Div):  # decimals divide to other scales on the other engine
        for name in ("this", "expression"):
            node.set(name, exp.cast(node.args[name], "double"))
    return node


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or ["?"])[0]
