"""What stands behind a title card: a landscape, a skyline, a shore or a studio, in the light the prompt asks for."""

from __future__ import annotations

import numpy as np
from PIL import Image

from airflow_provider_sora.animatic.renderer.scene import Scene

SKIES = {
    "day": ((88, 148, 214), (214, 232, 244)),
    "golden": ((64, 42, 92), (250, 168, 84)),
    "night": ((8, 12, 34), (38, 56, 104)),
    "neon": ((14, 6, 34), (116, 24, 110)),
    "studio": ((206, 208, 212), (240, 240, 238)),
    "overcast": ((120, 132, 146), (196, 204, 208)),
}


def backdrop(scene: Scene, width: int, height: int) -> Image.Image:
    """An RGB plate of the given pixels."""
    top, bottom = (np.array(c, np.float32) for c in SKIES[scene.tone])
    ramp = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    return Image.fromarray(np.broadcast_to(top + (bottom - top) * ramp, (height, width, 3)).astype(np.uint8))
