"""What makes a phase another one: thirty changes after which nothing that was made before may be reused."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from video_queue.comfy.node_catalogue import ComfyCatalogue
from video_queue.comfy.node_packs import read_packs
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.workflow import WorkflowDefinition
from video_queue.worker.execution.reuse_key import Program, reuse_key

GRAPH: dict[str, Any] = {
    "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "base.safetensors"}},
    "2": {"class_type": "LoraLoader", "inputs": {"lora_name": "grain.safetensors", "model": ["1", 0]}},
    "3": {"class_type": "Power Lora", "inputs": {"lora_1": {"on": True, "lora": "sub/ink.safetensors"}}},
    "4": {"class_type": "CLIPTextEncode", "inputs": {"text": "rain, embedding:mood, night"}},
    "5": {"class_type": "OddLoader", "inputs": {"weights": "odd.gguf"}},
    "6": {"class_type": "LoadImage", "inputs": {"image": "style.png"}},
    "7": {"class_type": "LoadImage", "inputs": {"image": "x.png"}},
    "8": {"class_type": "FancyBlur", "inputs": {"strength": 2}},
}
INFO: dict[str, Any] = {
    "FancyBlur": {"python_module": "custom_nodes.Fancy"},
    "CheckpointLoaderSimple": {"python_module": "nodes", "input": {}},
}
MODELS = {
    "checkpoints/base.safetensors", "loras/grain.safetensors", "loras/sub/ink.safetensors", "embeddings/mood.pt",
    "unet/odd.gguf", "loras/rain.safetensors",
}  # fmt: skip


@dataclass
class Render:
    """A render on a disk of its own, and an encode of what came of it; every part may be changed."""

    root: Path
    graph: dict[str, Any] = field(default_factory=lambda: {key: {**node} for key, node in GRAPH.items()})
    phase: dict[str, Any] = field(
        default_factory=lambda: {
            "name": "render", "uses": "comfy", "graph": "g", "set": {"2.inputs.lora_name": "{{ params.lora }}"},
            "files": {"7.inputs.image": "{{ input.path }}"},
        }
    )  # fmt: skip
    params: dict[str, Any] = field(default_factory=lambda: {"lora": "rain.safetensors"})
    program: Program = field(default_factory=lambda: Program("0.3.64"))
    earlier: dict[int, str] = field(default_factory=lambda: {0: "key of the frames"})
    input: str = "clip.mp4"

    def __post_init__(self) -> None:
        for name in (
            *(f"models/{model}" for model in MODELS),
            "input/style.png",
            "clip.mp4",
            "work/00-frames/1.png",
        ):
            self.write(name, b"first")
        self.write("nodes/Fancy/nodes.py", b"code")
        self.write("nodes/Fancy/pyproject.toml", b'[project]\nversion = "1.0"\n')
        self.write("nodes/Fancy/.git/HEAD", b"ref: refs/heads/main\n")
        self.write("nodes/Fancy/.git/refs/heads/main", b"1111\n")
        self.connect()

    def write(self, name: str, content: bytes) -> None:
        """A file; its time is always the same."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, ns=(10**18, 10**18))

    def connect(self, info: dict[str, Any] = INFO) -> None:
        """ComfyUI was started, and seen."""
        catalogue = ComfyCatalogue(self.root / "cache")
        kinds = {model.split("/")[0] for model in MODELS}
        folders = {
            kind: [str(self.root / "first" / kind), str(self.root / "models" / kind)] for kind in kinds
        }
        catalogue.store(info, folders)
        catalogue.store_packs(read_packs([str(self.root / "nodes")]))
        self.program = replace(self.program, input_folder=self.root / "input", catalogue=catalogue)

    def key(self) -> str | None:
        """Its key as things stand."""
        definition = WorkflowDefinition.model_validate({"name": "w", "phases": [self.phase]})
        graphs = {"render": self.graph} if self.phase["uses"] == "comfy" else {}
        scope = {
            "params": self.params,
            "input": {"path": str(self.root / self.input)},
            "frames": [{"path": str(self.root / "work/00-frames/1.png")}],
            "two": [{"path": str(self.root / self.input)}] * 2,
        }
        loaded, own = LoadedWorkflow(definition, graphs), self.root / "work"
        return reuse_key(definition.phases[0], loaded, scope, self.program, own, self.earlier)

    def encode(self) -> None:
        """The phase is an encode instead."""
        self.program = Program("ffmpeg 9")
        self.phase = {
            "name": "encode", "uses": "media.encode",
            "with": {"frames": "{{ frames }}", "fps": 24, "crf": 20, "audio": "{{ input.path }}"},
        }  # fmt: skip


