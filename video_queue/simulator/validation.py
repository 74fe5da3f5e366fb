"""What POST /prompt checks before it queues, and the words of its refusals, as recorded.

`validate` walks from each output node through its links. One good output is enough for the prompt to
run; the bad ones are only listed in `node_errors`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from video_queue.simulator.folders import Folders
from video_queue.simulator.nodes import node_classes
from video_queue.simulator.nodes.definition import NodeClass
from video_queue.simulator.settings import Dialect
from video_queue.simulator.values import refusal, value_errors

Prompt = dict[str, Any]
Error = dict[str, Any]


@dataclass(frozen=True)
class Verdict:
    """`error` is None when the prompt may be queued with `outputs`."""

    error: Error | None
    outputs: list[str] = field(default_factory=list)
    node_errors: dict[str, Any] = field(default_factory=dict)


def validate(prompt: Prompt, targets: list[str] | None, folders: Folders, dialect: Dialect) -> Verdict:
    """Check a prompt; numbers sent as text are converted in place.

    Raises TypeError (a plain 500 to the caller) when it is not in API format at all.
    """
    classes = node_classes(dialect)
    for node_id, node in prompt.items():
        if "class_type" not in node:
            return Verdict(_no_class(node_id, dialect))
        if node["class_type"] not in classes:
            return Verdict(_unknown_class(node_id, node, dialect))
    outputs = [n for n, node in prompt.items() if classes[node["class_type"]].output_node]
    wanted = [n for n in outputs if targets is None or n in targets]
    if not wanted:
        return Verdict(refusal("prompt_no_outputs", "Prompt has no outputs"))
    return _Check(prompt, folders, dialect).run(wanted)


def _no_class(node_id: str, dialect: Dialect) -> Error:
    details = f"Node ID '#{node_id}'"
    if not dialect.names_missing_nodes:
        text = "Cannot execute because a node is missing the class_type property."
        return refusal("invalid_prompt", text, details)
    text = (
        f"Node 'ID #{node_id}' has no class_type. The workflow may be corrupted or a custom node is missing."
    )
    extra = {"node_id": node_id, "class_type": None, "node_title": None}
    return refusal("missing_node_type", text, details, extra)


def _unknown_class(node_id: str, node: dict[str, Any], dialect: Dialect) -> Error:
    name, details = node["class_type"], f"Node ID '#{node_id}'"
    if not dialect.names_missing_nodes:
        return refusal("invalid_prompt", f"Cannot execute because node {name} does not exist.", details)
    title = node.get("_meta", {}).get("title", name)
    text = f"Node '{title}' not found. The custom node may not be installed."
    extra = {"node_id": node_id, "class_type": name, "node_title": title}
    return refusal("missing_node_type", text, details, extra)


class _InnerError(Exception):
    """A link that leads nowhere, found while its own node was checked."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name


