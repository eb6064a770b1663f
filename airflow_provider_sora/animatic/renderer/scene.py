"""What a prompt asks for: camera move, light, subject. English and Japanese words, no model."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

#: Camera moves by the words that ask for them; the first found in this order wins, longer phrases first.
CAMERA_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("pan_left", ("pan left", "pans left", "panning left", "左へパン", "左にパン", "左パン")),
    ("pan_right", ("pan right", "pans right", "panning right", "右へパン", "右にパン", "右パン")),
    ("tilt_down", ("tilt down", "tilts down", "tilting down", "ティルトダウン", "下へティルト", "下にティルト")),
    ("tilt_up", ("tilt up", "tilts up", "tilting up", "ティルトアップ", "上へティルト", "上にティルト")),
    ("dolly_out", ("dolly out", "dolly back", "dollies out", "pull back", "pull out", "ドリーアウト", "ドリーバック")),
    ("dolly_in", ("dolly", "dollies", "push in", "push-in", "pushes in", "tracking", "ドリー", "トラッキング")),
    ("zoom_out", ("zoom out", "zooms out", "zooming out", "ズームアウト", "引き")),
    ("zoom_in", ("zoom", "ズーム", "寄り")),
    (
        "static",
        ("static", "locked-off", "locked off", "lock-off", "tripod", "still shot", "固定", "フィックス", "静止"),
    ),
    ("tilt_up", ("tilt", "crane", "ティルト", "クレーン")),
    ("pan_right", ("pan ", "pans", "panning", "panorama", "パン")),
)

#: Light by the words that ask for it.
TONE_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "golden",
        ("golden hour", "sunset", "sunrise", "dawn", "dusk", "夕暮れ", "夕焼け", "夕方", "夕日", "朝焼け", "夜明け"),
    ),
    ("neon", ("neon", "cyberpunk", "ネオン")),
    ("night", ("night", "midnight", "moonlight", "moonlit", "starry", "夜", "深夜", "月明かり", "星空")),
    ("studio", ("studio", "softbox", "seamless", "cyclorama", "product shot", "スタジオ", "商品撮影")),
    ("overcast", ("overcast", "fog", "mist", "rain", "cloudy", "曇", "霧", "雨")),
    ("day", ("daylight", "noon", "sunny", "blue sky", "morning", "昼", "日中", "晴", "青空", "朝")),
)

#: Grades, which a remix lays over the same picture.
GRADE_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "cold",
        (
            "cold",
            "cool light",
            "cooler",
            "cool tone",
            "bluish",
            "icy",
            "winter",
            "寒色",
            "寒い",
            "冷た",
            "クール",
            "青み",
        ),
    ),
    ("warm", ("warm", "cozy", "autumn", "candle", "暖色", "暖か", "温か", "ウォーム")),
    ("mono", ("black and white", "monochrome", "noir", "白黒", "モノクロ")),
    ("bright", ("brighter", "bright", "high key", "high-key", "明るい", "明るく")),
    ("dark", ("darker", "low key", "low-key", "moody", "暗い", "暗く")),
    ("vivid", ("vivid", "saturated", "colorful", "colourful", "鮮やか", "ビビッド")),
)

#: What the background is laid out as.
LAYOUT_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("city", ("city", "street", "skyline", "downtown", "tokyo", "market", "parliament", "office", "building", "neon",
              "cyberpunk", "traffic", "station", "都市", "街", "東京", "ビル", "駅", "国会", "ネオン")),
    ("sea", ("sea", "waves", "lighthouse",
             "ocean", "beach", "coast", "harbour", "harbor", "lake", "river", "ship", "boat", "海", "港", "湖",
             "川", "船", "浜", "波", "灯台")),
    ("studio", ("studio", "product", "softbox", "seamless", "pedestal", "tabletop", "packshot", "スタジオ",
                "商品", "製品")),
)  # fmt: skip

#: Fallback when a prompt names no move: the seed picks one, so that siblings differ but a rerun does not.
QUIET_MOVES = ("pan_right", "zoom_in", "pan_left", "dolly_in", "tilt_up", "zoom_out")


def _first(text: str, table: tuple[tuple[str, tuple[str, ...]], ...]) -> str | None:
    lowered = f" {text.lower()} "
    return next((name for name, words in table if any(word in lowered for word in words)), None)


@dataclass(frozen=True)
class Scene:
    """All the renderer needs, as plain JSON values.

    :param seed: places hills, stars and windows; a remix keeps it.
    :param prompt: the text set in the picture; ``changes``: what remixes and edits asked for, oldest first.
    :param grades: laid over the picture one after the other.
    :param picture: file name of the reference picture among the uploads, if any.
    :param number: which scene of the film: an extension is the next one.
    :param start: seconds of the film before this scene, for the timecode.
    """

    seed: int
    prompt: str
    width: int
    height: int
    seconds: float
    fps: int = 24
    camera: str = "static"
    tone: str = "day"
    layout: str = "ridges"
    grades: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    picture: str | None = None
    number: int = 1
    start: float = 0.0
    label: str = ""
    cast: tuple[str, ...] = ()

    @property
    def frames(self) -> int:
        return max(1, round(self.seconds * self.fps))

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Scene:
        known = {f.name for f in fields(cls)}
        kept: dict[str, Any] = {
            name: tuple(v) if isinstance(v, list) else v for name, v in values.items() if name in known
        }
        return cls(**kept)


def seed_of(*parts: object) -> int:
    """A number that the same words always give."""
    return int.from_bytes(hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()[:4])


def read_prompt(
    prompt: str,
    *,
    size: str,
    seconds: float,
    fps: int,
    picture: str | None = None,
    label: str = "",
    cast: tuple[str, ...] = (),
) -> Scene:
    """The scene a prompt describes.

    :param size: ``WIDTHxHEIGHT``; odd numbers are made even, since H.264 stores colour at half size.
    """
    width, height = (max(16, int(n) // 2 * 2) for n in size.split("x"))
    seed = seed_of(prompt, size)
    grade = _first(prompt, GRADE_WORDS)
    layout = _first(prompt, LAYOUT_WORDS)
    tone = _first(prompt, TONE_WORDS) or ("studio" if layout == "studio" else ("day", "golden", "overcast")[seed % 3])
    return Scene(
        seed=seed,
        prompt=prompt,
        width=width,
        height=height,
        seconds=seconds,
        fps=fps,
        camera=_first(prompt, CAMERA_WORDS) or QUIET_MOVES[seed % len(QUIET_MOVES)],
        tone=tone,
        layout=layout or ("studio" if tone == "studio" else "ridges"),
        grades=(grade,) if grade else (),
        picture=picture,
        label=label,
        cast=cast,
    )


def change(scene: Scene, request: str, *, label: str = "") -> Scene:
    """The same scene with a remix or an edit applied: seed and layout stay, light, grade or camera may change."""
    grade = _first(request, GRADE_WORDS)
    tone = _first(request, TONE_WORDS)
    grades = scene.grades
    if grade:
        grades = (*grades, grade)
    elif tone and scene.picture:
        grades = (*grades, tone)
    return replace(
        scene,
        camera=_first(request, CAMERA_WORDS) or scene.camera,
        tone=tone or scene.tone,
        grades=grades,
        changes=(*scene.changes, request),
        label=label,
    )


def follow(scene: Scene, prompt: str, *, seconds: float, start: float, label: str = "") -> Scene:
    """The next scene of the same film, for an extension: same place, its own words and camera."""
    asked = read_prompt(prompt, size=f"{scene.width}x{scene.height}", seconds=seconds, fps=scene.fps)
    return replace(
        scene,
        prompt=prompt,
        camera=asked.camera,
        tone=_first(prompt, TONE_WORDS) or scene.tone,
        seconds=seconds,
        start=start,
        number=scene.number + 1,
        changes=(),
        label=label,
    )


def whole(scene: Scene, seconds: float) -> Scene:
    """The last scene of an extended film, alone and as long as the film: what a remix of it is made of."""
    return replace(scene, seconds=seconds, start=0.0, number=1)
