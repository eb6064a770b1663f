"""Archive a list of videos from one task, some at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.exceptions import ArchiveError, SoraError
from airflow_provider_sora.tasks.archiving.archive_support import Opened, run_facts

if TYPE_CHECKING:
    from airflow_provider_sora.archive.archiver import ArchiveResult
    from airflow_provider_sora.hooks.sora import SoraHook
    from airflow_provider_sora.record import VideoRecord
    from airflow_provider_sora.stores.options import ArchiveOptions


def archive_many(
    records: Sequence[VideoRecord],
    *,
    context: Mapping[str, Any],
    destination: str,
    sora_conn_id: str | None,
    labels: Mapping[str, Any] | str | None,
    options: ArchiveOptions,
    concurrency: int,
    log: Any,
) -> list[ArchiveResult | SoraError]:
    """Archive all, ``concurrency`` at a time; the outcome of each, in order, is its result or its error.

    Connections and stores are opened here, in the task's own thread; a store is used by one worker at a time.
    """
    from airflow_provider_sora.archive.archiver import archive_video
    from airflow_provider_sora.stores.contract import ObjectStore
    from airflow_provider_sora.stores.destination import parse_destination
    from airflow_provider_sora.stores.open import open_store

    if not records:
        return []
    place = parse_destination(destination)
    options.check_for(place)
    rendered = place.uri
    opened = Opened(sora_conn_id, labels)
    work = [_opened(opened, record, log) for record in records]
    stores: SimpleQueue[ObjectStore] = SimpleQueue()
    for _ in range(min(concurrency, len(work))):
        stores.put(open_store(rendered, options))
    run = run_facts(context)

    def one(item: tuple[VideoRecord, SoraHook] | SoraError) -> ArchiveResult | SoraError:
        if isinstance(item, SoraError):
            return item
        record, hook = item
        store = stores.get()
        try:
            return archive_video(
                hook,
                record,
                destination=rendered,
                options=options,
                run=run,
                log=log,
                complete=opened.completer(hook),
                store=store,
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not take the others' outcomes along
            return _failure(record, error, log)
        finally:
            stores.put(store)

    with ThreadPoolExecutor(max_workers=min(concurrency, len(work)), thread_name_prefix="archive") as pool:
        return list(pool.map(one, work))


def _opened(opened: Opened, record: VideoRecord, log: Any) -> tuple[VideoRecord, SoraHook] | SoraError:
    try:
        return opened.open(record)
    except Exception as error:  # noqa: BLE001 - one unknown connection must not stop the others
        return _failure(record, error, log)


def _failure(record: VideoRecord, error: Exception, log: Any) -> SoraError:
    if isinstance(error, SoraError):
        log.error("Video %s was not archived: %s", record.video_id, error)
        return error
    log.error("Video %s was not archived.", record.video_id, exc_info=error)
    return ArchiveError(
        f"Video {record.video_id}: {type(error).__name__}: {error}. It is paid for and still on the server; a retry "
        "costs no second render.",
        video_id=record.video_id,
    )