def _write(name: str, content: bytes = b"other") -> Callable[[Render], None]:
    return lambda render: render.write(name, content)


def _replace(name: str) -> Callable[[Render], None]:
    def change(render: Render) -> None:
        render.write("new", b"other")
        (render.root / "new").replace(render.root / name)

    return change


def _pack(name: str, content: bytes) -> Callable[[Render], None]:
    def change(render: Render) -> None:
        render.write(name, content)
        render.connect()

    return change


def _touch_pack(render: Render) -> None:
    os.utime(render.root / "nodes/Fancy/nodes.py", ns=(10**18, 2 * 10**18))
    render.connect()


def _set(**changes: Any) -> Callable[[Render], None]:
    def change(render: Render) -> None:
        for name, value in changes.items():
            setattr(render, name, value)

    return change


def _graph(node: str, **changes: Any) -> Callable[[Render], None]:
    return lambda render: render.graph[node].update(changes)


def _version(text: str) -> Callable[[Render], None]:
    return lambda render: setattr(render, "program", replace(render.program, version=text))


def _with(**changes: Any) -> Callable[[Render], None]:
    return lambda render: render.phase["with"].update(changes)


def _phase(**changes: Any) -> Callable[[Render], None]:
    return lambda render: render.phase.update(changes)


RENDER_CHANGES = {
    "the input has other contents of the same size and time": _write("clip.mp4"),
    "the input was replaced by another file": _replace("clip.mp4"),
    "the input is longer": _write("clip.mp4", b"longer than before"),
    "the input is another file of the same contents": lambda r: (
        r.write("b.mp4", b"first"),
        _set(input="b.mp4")(r),
    ),
    "the input is gone": lambda r: (r.root / "clip.mp4").unlink(),
    "a checkpoint was replaced under its name": _replace("models/checkpoints/base.safetensors"),
    "a checkpoint was overwritten, size and time the same": _write("models/checkpoints/base.safetensors"),
    "a checkpoint is gone": lambda r: (r.root / "models/checkpoints/base.safetensors").unlink(),
    "a folder that comes first has the checkpoint now": _write(
        "first/checkpoints/base.safetensors", b"first"
    ),
    "a LoRA that a parameter names was replaced": _write("models/loras/rain.safetensors"),
    "a LoRA inside a node's own list was replaced": _write("models/loras/sub/ink.safetensors"),
    "an embedding that the prompt names was replaced": _write("models/embeddings/mood.pt"),
    "a model of an unknown loader was replaced": _write("models/unet/odd.gguf"),
    "a parameter names another LoRA": _set(params={"lora": "grain.safetensors"}),
    "the graph names another checkpoint": _graph("1", inputs={"ckpt_name": "sub.safetensors"}),
    "the style picture in ComfyUI's input folder changed": _write("input/style.png"),
    "a pack of nodes has another commit": _pack("nodes/Fancy/.git/refs/heads/main", b"2222\n"),
    "a pack of nodes has another version": _pack(
        "nodes/Fancy/pyproject.toml", b'[project]\nversion = "1.1"\n'
    ),
    "the code of a pack was edited": _touch_pack,
    "a pack of nodes is gone": lambda r: ((r.root / "nodes/Fancy").rename(r.root / "gone"), r.connect()),
    "ComfyUI is another version": _version("0.3.65"),
    "a value in the graph changed": _graph("8", inputs={"strength": 3}),
    "a node is another class": _graph("8", class_type="FancyBlur2"),
    "a node loads what ComfyUI made": _graph("6", inputs={"image": "style.png [output]"}),
    "it runs once for each of two": _phase(for_each="{{ two }}", files={"7.inputs.image": "{{ item.path }}"}),
    "another node gets the file": _phase(files={"6.inputs.image": "{{ input.path }}"}),
}
ENCODE_CHANGES = {
    "another ffmpeg": _version("ffmpeg 10"),
    "another quality": _with(crf=21),
    "another rate": _with(fps=25),
    "another colour tag": _with(color="bt2020"),
    "another codec": _with(codec="h265"),
    "no sound": lambda r: r.phase["with"].pop("audio"),
    "other sound": _write("clip.mp4"),
    "frames that were made in another way": _set(earlier={0: "another key"}),
    "frames that nothing vouches for": _set(earlier={}),
    "another kind of phase": _phase(uses="media.convert"),
}