class _Check:
    """One prompt's walk. `errors` holds each visited node's own; `sound` whether all below it is well."""

    def __init__(self, prompt: Prompt, folders: Folders, dialect: Dialect) -> None:
        self.prompt, self.folders, self.dialect = prompt, folders, dialect
        self.classes = node_classes(dialect)
        self.errors: dict[str, list[Error]] = {}
        self.sound: dict[str, bool] = {}
        self.path: list[str] = []

    def run(self, wanted: list[str]) -> Verdict:
        good: list[str] = []
        node_errors: dict[str, Any] = {}
        texts: list[str] = []
        for output in wanted:
            try:
                passed = self.visit(output)
            except _InnerError as problem:
                self.errors[output], passed = [self._outer_error(problem)], False
            except RecursionError:
                self.errors.clear()
                return Verdict(_failed([]), [], {})
            if passed:
                good.append(output)
                continue
            texts += [f"{e['message']}: {e['details']}" for e in self.errors.get(output, [])]
            self._collect(output, node_errors)
        return Verdict(None if good else _failed(texts), good, node_errors)

    def visit(self, node_id: str) -> bool:
        """Whether the node and all it needs are well. Raises _InnerError for a link that leads nowhere."""
        if node_id in self.sound:
            return self.sound[node_id]
        if node_id in self.path:
            return self._loop(node_id)
        self.path.append(node_id)
        try:
            node = self.classes[self.prompt[node_id]["class_type"]]
            errors = self.errors[node_id] = []
            below = [self._input(node_id, node, name, errors) for name in node.inputs]
            self._own_check(node, self.prompt[node_id]["inputs"], errors)
        finally:
            self.path.pop()
        self.sound[node_id] = all(below) and not self.errors[node_id]
        return self.sound[node_id]

    def _input(self, node_id: str, node: NodeClass, name: str, errors: list[Error]) -> bool:
        """Check one input; False when something below it is wrong."""
        values = self.prompt[node_id]["inputs"]
        if name not in values:
            if name in node.required:
                extra = {"input_name": name}
                errors.append(refusal("required_input_missing", "Required input is missing", name, extra))
            return True
        if isinstance(values[name], list):
            return self._link(node, name, values[name], errors)
        errors += value_errors(node.inputs[name], name, values, self.folders, self.dialect)
        return True

    def _link(self, node: NodeClass, name: str, link: list[Any], errors: list[Error]) -> bool:
        declared = node.inputs[name].declared(self.folders)
        config = [declared[0], declared[1] if len(declared) > 1 else {}]
        if len(link) != 2:
            text = "Bad linked input, must be a length-2 list of [node_id, slot_index]"
            extra = {"input_name": name, "input_config": config, "received_value": link}
            errors.append(refusal("bad_linked_input", text, name, extra))
            return True
        source, slot = link
        if source not in self.prompt:
            raise _InnerError("KeyError", repr(source))
        outputs = self.classes[self.prompt[source]["class_type"]].outputs
        if not 0 <= slot < len(outputs):
            raise _InnerError("IndexError", "tuple index out of range")
        if outputs[slot][0] != declared[0] and "*" not in (outputs[slot][0], declared[0]):
            errors.append(_mismatch(name, config, outputs[slot][0], link))
            return True
        try:
            return self.visit(source)
        except _InnerError as problem:
            self.errors[source] = [_inner(name, config, problem, link)]
            self.sound[source] = False
            return False

    def _loop(self, node_id: str) -> bool:
        """A node met again on its own path. The older version recursed until Python gave up."""
        if not self.dialect.names_missing_nodes:
            raise RecursionError
        nodes = [*self.path[self.path.index(node_id) :], node_id]
        names = " -> ".join(f"{n} ({self.prompt[n]['class_type']})" for n in nodes)
        extra = {"node_id": node_id, "cycle_nodes": nodes[:-1]}
        self.errors[node_id].append(refusal("dependency_cycle", "Dependency cycle detected", names, extra))
        return False

    def _own_check(self, node: NodeClass, values: dict[str, Any], errors: list[Error]) -> None:
        if node.check is None or any(isinstance(v, list) for v in values.values()):
            return
        if any(name not in values for name in node.required):
            return
        problem = node.check(self.folders, values)
        if problem:
            name, text = problem
            message, extra = "Custom validation failed for node", {"input_name": name}
            errors.append(refusal("custom_validation_failed", message, f"{name} - {text}", extra))

    def _outer_error(self, problem: _InnerError) -> Error:
        extra = {"exception_type": problem.name, "traceback": []}
        return refusal("exception_during_validation", "Exception when validating node", str(problem), extra)

    def _collect(self, output: str, node_errors: dict[str, Any]) -> None:
        for node_id in _below(self.prompt, output):
            if not self.errors.get(node_id):
                continue
            entry = node_errors.setdefault(
                node_id,
                {
                    "errors": self.errors[node_id],
                    "dependent_outputs": [],
                    "class_type": self.prompt[node_id]["class_type"],
                },
            )
            entry["dependent_outputs"].append(output)


def _failed(texts: list[str]) -> Error:
    return refusal("prompt_outputs_failed_validation", "Prompt outputs failed validation", "\n".join(texts))


def _mismatch(name: str, config: list[Any], received: str, link: list[Any]) -> Error:
    details = f"{name}, received_type({received}) mismatch input_type({config[0]})"
    extra = {"input_name": name, "input_config": config, "received_type": received, "linked_node": link}
    return refusal("return_type_mismatch", "Return type mismatch between linked nodes", details, extra)


def _inner(name: str, config: list[Any], problem: _InnerError, link: list[Any]) -> Error:
    extra = {
        "input_name": name,
        "input_config": config,
        "exception_message": str(problem),
        "exception_type": problem.name,
        "traceback": ['  File "/simulated/validation.py", line 1, in validate\n'],
        "linked_node": link,
    }
    message = "Exception when validating inner node"
    return refusal("exception_during_inner_validation", message, str(problem), extra)


def _below(prompt: Prompt, output: str) -> list[str]:
    """The output and every node it needs, deepest first, as far as the links lead anywhere."""
    order: list[str] = []
    stack, seen = [(output, False)], set()
    while stack:
        node_id, done = stack.pop()
        if done:
            order.append(node_id)
        elif node_id in prompt and node_id not in seen:
            seen.add(node_id)
            stack.append((node_id, True))
            links = [v[0] for v in prompt[node_id].get("inputs", {}).values() if isinstance(v, list) and v]
            stack += [(source, False) for source in reversed(links)]
    return order
