"""Lists and facts: node declarations, models, versions, folders."""

from __future__ import annotations

import platform
import sys
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from video_queue.simulator.object_info import object_info
from video_queue.simulator.routes.answers import answer, both, empty, plain, trouble
from video_queue.simulator.routes.socket import server_flags
from video_queue.simulator.state import SimulatorState

_MODEL_FOLDERS = (
    "checkpoints", "configs", "loras", "vae", "text_encoders", "diffusion_models", "clip_vision",
    "style_models", "embeddings", "diffusers", "vae_approx", "controlnet", "gligen", "upscale_models",
    "custom_nodes", "hypernetworks", "photomaker", "classifiers", "model_patches", "audio_encoders",
)  # fmt: skip
_ALSO_IN_OUTPUT = ("checkpoints", "loras", "vae", "diffusion_models")
_MEMORY = 16 * 2**30


def info_routes(state: SimulatorState) -> list[BaseRoute]:
    info = _Info(state)
    constants: dict[str, Any] = {
        "/embeddings": [],
        "/users": {"storage": "server", "migrated": False},
        "/settings": {},
        "/extensions": [],
        "/workflow_templates": {},
    }
    if state.dialect.jobs_api:
        constants |= {"/node_replacements": {}, "/global_subgraphs": {}}
    routes = [route for path, body in constants.items() for route in both(path, _constant(body))]
    return [
        *routes,
        *both("/system_stats", info.system_stats),
        *both("/features", info.features),
        *both("/object_info", info.all_nodes),
        *both("/object_info/{name}", info.one_node),
        *both("/models", info.model_folders),
        *both("/models/{folder}", info.models),
        *both("/experiment/models/{folder}", info.model_details),
        *both("/view_metadata/{folder}", info.metadata),
        *both("/userdata", info.userdata),
        *plain("/internal/folder_paths", info.folder_paths),
        *plain("/internal/files/{kind}", info.files),
        *plain("/internal/logs/raw", info.logs),
        *plain("/", info.front_page),
    ]


def _constant(body: Any) -> Any:
    async def show(_: Request) -> Response:
        return answer(body)

    return show


class _Info:
    def __init__(self, state: SimulatorState) -> None:
        self.state, self.folders = state, state.folders
        self.newer = state.dialect.jobs_api

    async def system_stats(self, request: Request) -> Response:
        if self.state.faults.get("no_stats"):
            return trouble()
        system: dict[str, Any] = {
            "os": sys.platform if self.newer else "posix",
            "ram_total": _MEMORY,
            "ram_free": _MEMORY // 2,
            "comfyui_version": self.state.settings.version,
            "required_frontend_version": "simulated",
            "installed_templates_version": "simulated",
            "required_templates_version": "simulated",
            "python_version": sys.version,
            "pytorch_version": "simulated",
            "embedded_python": False,
            "argv": ["simulator", "--port", str(request.scope["server"][1])],
            "simulated": True,
        }
        if self.newer:
            system |= {"comfy_package_versions": [], "deploy_environment": "simulated"}
        device = {"name": f"simulated ({platform.machine()})", "type": "cpu", "index": None}
        memory = {f"{kind}vram_{what}": _MEMORY for kind in ("", "torch_") for what in ("total", "free")}
        return answer({"system": system, "devices": [{**device, **memory}]})

    async def features(self, _: Request) -> Response:
        return answer(server_flags(self.state))

    async def all_nodes(self, _: Request) -> Response:
        if self.state.faults.get("odd_object_info"):
            return answer({"SaveImage": None, "LoadImage": [], "ImageInvert": {"input": {"required": [1]}}})
        return answer(object_info(self.folders))

    async def one_node(self, request: Request) -> Response:
        name = request.path_params["name"]
        return answer({k: v for k, v in object_info(self.folders).items() if k == name})

    async def model_folders(self, _: Request) -> Response:
        return answer(list(_MODEL_FOLDERS))

    async def models(self, request: Request) -> Response:
        folder = request.path_params["folder"]
        return answer(self.folders.model_names(folder)) if folder in _MODEL_FOLDERS else empty(404)

    async def model_details(self, request: Request) -> Response:
        folder = request.path_params["folder"]
        if folder not in _MODEL_FOLDERS:
            return empty(404)
        facts = {"pathIndex": 0, "modified": 0.0, "created": 0.0, "size": 0}
        return answer([{"name": name, **facts} for name in self.folders.model_names(folder)])

    async def metadata(self, request: Request) -> Response:
        name = request.query_params.get("filename", "")
        if request.path_params["folder"] != "loras" or name not in self.folders.model_names("loras"):
            return empty(404)
        return answer({"ss_base_model_version": "simulated", "ss_output_name": Path(name).stem})

    async def userdata(self, _: Request) -> Response:
        return Response("Directory not found", 404, media_type="text/plain")

    async def folder_paths(self, _: Request) -> Response:
        base = self.folders.base
        paths = {name: [str(base / "models" / name)] for name in _MODEL_FOLDERS}
        for name in _ALSO_IN_OUTPUT:
            paths[name].append(str(base / "output" / name))
        return answer(paths)

    async def files(self, request: Request) -> Response:
        kind = request.path_params["kind"]
        root = self.folders.of_type(kind)
        if root is None:
            return empty(400)
        newest = sorted((p for p in root.iterdir() if p.is_file()), key=lambda p: -p.stat().st_mtime)
        return answer([f"{p.name} [{kind}]" if self.newer else p.name for p in newest])

    async def logs(self, _: Request) -> Response:
        return answer({"entries": [], "size": {"cols": 80, "rows": 24}})

    async def front_page(self, _: Request) -> Response:
        text = f"simulated ComfyUI {self.state.settings.version}: a stand-in, it loads no model\n"
        return Response(text, media_type="text/plain")
