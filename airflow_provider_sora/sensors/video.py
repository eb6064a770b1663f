"""Waits for a video job that something else submitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseSensorOperator, PokeReturnValue, conf

from airflow_provider_sora.edge import RenderingAtTheEdge, at_the_edge

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_sora.sensors.memory import SensorMemory


class VideoCompletionSensor(RenderingAtTheEdge, BaseSensorOperator):
    """Wait until a job made elsewhere is completed; nothing is submitted.

    :param video: another task's XCom mapping, or a bare id. Templated.
    :param sora_conn_id: connection of the server; a mapping brings its own. Templated.
    :param deferrable: wait in the triggerer.

    ``poke_interval``, ``timeout``, ``mode`` and ``soft_fail`` are Airflow's own. Returns the XCom mapping, so that
    ``ArchiveVideoOperator(video=sensor.output)`` works. A job that ends without a video fails the task at once
    with its typed error. Errors say what the sensor saw; it never submitted or paid for anything.
    """

    template_fields: Sequence[str] = ("video", "sora_conn_id")

    def __init__(
        self,
        *,
        video: Mapping[str, Any] | str,
        sora_conn_id: str | None = None,
        poke_interval: float = 15,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        **kwargs: Any,
    ) -> None:
        super().__init__(poke_interval=poke_interval, **kwargs)
        self.video = video
        self.sora_conn_id = sora_conn_id
        self.deferrable = deferrable
        self.memory: SensorMemory | None = None

    def poke(self, context: Context) -> PokeReturnValue:
        # Loaded where a task runs: every parse of a DAG file would pay for it otherwise.
        from airflow_provider_sora.sensors.looking import poke

        with at_the_edge():
            return poke(self, context)

    def execute(self, context: Context) -> Any:
        if not self.deferrable:
            return super().execute(context)
        from airflow_provider_sora.sensors.looking import look_or_defer

        with at_the_edge():
            return look_or_defer(self)

    def execute_complete(self, context: Context, event: dict[str, Any] | None = None) -> dict[str, Any]:
        """Resumed after the wait in the triggerer."""
        from airflow_provider_sora.sensors.looking import resume

        with at_the_edge():
            return resume(self, event or {})
