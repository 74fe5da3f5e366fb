"""docs/openapi.json is what the server says of itself.

Compared by what programs rely on: routes, parameters, bodies, answers and the models' fields with their types.
How FastAPI and pydantic word the rest changes with their versions.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx

from video_queue.app import bare_app

DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.json"
HOW = "docs/openapi.json is out of date; write it with: python -m scripts.export_openapi"


def kept() -> dict[str, Any]:
    """The document in the repository."""
    document: dict[str, Any] = json.loads(DOCUMENT.read_text("utf-8"))
    return document


def outline(document: dict[str, Any]) -> dict[str, Any]:
    """Routes and models by name, each with what programs rely on."""
    routes = {
        f"{method} {path}": {
            "name": said["operationId"],
            "summary": said["summary"],
            "parameters": sorted(
                (entry["in"], entry["name"], entry.get("required", False))
                for entry in said.get("parameters", [])
            ),
            "body": contents(said.get("requestBody", {})),
            "answers": {status: contents(answer) for status, answer in said["responses"].items()},
        }
        for path, methods in document["paths"].items()
        for method, said in methods.items()
    }
    models = {
        name: {"fields": sorted(model.get("properties", {})), "required": sorted(model.get("required", []))}
        for name, model in document["components"]["schemas"].items()
    }
    return {"routes": routes, "models": models}


def contents(said: dict[str, Any]) -> dict[str, Any]:
    """Media types with the model each refers to."""
    return {type_: entry.get("schema", {}).get("$ref") for type_, entry in said.get("content", {}).items()}


def test_the_document_is_up_to_date() -> None:
    now = json.loads(json.dumps(outline(bare_app().openapi())))
    assert now == json.loads(json.dumps(outline(kept()))), HOW


def test_the_server_gives_the_document_out(shared_client: httpx.Client) -> None:
    answer = shared_client.get("/api/openapi.json")
    assert answer.status_code == 200
    assert outline(answer.json()) == outline(bare_app().openapi())


def test_every_operation_is_described() -> None:
    for path, methods in bare_app().openapi()["paths"].items():
        for method, said in methods.items():
            assert said["summary"], (method, path)
            assert said["description"], (method, path)
            for status in ("4XX", "5XX"):
                (type_, refusal), *others = said["responses"][status]["content"].items()
                assert (type_, others) == ("application/json", []), (method, path)
                assert refusal["schema"]["$ref"].endswith("/ErrorBody"), (method, path)
            assert "422" not in said["responses"], (method, path)


def test_every_list_has_items_and_a_cursor() -> None:
    models = bare_app().openapi()["components"]["schemas"]
    fields = {name: model.get("properties", {}) for name, model in models.items()}
    lists = {name for name, known in fields.items() if known.get("items", {}).get("type") == "array"}
    assert lists == {name for name, known in fields.items() if "next_cursor" in known}
