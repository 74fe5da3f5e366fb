"""GET /view and POST /upload/image."""

from __future__ import annotations

import io
import mimetypes
from pathlib import Path

from PIL import Image
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute

from video_queue.simulator.folders import OutsideFolderError
from video_queue.simulator.routes.answers import answer, both, empty
from video_queue.simulator.state import SimulatorState

_DANGEROUS = frozenset(
    {"text/html", "text/javascript", "application/javascript", "text/css", "image/svg+xml"}
)
_LIMIT = 104857600


def file_routes(state: SimulatorState) -> list[BaseRoute]:
    files = _Files(state)
    return [*both("/view", files.view), *both("/upload/image", files.upload, "POST")]


class _Files:
    def __init__(self, state: SimulatorState) -> None:
        self.folders = state.folders
        self.cautious = state.dialect.cautious_downloads

    async def view(self, request: Request) -> Response:
        query = request.query_params
        name, kind = query.get("filename"), query.get("type", "output")
        if not name:
            return empty(404)
        if name.startswith("/") or ".." in name or self.folders.of_type(kind) is None:
            return empty(400)
        try:
            path = self.folders.within(kind, query.get("subfolder", ""), Path(name).name)
        except OutsideFolderError:
            return empty(403)
        if not path.is_file():
            return empty(404)
        if "preview" in query:
            return _preview(path, query["preview"])
        if query.get("channel") in ("rgb", "a"):
            return _channel(path, query["channel"])
        return self._whole(path)

    def _whole(self, path: Path) -> Response:
        """The file itself; ranges are served by FileResponse."""
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        headers = {"Content-Disposition": f'filename="{path.name}"'}
        if kind in _DANGEROUS:
            kind = "application/octet-stream"
            if self.cautious:
                headers["Content-Disposition"] = f'attachment; filename="{path.name}"'
                headers["Cache-Control"] = "no-store"
        if self.cautious:
            headers["X-Content-Type-Options"] = "nosniff"
        headers["Content-Disposition"] = headers["Content-Disposition"].encode().decode("latin-1")
        return FileResponse(path, media_type=kind, headers=headers)

    async def upload(self, request: Request) -> Response:
        if int(request.headers.get("content-length", 0)) > _LIMIT:
            return empty(413)
        async with request.form() as form:
            image = form.get("image")
            if not isinstance(image, UploadFile) or not image.filename:
                return empty(400)
            data = await image.read()
            kind, subfolder = str(form.get("type", "input")), str(form.get("subfolder", ""))
            overwrite = form.get("overwrite") in ("true", "1")
        kind = kind if self.folders.of_type(kind) else "input"
        try:
            path = self.folders.within(kind, subfolder, image.filename)
            root = self.folders.within(kind, subfolder, "x").parent
        except OutsideFolderError:
            return empty(400)
        if path.parent != root:
            return empty(400)
        path.parent.mkdir(parents=True, exist_ok=True)
        path = path if overwrite else _free_name(path, data)
        path.write_bytes(data)
        return answer({"name": path.name, "subfolder": subfolder, "type": kind})


def _free_name(path: Path, data: bytes) -> Path:
    """The path, or `name (1).ext` and so on, unless a file of that name holds the same bytes."""
    candidate, count = path, 0
    while candidate.exists() and candidate.read_bytes() != data:
        count += 1
        candidate = path.with_name(f"{path.stem} ({count}){path.suffix}")
    return candidate


def _preview(path: Path, wanted: str) -> Response:
    """Re-encoded as `webp;50` or `jpeg;80` asks. Raises for what is not an image."""
    form, _, quality = wanted.partition(";")
    form = form if form in ("webp", "jpeg") else "webp"
    level = int(quality) if quality.isdigit() else 90
    with Image.open(path) as image:
        return _encoded(image.convert("RGB") if form == "jpeg" else image, path, form, quality=level)


def _channel(path: Path, channel: str) -> Response:
    with Image.open(path) as image:
        if channel == "rgb":
            return _encoded(image.convert("RGB"), path, "png")
        alpha = image.convert("RGBA").getchannel("A")
        mask = Image.new("RGBA", image.size)
        mask.putalpha(alpha)
        return _encoded(mask, path, "png")


def _encoded(image: Image.Image, path: Path, form: str, **how: int) -> Response:
    buffer = io.BytesIO()
    image.save(buffer, format=form, **how)
    headers = {"Content-Disposition": f'filename="{path.name}"'.encode().decode("latin-1")}
    return Response(buffer.getvalue(), media_type=f"image/{form}", headers=headers)
