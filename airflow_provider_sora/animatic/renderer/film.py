"""A scene, or a chain of them, to a finished MP4."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
from PIL import Image, ImageOps

from airflow_provider_sora.animatic.renderer import camera, found
from airflow_provider_sora.animatic.renderer.backdrops.backdrop import backdrop
from airflow_provider_sora.animatic.renderer.colour import grade, rgb_to_planes
from airflow_provider_sora.animatic.renderer.encode import join, write_mp4
from airflow_provider_sora.animatic.renderer.scene import Scene
from airflow_provider_sora.animatic.renderer.sound import tone
from airflow_provider_sora.animatic.renderer.writing.overlay import Canvas
from airflow_provider_sora.animatic.renderer.writing.titles import Clock, burn_ins


def plate(scene: Scene, uploads: Path) -> Image.Image:
    """The still that the camera moves over: the reference picture, or a backdrop drawn for the prompt."""
    size = (scene.width, scene.height)
    if scene.camera != "static":
        size = camera.plate_size(*size)
    if scene.picture is None:
        return grade(backdrop(scene, *size), scene.grades)
    with Image.open(uploads / scene.picture) as opened:
        picture = ImageOps.exif_transpose(opened).convert("RGB")
    return grade(ImageOps.fit(picture, size, Image.Resampling.LANCZOS), scene.grades)


def frames(scene: Scene, uploads: Path) -> Iterator[av.VideoFrame]:
    """All frames of a scene."""
    planes = rgb_to_planes(plate(scene, uploads))
    still = burn_ins(scene)
    clock = Clock(scene)
    canvas = Canvas(scene.width, scene.height)
    shots = camera.move(planes, scene.camera, scene.frames, (scene.width, scene.height))
    for index, shot in enumerate(shots):
        canvas.take(shot)
        for layer in (*still, *clock.overlays(index)):
            layer.lay(canvas.planes)
        yield camera.to_frame(canvas.planes)


def shoot(scene: Scene, uploads: Path, path: Path) -> None:
    """Render one scene to ``path``."""
    samples = tone(scene.tone, scene.seconds, start=scene.start)
    size = (scene.width, scene.height)
    write_mp4(path, frames(scene, uploads), samples, size=size, fps=scene.fps)


def render(order: Mapping[str, Any]) -> None:
    """Carry out one order of the server, in a worker process.

    The order has ``scene``, ``uploads`` (folder) and ``output`` (file). An extension also has ``source``, the video
    that the new scene is joined to, and the change of a client's own video has ``upload``, its file name.
    ``pad`` makes the file that many bytes larger, still playable. The output appears whole or not at all.
    """
    uploads, output = Path(order["uploads"]), Path(order["output"])
    part = output.with_suffix(".part.mp4")
    piece = output.with_suffix(".piece.mp4")
    scene = Scene.from_json(order["scene"])
    source = Path(order["source"]) if order.get("source") else None
    if upload := order.get("upload"):
        if scene.number > 1:
            source = output.with_suffix(".source.mp4")
            found.adapt(uploads / upload, source, (scene.width, scene.height), scene.fps)
        else:
            scene = replace(scene, picture=f"{upload}.png")
            found.first_frame(uploads / upload, uploads / f"{upload}.png")
    if source is None:
        shoot(scene, uploads, part)
    else:
        shoot(scene, uploads, piece)
        join([source, piece], part)
        piece.unlink()
    if order.get("pad"):
        pad(part, int(order["pad"]))
    part.replace(output)


def pad(path: Path, size: int) -> None:
    """Append a ``free`` box of random bytes: a file of any size that still plays and does not compress."""
    with path.open("ab") as file:
        file.write(max(8, size).to_bytes(4, "big") + b"free")
        for start in range(8, size, 1 << 20):
            file.write(os.urandom(min(1 << 20, size - start)))