@pytest.mark.parametrize("change", RENDER_CHANGES.values(), ids=RENDER_CHANGES)
def test_a_render_is_made_again_when(change: Callable[[Render], Any], tmp_path: Path) -> None:
    render = Render(tmp_path)
    before = render.key()
    assert before is not None
    render.connect()
    assert render.key() == before
    change(render)
    assert render.key() != before


@pytest.mark.parametrize("change", ENCODE_CHANGES.values(), ids=ENCODE_CHANGES)
def test_an_encode_is_made_again_with(change: Callable[[Render], Any], tmp_path: Path) -> None:
    render = Render(tmp_path)
    render.encode()
    before = render.key()
    assert before is not None
    assert render.key() == before
    change(render)
    assert render.key() != before


WORDS_CHANGES = {
    "another ffmpeg": _version("ffmpeg 10"),
    "another language": _with(language="de"),
    "a model that was replaced under its name": _replace("whisper/model.bin"),
    "a model of another vocabulary": _write("whisper/tokenizer.json"),
    "a model that is gone": lambda r: (r.root / "whisper/model.bin").unlink(),
    "another engine": _with(engine="pocketsphinx"),
}


@pytest.mark.skipif(
    not (find_spec("faster_whisper") and find_spec("pocketsphinx")), reason="the extra `speech`"
)
@pytest.mark.parametrize("change", WORDS_CHANGES.values(), ids=WORDS_CHANGES)
def test_words_are_recognised_again_with(change: Callable[[Render], Any], tmp_path: Path) -> None:
    render = Render(tmp_path)
    render.encode()
    for name in ("model.bin", "config.json", "tokenizer.json"):
        render.write(f"whisper/{name}", b"first")
    arguments = {"source": "{{ input.path }}", "model": str(tmp_path / "whisper")}
    render.phase = {"name": "words", "uses": "media.transcribe", "with": arguments}
    before = render.key()
    assert before is not None
    assert render.key() == before
    change(render)
    assert render.key() != before


def test_of_a_comfyui_elsewhere_what_it_says_of_its_loaders_counts(tmp_path: Path) -> None:
    render = Render(tmp_path)
    (tmp_path / "models/checkpoints/base.safetensors").unlink()
    before = render.key()
    choices = {"required": {"ckpt_name": [["other.safetensors"], {}]}}
    render.connect({**INFO, "CheckpointLoaderSimple": {"python_module": "nodes", "input": choices}})
    assert render.key() != before


def test_models_and_packs_that_a_graph_does_not_use_change_nothing(tmp_path: Path) -> None:
    render = Render(tmp_path)
    before = render.key()
    render.write("models/loras/unused.safetensors", b"new")
    render.write("nodes/Other/nodes.py", b"code")
    render.connect()
    assert render.key() == before
