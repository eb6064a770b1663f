"""What the animatic server can be told, by flag at start and by its control route while it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

#: Settings that the control route may not change: they shape the server when it starts.
FIXED = frozenset({"dialect", "host", "port", "state", "persist"})


class SettingError(ValueError):
    """A setting has an unknown name or a value of the wrong kind."""


@dataclass
class ServerSettings:
    """All settings of one server.

    :param dialect: which server's accent to take on (see ``dialects``).
    :param key: bearer key that clients must send; None accepts any.
    :param state: folder that keeps jobs, pictures and videos; None means a temporary one.
    :param persist: whether jobs outlive a restart; None leaves it to the dialect.
    :param queue_seconds: how long a job stays queued; ``render_seconds``: how long it is in progress at least.
    :param ttl: seconds that a finished video can be fetched; 0 is for ever; None leaves it to the dialect.
    :param honour_idempotency_key: answer a repeated key with the first job, as few real servers do.
    :param cancel_call: whether ``POST /videos/{id}/cancel`` is there; the original had none.
    :param prompts_in_list: whether listed jobs show their prompt (SGLang shows none).
    :param accept_unknown_fields: take request fields the protocol does not have instead of refusing them.
    :param models: names served; empty leaves it to the dialect.
    :param fps: frames per second of the drafts.
    :param render: ``eager`` renders while the job is in progress, ``lazy`` at the first fetch, which lets
        ten thousand jobs age without ten thousand renders.
    :param image_hosts: whether a picture given as an http(s) address is fetched.
    :param webhook_url: where to tell that a job ended (``video.completed``, ``video.failed``); None tells nobody.
    :param webhook_secret: signs those webhooks, as Standard Webhooks has it (``whsec_`` and base64).
    """

    dialect: str = "openai"
    host: str = "127.0.0.1"
    port: int = 8765
    key: str | None = None
    state: Path | None = None
    persist: bool | None = None
    queue_seconds: float = 0.5
    render_seconds: float = 2.0
    ttl: float | None = None
    honour_idempotency_key: bool = False
    cancel_call: bool = True
    prompts_in_list: bool = True
    accept_unknown_fields: bool = False
    models: tuple[str, ...] = field(default_factory=tuple)
    fps: int = 24
    render: str = "eager"
    image_hosts: bool = True
    webhook_url: str | None = None
    webhook_secret: str | None = None

    def change(self, values: Mapping[str, Any]) -> None:
        """Take new values while running.

        :raises SettingError: naming the setting that is unknown, fixed, or of the wrong kind; nothing is changed then.
        """
        known = {f.name for f in fields(self)}
        checked: dict[str, Any] = {}
        for name, value in values.items():
            if name not in known:
                raise SettingError(f"There is no setting {name!r}; there are {', '.join(sorted(known - FIXED))}.")
            if name in FIXED:
                raise SettingError(f"{name!r} is fixed when the server starts.")
            checked[name] = self._checked(name, value)
        for name, value in checked.items():
            setattr(self, name, value)

    @staticmethod
    def _checked(name: str, value: Any) -> Any:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if name in ("queue_seconds", "render_seconds", "ttl"):
            good, wanted = (is_number and value >= 0) or (value is None and name == "ttl"), "a number of seconds"
        elif name == "fps":
            good, wanted = is_number and value in range(1, 61), "a whole number from 1 to 60"
        elif name == "render":
            good, wanted = value in ("eager", "lazy"), "'eager' or 'lazy'"
        elif name in ("key", "webhook_url", "webhook_secret"):
            good, wanted = value is None or isinstance(value, str), "text or null"
        elif name == "models":
            good = isinstance(value, list) and all(isinstance(model, str) and model for model in value)
            wanted = "a list of names"
        else:
            good, wanted = isinstance(value, bool), "true or false"
        if not good:
            raise SettingError(f"{name} must be {wanted}, not {value!r}.")
        if name == "models":
            return tuple(value)
        return (value or None) if name in ("key", "webhook_url", "webhook_secret") else value

    def public(self) -> dict[str, Any]:
        """The settings as JSON can carry them; secrets are only said to exist."""
        values = asdict(self)
        for secret in ("key", "webhook_secret"):
            values[secret] = None if values[secret] is None else "set"
        values["state"] = None if self.state is None else str(self.state)
        values["models"] = list(self.models)
        return values
