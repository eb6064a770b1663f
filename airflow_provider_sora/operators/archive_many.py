"""Archive a list of videos from one task, some at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.exceptions import ConfigurationError, SoraError
from airflow_provider_sora.operators.archive_support import Opened, run_facts

if TYPE_CHECKING:
    from airflow_provider_sora.archive.archiver import ArchiveResult
    from airflow_provider_sora.archive.options import ArchiveOptions
    from airflow_provider_sora.hooks.sora import SoraHook
    from airflow_provider_sora.record import VideoRecord


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

    Connections and stores are opened here, in the task's own thread; the workers share none of them.
    """
    from airflow_provider_sora.archive.archiver import archive_video
    from airflow_provider_sora.archive.naming import parse_destination
    from airflow_provider_sora.archive.store import ObjectStore, open_store

    if concurrency < 1:
        raise ConfigurationError(f"concurrency must be at least 1, not {concurrency}. Nothing was stored.")
    if not records:
        return []
    place = parse_destination(destination)
    options.check_for(place)
    rendered = place.uri
    opened = Opened(sora_conn_id, labels)
    work = [opened.open(record) for record in records]
    stores: SimpleQueue[ObjectStore] = SimpleQueue()
    for _ in range(min(concurrency, len(work))):
        stores.put(open_store(rendered, options))
    run = run_facts(context)

    def one(item: tuple[VideoRecord, SoraHook]) -> ArchiveResult | SoraError:
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
        except SoraError as error:
            log.error("Video %s was not archived: %s", record.video_id, error)
            return error
        finally:
            stores.put(store)

    with ThreadPoolExecutor(max_workers=min(concurrency, len(work)), thread_name_prefix="archive") as pool:
        return list(pool.map(one, work))
