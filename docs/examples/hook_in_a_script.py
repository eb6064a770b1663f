"""The hook alone, in a script or a notebook: make a clip, wait for it, keep it. Run in the tests."""

# START hook_in_a_script
import time

from airflow_provider_sora.hooks.sora import SoraHook


def make_clip(path: str) -> str:
    hook = SoraHook("sora_default")
    job = hook.create_video("Wide shot of a harbour at dawn. Static camera.", seconds=4, size="1280x720")  # pays
    print("job", job.id)  # write it down: without an operator nothing else does
    while not job.status.is_final:
        time.sleep(2)
        job = hook.get_video(job.id)
    if job.error is not None:
        raise RuntimeError(f"{job.id} failed: {job.error.message}")
    return str(hook.download_to(job.id, path))  # whole and checked, or an error and no file


# END hook_in_a_script
