"""A person asks to be forgotten: every clip about them goes, with its copies and traces; then it is looked again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_sora.archive import naming
from airflow_provider_sora.archive.facts import facts_in
from airflow_provider_sora.exceptions import SoraError, VideoExpiredError, VideoNotFoundError
from airflow_provider_sora.masking.addresses import shown
from airflow_provider_sora.masking.discretion import discreetly
from airflow_provider_sora.pages.campaign import MANIFEST, read_manifest, write_campaign_pages
from airflow_provider_sora.pages.index.states import drop_videos
from airflow_provider_sora.runs.private.forgotten import Forgotten
from airflow_provider_sora.runs.private.traces import About, Clip, look_for
from airflow_provider_sora.runs.remembered.json_store import JsonStore
from airflow_provider_sora.runs.review_states import states_with
from airflow_provider_sora.stores.open import open_store

if TYPE_CHECKING:
    from airflow_provider_sora.stores.contract import ObjectStore
    from airflow_provider_sora.stores.options import ArchiveOptions

GONE, THERE, REMAINS = "gone", "there", "remains"


@dataclass(frozen=True, slots=True)
class Trace:
    """One thing about a subject.

    :param what: ``on the server``, ``object``, ``marker``, ``page`` or ``receipt``.
    :param state: ``there`` (a dry run leaves it), ``gone`` (looked for again, and not found) or ``remains``.
    :param why: of what remains.
    """

    what: str
    where: str
    state: str
    why: str = ""


def forget(prefix: str, subject: str, options: ArchiveOptions | None = None, *, dry_run: bool = False) -> list[Trace]:
    """Delete every clip about a subject below an archive's prefix, its copy on its server, and what leads to it.

    First the subject is noted as forgotten, so that no run makes its clips again while they go. What cannot be deleted
    remains, with the reason, and the others go all the same; done again, it goes on. The receipt goes last, since a
    clip is found by it.

    :param subject: the keyed hash, as labels have it.
    :param dry_run: delete nothing; say what there is.
    :returns: everything about the subject and what became of it; empty where nothing was found.
    :raises ConfigurationError: the place or the credentials are wrong.
    :raises ArchiveError: the store failed while it was looked for.
    """
    store = open_store(prefix, options)
    about = look_for(store, subject)
    unread = [
        Trace("receipt", uri, REMAINS, "it cannot be read, so whose clip it is cannot be told") for uri in about.unread
    ]
    why = "what was made of a clip about them and of others': delete it by hand, or keep it"
    unread += [Trace("object", uri, REMAINS, why) for uri in about.made_of]
    if dry_run:
        return [*_listed(store, about), *unread]
    Forgotten(JsonStore(store)).add(subject)
    traces = [_off_the_server(clip) for clip in about.clips if _on_a_server(clip)]
    addresses = {str(clip.receipt["objects"][naming.VIDEO]["uri"]) for clip in about.clips}
    pages = [_page(store, name, addresses, options) for name in about.pages]
    held = {trace.where for trace in traces if trace.state == REMAINS}
    stale = any(page.state == REMAINS for page in pages)
    traces += pages
    for clip in about.clips:
        # By its receipt a clip is found again: while anything of it remains, so does that.
        *others, receipt = (*clip.markers, *clip.objects)
        done = [_object(store, name, clip) for name in others]
        if stale or _where(clip) in held or any(trace.state == REMAINS for trace in done):
            why = "what remains is found by it: run this again once that is gone"
            done.append(Trace("object", store.destination.join(receipt), REMAINS, why))
        else:
            done.append(_object(store, receipt, clip))
        traces += done
    return [*traces, *_looked_again(store, subject, addresses, traces), *unread]


SERVER = "on the server"


def _listed(store: ObjectStore, about: About) -> list[Trace]:
    traces = [Trace(SERVER, _where(clip), THERE) for clip in about.clips if _on_a_server(clip)]
    traces += [Trace("page", store.destination.join(name), THERE) for name in about.pages]
    for clip in about.clips:
        traces += [Trace("marker", store.destination.join(name), THERE) for name in clip.markers]
        traces += [Trace("object", store.destination.join(name), THERE) for name in clip.objects]
    return traces


def _on_a_server(clip: Clip) -> bool:
    """Whether a server made it: films and copies were made here, and an approved copy is of one that was."""
    return facts_in(clip.receipt).billed and not naming.is_approved_copy(clip.receipt_name)


def _where(clip: Clip) -> str:
    return f"{clip.receipt['server'].get('base_url') or 'its server'} {clip.video_id}"


def _off_the_server(clip: Clip) -> Trace:
    """Delete the server's copy and ask for it again; what the connection leads to now must be the server of then."""
    from airflow_provider_sora.hooks.sora import SoraHook

    server = clip.receipt["server"]
    with discreetly():  # what a server says may repeat the prompt
        try:
            hook = SoraHook(server.get("sora_conn_id") or "sora_default")
            if server.get("base_url") and shown(hook.base_url) != server["base_url"]:
                why = f"connection {hook.sora_conn_id} leads to {shown(hook.base_url)} now: ask who runs that server"
                return Trace(SERVER, _where(clip), REMAINS, why)
            try:
                hook.delete_video(clip.video_id)
                hook.get_video(clip.video_id)
            except (VideoNotFoundError, VideoExpiredError):
                return Trace(SERVER, _where(clip), GONE)
            return Trace(SERVER, _where(clip), REMAINS, "the server took the request to delete it, and still has it")
        except SoraError as error:
            return Trace(SERVER, _where(clip), REMAINS, error.happened)


def _page(store: ObjectStore, name: str, addresses: set[str], options: ArchiveOptions | None) -> Trace:
    """Write a page again without the clips."""
    where = store.destination.join(name)
    folder = where.rpartition("/")[0]
    try:
        if name.rpartition("/")[2] == MANIFEST:
            facts, members = read_manifest(folder, options)
            receipts = {f"{uri.rpartition('/')[0]}/{naming.FILE_NAMES[naming.RECEIPT]}" for uri in addresses}
            left = [member for member in members if member.receipt not in receipts]
            write_campaign_pages(folder, facts, left, options=options, states=states_with(options))
        elif not drop_videos(where, addresses, options):
            return Trace("page", where, REMAINS, "somebody else wrote it at this moment")
    except SoraError as error:
        return Trace("page", where, REMAINS, error.happened)
    return Trace("page", where, GONE)


def _object(store: ObjectStore, name: str, clip: Clip) -> Trace:
    what, where = "marker" if name in clip.markers else "object", store.destination.join(name)
    try:
        store.delete(name)
        there = store.look(name)
    except SoraError as error:
        return Trace(what, where, REMAINS, error.happened)
    return Trace(
        what, where, GONE if there is None else REMAINS, "" if there is None else "it was deleted, and is there"
    )


def _looked_again(store: ObjectStore, subject: str, addresses: set[str], traces: list[Trace]) -> list[Trace]:
    """What a second search finds that the first did not tell of, or that was thought gone."""
    again = look_for(store, subject, addresses)
    remaining = {trace.where for trace in traces if trace.state == REMAINS}
    names = [*again.pages, *(name for clip in again.clips for name in clip.objects)]
    found = (store.destination.join(name) for name in names)
    return [Trace("object", where, REMAINS, "it was found again") for where in found if where not in remaining]
