"""Writes types/api.d.ts, the REST interface of docs/openapi.json as TypeScript sees it; `export_openapi.py` runs it.

`deno check` checks the page against it
(tests/page/test_types.py). It is never served: the page stays plain modules.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "openapi.json"
TARGET = ROOT / "types" / "api.d.ts"
# Their routes leave out what was not set.
_SPARSE = frozenset({"Choices"})
_PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}
_HEAD = "// What the server answers and takes, written from docs/openapi.json by scripts/api_types.py.\n"


def render(document: dict[str, Any]) -> str:
    """The declarations of a schema: its models, and for each route its answer, its query and its body."""
    models = document["components"]["schemas"]
    routes = [
        (f"{method.upper()} {_pattern(path)}", route)
        for path, methods in sorted(document["paths"].items(), key=lambda entry: _generality(entry[0]))
        for method, route in methods.items()
    ]
    tables = (("Answer", _answer), ("Query", _query), ("Body", _body))
    return "\n".join(
        [
            _HEAD,
            "declare namespace Api {",
            *(_model(name, schema) for name, schema in sorted(models.items())),
            *(_table(name, [(route, of(spec)) for route, spec in routes]) for name, of in tables),
            "}\n",
        ]
    )


def _pattern(path: str) -> str:
    return re.sub(r"\{\w+\}", "${string}", path.removeprefix("/api"))


def _generality(path: str) -> list[tuple[bool, str]]:
    """Longer paths and fixed names first: `/jobs/${string}` would fit `/jobs/causes` and `/jobs/1/sheet` too."""
    return [(part.startswith("{"), part) for part in path.split("/")] + [(True, "~")]


def _table(name: str, entries: list[tuple[str, str]]) -> str:
    """A type of each route: the first pattern that fits. No route fits an unknown address, whose type is `never`."""
    lines = [f"    R extends `{route}` ? {type_} :" for route, type_ in entries]
    return "\n".join([f"  type {name}<R extends string> =", *lines, "    never;"])


def _answer(route: dict[str, Any]) -> str:
    """The types of all successful answers, each once."""
    schemas = [
        answer.get("content", {}).get("application/json", {}).get("schema")
        for status, answer in route["responses"].items()
        if status.startswith("2")
    ]
    return _union([_type(schema) for schema in schemas if schema]) if any(schemas) else "void"


def _query(route: dict[str, Any]) -> str:
    """Names and types of a query; what is empty is not sent."""
    fields = {
        parameter["name"]: f"{_type(parameter['schema'])} | undefined"
        for parameter in route.get("parameters", [])
        if parameter["in"] == "query"
    }
    return _object(fields, optional=set(fields)) if fields else "undefined"


def _body(route: dict[str, Any]) -> str:
    """What a request may carry. Left out may be anything: that something is missing the server says."""
    schema = route.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    return f"Sent<{_type(schema)}>" if schema else "undefined"


def _model(name: str, schema: dict[str, Any]) -> str:
    optional = name in _SPARSE
    return f"  type {_name(name)} = {_type(schema, sparse=optional)};"


def _name(name: str) -> str:
    return re.sub(r"\W", "_", name).strip("_")


def _type(schema: dict[str, Any], *, sparse: bool = False) -> str:
    """A schema as a type."""
    if "$ref" in schema:
        return _name(schema["$ref"].rpartition("/")[2])
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    for several in ("anyOf", "oneOf"):
        if several in schema and "properties" not in schema:
            return _union([_type(option) for option in schema[several]])
    kind = schema.get("type")
    if kind == "array":
        return _array(schema)
    if kind == "object":
        return _mapping(schema, sparse)
    return _PLAIN.get(str(kind), "any")


def _array(schema: dict[str, Any]) -> str:
    if "prefixItems" in schema:
        return f"[{', '.join(_type(item) for item in schema['prefixItems'])}]"
    return f"Array<{_type(schema.get('items', {}))}>"


def _mapping(schema: dict[str, Any], sparse: bool) -> str:
    """An object: what has a default is always in an answer, so nothing is optional but in `sparse` ones."""
    if "properties" not in schema:
        others = schema.get("additionalProperties")
        return f"Record<string, {_type(others) if isinstance(others, dict) else 'any'}>"
    fields = {name: _type(field) for name, field in schema["properties"].items()}
    return _object(fields, optional=set(fields) - set(schema.get("required", [])) if sparse else set())


def _object(fields: dict[str, str], *, optional: set[str]) -> str:
    named = (
        f"{json.dumps(name)}{'?' * (name in optional)}: {type_}" for name, type_ in sorted(fields.items())
    )
    return f"{{ {'; '.join(named)} }}"


def _union(types: list[str]) -> str:
    return " | ".join(dict.fromkeys(types))


def main() -> None:
    TARGET.write_text(render(json.loads(DOCUMENT.read_text("utf-8"))), "utf-8")


if __name__ == "__main__":
    main()
