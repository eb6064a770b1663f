"""``python -m airflow_provider_sora.animatic``: the bundled server of free drafts."""

from __future__ import annotations

import argparse
import contextlib
import errno
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

DIALECT_NAMES = ("openai", "vllm-omni", "sglang", "dynamo", "litellm", "new-api")


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds")
    return value


def parser() -> argparse.ArgumentParser:
    """The command line."""
    flags = argparse.ArgumentParser(
        prog="sora-animatic",
        description="Speaks /v1/videos and renders free drafts as real MP4: rehearse a DAG before paying.",
    )
    flags.add_argument("--host", default="127.0.0.1")
    flags.add_argument("--port", type=int, default=8765, help="0 takes a free port and prints it")
    flags.add_argument("--dialect", choices=DIALECT_NAMES, default="openai", help="whose accent to take on")
    flags.add_argument("--key", help="bearer key of clients; any is taken without; SORA_ANIMATIC_KEY hides it")
    flags.add_argument("--state", type=Path, help="folder that keeps jobs, videos and counters across restarts")
    flags.add_argument(
        "--persist", action=argparse.BooleanOptionalAction, help="keep jobs across a restart, whatever the dialect does"
    )
    flags.add_argument("--queue-seconds", type=_seconds, default=0.5)
    flags.add_argument("--render-seconds", type=_seconds, default=2.0)
    flags.add_argument("--ttl", type=_seconds, help="seconds a finished video can be fetched, 0 for ever")
    flags.add_argument("--honour-idempotency-key", action=argparse.BooleanOptionalAction, default=False)
    flags.add_argument("--cancel-call", action=argparse.BooleanOptionalAction, default=True)
    flags.add_argument("--prompts-in-list", action=argparse.BooleanOptionalAction, default=True)
    flags.add_argument("--accept-unknown-fields", action=argparse.BooleanOptionalAction, default=False)
    flags.add_argument("--model", action="append", default=[], metavar="NAME", help="a model to serve; may be repeated")
    flags.add_argument("--fps", type=int, default=24, choices=range(1, 61), metavar="1..60")
    flags.add_argument("--render", choices=("eager", "lazy"), default="eager", help="lazy renders at the first fetch")
    flags.add_argument(
        "--image-hosts", action=argparse.BooleanOptionalAction, default=True, help="fetch pictures given as an address"
    )
    flags.add_argument("--webhook-url", help="where to tell that a job ended; signed with the secret")
    flags.add_argument(
        "--webhook-secret", help="whsec_ and base64, as Standard Webhooks has it; SORA_ANIMATIC_WEBHOOK_SECRET hides it"
    )
    flags.add_argument("--access-log", action=argparse.BooleanOptionalAction, default=False)
    return flags


def listen(host: str, port: int) -> socket.socket:
    """A listening socket.

    :raises SystemExit: with one sentence when the port is taken or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
    except OSError as error:
        found.close()
        reason = (
            "is in use; choose another with --port"
            if error.errno == errno.EADDRINUSE
            else f"cannot be used: {error.strerror}"
        )
        raise SystemExit(f"Port {port} on {host} {reason}.") from error
    found.listen(2048)
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Run the server until it is stopped."""
    options = parser().parse_args(argv)
    try:
        import uvicorn

        from airflow_provider_sora.animatic.app import build
        from airflow_provider_sora.animatic.settings import ServerSettings
    except ImportError as error:
        print(f"{error}. The server needs: pip install 'airflow-provider-sora[animatic]'", file=sys.stderr)
        return 1
    settings = ServerSettings(
        dialect=options.dialect,
        host=options.host,
        port=options.port,
        key=options.key or os.environ.get("SORA_ANIMATIC_KEY") or None,
        state=options.state,
        persist=options.persist,
        queue_seconds=options.queue_seconds,
        render_seconds=options.render_seconds,
        ttl=options.ttl,
        honour_idempotency_key=options.honour_idempotency_key,
        cancel_call=options.cancel_call,
        prompts_in_list=options.prompts_in_list,
        accept_unknown_fields=options.accept_unknown_fields,
        models=tuple(options.model),
        fps=options.fps,
        render=options.render,
        image_hosts=options.image_hosts,
        webhook_url=options.webhook_url or None,
        webhook_secret=options.webhook_secret or os.environ.get("SORA_ANIMATIC_WEBHOOK_SECRET") or None,
    )
    with contextlib.ExitStack() as stack:
        server_socket = stack.enter_context(contextlib.closing(listen(options.host, options.port)))
        root = options.state or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sora-animatic-")))
        host, port = server_socket.getsockname()[:2]
        settings.port = port
        shown = f"[{host}]" if ":" in host else host
        print(
            f"Animatic ({options.dialect}) at http://{shown}:{port}/v1 : free drafts, not generated videos.", flush=True
        )
        config = uvicorn.Config(
            build(settings, root),
            loop="asyncio",
            http="h11",
            ws="none",
            lifespan="on",
            proxy_headers=False,
            access_log=options.access_log,
            log_level="info" if options.access_log else "warning",
            timeout_graceful_shutdown=2,
        )
        # uvicorn stops in good order and then raises the signal again: this ends the process with its folder tidied
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        with contextlib.suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[server_socket])
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
