"""``airflow sora storyboard``: whether a film can be made, in which words, how long it is and what it costs."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.cli.command import command, show
from airflow_provider_sora.exceptions import ConfigurationError, ServerUnreachableError, SoraError

if TYPE_CHECKING:
    from airflow_provider_sora.hooks.sora import SoraHook
    from airflow_provider_sora.storyboards.shots import Film

_USUAL = "sora_default"


@command
def storyboard(args: Namespace) -> int:
    """Read the file, and ask the connection, where there is one; 1 when the file or the server says no."""
    from airflow_provider_sora.hooks.sora import SoraHook
    from airflow_provider_sora.storyboards.preview import preview
    from airflow_provider_sora.storyboards.reading import read_storyboard

    try:
        film = read_storyboard(args.source, anywhere=True)
    except ConfigurationError as error:
        # It could be read; what it says is the answer.
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    hook, notes = SoraHook(args.conn_id or _USUAL), []
    settings = None
    try:
        settings = hook.settings
    except ConfigurationError as error:
        if args.conn_id:
            raise
        notes.append(f"The cost is unknown, and no server was asked: {error.happened}")
    model = settings.model_or_default(args.model or None) if settings else args.model
    found = preview(
        film, prices=settings.prices if settings else None, model=model, size=args.size, seconds=args.seconds
    )
    problems: list[str] = []
    if settings:
        if found["estimated_usd"] is None:
            notes.append(
                "The cost is unknown: the connection's `prices` have no entry for this model and size, or a scene has "
                "no length. Set the price in the connection."
            )
        try:
            problems = _refused(film, hook, model, found)
        except ServerUnreachableError as error:
            notes.append(f"What the server takes was not asked: {error.happened}")
    show(
        {**found, "conn_id": hook.sora_conn_id if settings else None, "problems": problems, "notes": notes},
        args.output,
        [
            (_head(found), [_row(scene) for scene in found["scenes"]]),
            ("", [{"scene": scene["number"], "prompt": scene["prompt"]} for scene in found["scenes"]]),
            *[(f"note: {note}", ()) for note in notes],
            *[
                (f"warning: scene {scene['number']}: {warning}", ())
                for scene in found["scenes"]
                for warning in scene["warnings"]
            ],
            *[(f"no: {problem}", ()) for problem in problems],
        ],
    )
    return 1 if problems else 0


def _refused(film: Film, hook: SoraHook, model: str | None, found: Mapping[str, Any]) -> list[str]:
    """What the server would not take, each in words; asks it, and pays nothing.

    :raises ServerUnreachableError: nothing answers there.
    """
    from airflow_provider_sora.protocol.submission import Reference, Submission, SubmitKind
    from airflow_provider_sora.storyboards.scene_request import asked_of

    server, problems = hook.server_name, []
    stands_in = Reference(data=b"\xff\xd8\xff", content_type="image/jpeg", file_name="reference.jpg")
    for shot, scene in zip(film.shots, found["scenes"], strict=True):
        named = f"{shot.told.capitalize()} of {film.title!r}: "
        try:
            asked = asked_of(film, shot, hook.dialect, conn_id=hook.sora_conn_id, server=server)
            hook.check(
                Submission(
                    kind=SubmitKind.CREATE,
                    prompt=asked.prompt,
                    model=model,
                    seconds=scene["seconds"],
                    size=found["size"],
                    reference=stands_in if asked.photo or shot.after else None,
                    characters=asked.characters,
                    extra=asked.extra,
                )
            )
        except ServerUnreachableError:
            raise
        except SoraError as error:
            what = error.happened.removeprefix(named)
            problems.append(f"{named}{what}" + (f" Next: {error.step}" if error.step else ""))
    return problems


def _head(found: Mapping[str, Any]) -> str:
    from airflow_provider_sora.jobs.cost import NO_ESTIMATE

    cost = found["estimated_usd"]
    told = [f"{len(found['scenes'])} scenes", f"{found['seconds']} s", found["size"]]
    told.append(f"cost unknown ({NO_ESTIMATE})" if cost is None else f"about ${cost:.2f}")
    return f"{found['title']}: {', '.join(told)}"


def _row(scene: Mapping[str, Any]) -> dict[str, str]:
    """What fits a terminal."""
    cost, after = scene["estimated_usd"], scene["continue_from"]
    blend = scene["transition"]
    return {
        "scene": str(scene["number"]),
        "id": scene["id"] or "",
        "seconds": str(scene["seconds"]),
        "cost": "?" if cost is None else f"${cost:.2f}",
        "continues": "" if after is None else str(after),
        "then": blend if isinstance(blend, str) else f"blend {blend['blend']}",
        "warnings": str(len(scene["warnings"]) or ""),
    }
