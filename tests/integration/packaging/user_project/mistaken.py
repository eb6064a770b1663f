"""What ``mypy --strict`` must find: otherwise the package's types are not seen at all."""

from airflow_provider_sora.hooks.sora import SoraHook

length: int = SoraHook("sora_default").get_video("video_1").id
SoraHook("sora_default").create_video(prompt=3)
