"""``POST /sora/webhooks/{conn_id}``: the one route without login; the signature is the login.

A stranger learns a status code and nothing else: 404 where there is no such connection or it has no secret, 413 for a
large body, 401 for what is not signed by the secret or too old, 409 for what came before, 204 for the rest.
"""

from __future__ import annotations

import logging
import time

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from airflow_provider_sora.plugins.deliveries import mark_store
from airflow_provider_sora.plugins.deliveries.webhook_secrets import WebhookSecrets
from airflow_provider_sora.webhooks.delivery import LARGEST, Delivery, RefusedError, read_delivery
from airflow_provider_sora.webhooks.marks import Mark, short

log = logging.getLogger(__name__)

_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


def router() -> APIRouter:
    """The route, with a memory of secrets of its own."""
    routes = APIRouter()
    secrets = WebhookSecrets()

    @routes.post("/webhooks/{conn_id}")
    async def deliver(conn_id: str, request: Request) -> Response:
        body = await _body(request)
        if body is None:
            log.warning("A webhook for connection %.80r was refused: its body is too large.", conn_id)
            return Response(status_code=413)
        headers = {name: value for name in _HEADERS if (value := request.headers.get(name))}
        sender = request.client.host if request.client else "unknown"
        return Response(status_code=await run_in_threadpool(take, conn_id, headers, body, secrets, sender))

    return routes


def take(conn_id: str, headers: dict[str, str], body: bytes, secrets: WebhookSecrets, sender: str) -> int:
    """Check a delivery and leave its mark; returns the status code to answer."""
    known = secrets.of(conn_id)
    if not known:
        log.warning("A webhook from %s for connection %.80r was refused: it has no webhook_secret.", sender, conn_id)
        return 404
    try:
        delivery = read_delivery(headers, body, known)
    except RefusedError as error:
        log.warning("A webhook from %s for connection %r was refused: %s.", sender, conn_id, error)
        return 401
    except ImportError:
        log.error("Webhooks need: pip install 'airflow-provider-sora[webhook]' where the API server runs.")
        return 404
    if not delivery.ends_a_job:
        log.info("Webhook %.80r for connection %r: %.80r, which ends no job.", delivery.id, conn_id, delivery.kind)
        return 204
    return _mark(conn_id, delivery)


def _mark(conn_id: str, delivery: Delivery) -> int:
    mark = Mark(int(time.time() * 1000), short(delivery.video_id or ""), short(delivery.id))
    if not mark_store.leave(conn_id, mark):
        log.warning("Webhook %.80r for connection %r came before; it was refused.", delivery.id, conn_id)
        return 409
    log.info("Webhook for connection %r: %s of video %.80r.", conn_id, delivery.kind, delivery.video_id)
    return 204


async def _body(request: Request) -> bytes | None:
    """The body as it came; None where it is larger than a webhook's may be, without reading on."""
    found = bytearray()
    async for block in request.stream():
        found += block
        if len(found) > LARGEST:
            return None
    return bytes(found)
