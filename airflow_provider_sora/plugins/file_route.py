"""``GET /sora/files/{archive}/{folder}/{name}``: a clip's video and pictures, for who may look at the DAG that made it.

The browser gets no address of the bucket and no credentials, unless ``[sora] signed_links`` allows short-lived ones:
bytes are read from the store in blocks and passed on, the part that a player asks for and no more. All of it runs in
threads of its own: those that the API server has for its own routes answer tasks and triggerers, and must not wait
behind people who watch.
"""

from __future__ import annotations

import queue
from collections import defaultdict
from collections.abc import AsyncIterator, Generator
from typing import TYPE_CHECKING

from anyio import to_thread
from fastapi import APIRouter, HTTPException, Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from airflow_provider_sora.archive import naming
from airflow_provider_sora.exceptions import ArchiveError
from airflow_provider_sora.gallery.archives import Archive
from airflow_provider_sora.gallery.clips import Clip
from airflow_provider_sora.plugins import signed_links
from airflow_provider_sora.plugins.byte_ranges import NotSatisfiableError, Part, part_of
from airflow_provider_sora.plugins.readers import readers
from airflow_provider_sora.plugins.security import User, may_read
from airflow_provider_sora.plugins.shelves import shelves
from airflow_provider_sora.stores.open import open_store

if TYPE_CHECKING:
    from airflow_provider_sora.stores.contract import ObjectStore

#: What an archive holds is shown and never run, whatever its bytes are.
_HEADERS = {
    "accept-ranges": "bytes",
    "cache-control": "private, max-age=3600",
    "content-security-policy": "default-src 'none'; media-src 'self'; style-src 'unsafe-inline'; sandbox",
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
}

#: Of the answer that leads to the store.
_NO_TRACE = {"cache-control": "no-store", "referrer-policy": "no-referrer"}


def router() -> APIRouter:
    """The route, with opened stores of its own: each costs a login."""
    routes = APIRouter()
    stores = _Stores()

    @routes.get("/files/{archive}/{place:path}")
    async def file(archive: str, place: str, request: Request, user: User, download: bool = False) -> Response:
        return await to_thread.run_sync(look, archive, place, request, user, download, limiter=readers())

    def look(archive: str, place: str, request: Request, user: User, download: bool) -> Response:
        folder, _, name = place.rpartition("/")
        clip = readable_clip(archive, folder, user)
        asset = next((asset for asset, known in clip.files.items() if known == name), None)
        if asset is None:
            raise HTTPException(404)
        headers = {**_HEADERS, "etag": f'"{clip.sha256[:32]}-{asset}"'}
        if request.headers.get("if-none-match") == headers["etag"]:
            return Response(status_code=304, headers=headers)
        home = shelves().archives[archive]
        if asset == naming.VIDEO and not download and (lasts := signed_links.seconds()):
            with stores.lent(home) as store:
                signed = store.signed_address(f"{clip.folder}/{name}", lasts)
            if signed is not None:
                return RedirectResponse(signed, 307, headers=_NO_TRACE)
        return _answer(stores, home, clip, asset, request, headers, download)

    return routes


def readable_clip(archive: str, folder: str, user: User) -> Clip:
    """A clip by its address, for who may see it.

    :raises HTTPException: 404 for no such clip and for one of a DAG that the user may not look at, which is the same.
    """
    here = shelves()
    clip = here.shelf.clip(archive, folder) if archive in here.archives else None
    if clip is None or not may_read(user, clip.dag_id):
        raise HTTPException(404)
    return clip


def _answer(
    stores: _Stores, home: Archive, clip: Clip, asset: str, request: Request, headers: dict[str, str], download: bool
) -> Response:
    name = clip.files[asset]
    path = f"{clip.folder}/{name}"
    with stores.lent(home) as store:
        found = store.look(path)
    if found is None:
        raise HTTPException(404)
    wanted = request.headers.get("range")
    if (condition := request.headers.get("if-range")) and condition != headers["etag"]:
        wanted = None
    try:
        part = part_of(wanted, found.size)
    except NotSatisfiableError:
        return Response(status_code=416, headers={**headers, "content-range": f"bytes */{found.size}"})
    headers["content-length"] = str(part.stop - part.start)
    if not part.whole:
        headers["content-range"] = part.content_range(found.size)
    if download:
        extension = name.rpartition(".")[2]
        headers["content-disposition"] = f'attachment; filename="{naming.folder_name(clip.video_id)}.{extension}"'
    return StreamingResponse(
        stores.blocks(home, path, part),
        status_code=200 if part.whole else 206,
        media_type=naming.content_type_of(asset, name),
        headers=headers,
    )


class _Lent:
    def __init__(self, stores: _Stores, archive: Archive) -> None:
        self._idle = stores.idle[archive.id]
        self._archive = archive

    def __enter__(self) -> ObjectStore:
        try:
            self._store = self._idle.get_nowait()
        except queue.Empty:
            self._store = open_store(self._archive.uri, self._archive.options)
        return self._store

    def __exit__(self, *_: object) -> None:
        self._idle.put(self._store)


class _Stores:
    """Opened stores that wait for the next reader: one is used by one thread at a time."""

    def __init__(self) -> None:
        self.idle: defaultdict[str, queue.LifoQueue[ObjectStore]] = defaultdict(queue.LifoQueue)

    def lent(self, archive: Archive) -> _Lent:
        return _Lent(self, archive)

    async def blocks(self, archive: Archive, path: str, part: Part) -> AsyncIterator[bytes]:
        """The part, block by block, each read in one of our threads, so that the server's loop never waits."""
        blocks = self._blocks(archive, path, part)
        try:
            while block := await to_thread.run_sync(next, blocks, b"", limiter=readers()):
                yield block
        finally:
            blocks.close()

    def _blocks(self, archive: Archive, path: str, part: Part) -> Generator[bytes, None, None]:
        """What breaks in the middle ends the connection: a length was announced, so the player sees that bytes lack."""
        with self.lent(archive) as store:
            try:
                yield from store.read_range(path, part.start, part.stop)
            except ArchiveError as error:
                raise ConnectionError(f"{path} could not be read to its end: {error}") from error
