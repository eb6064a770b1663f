"""Waits for a video job that something else submitted."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseSensorOperator, PokeReturnValue, conf

from airflow_provider_sora.arguments import as_text
from airflow_provider_sora.compat import runs_inline
from airflow_provider_sora.exceptions import ConfigurationError, SoraError, VideoTimeoutError, error_from_details
from airflow_provider_sora.jobs.waiting.polling import Completed, Ended, KeepWaiting, Seen, Watch, judge
from airflow_provider_sora.protocol.http.bounds import ending_at
from airflow_provider_sora.record import VideoRecord, read_record
from airflow_provider_sora.sensors.memory import SensorMemory
from airflow_provider_sora.tasks.edge import RenderingAtTheEdge, at_the_edge
from airflow_provider_sora.tasks.source import connection_for
from airflow_provider_sora.tasks.submission_record import with_job
from airflow_provider_sora.triggers.video import VideoCompletionTrigger, event_of

if TYPE_CHECKING:
    from airflow.sdk import Context


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
        self._memory: SensorMemory | None = None

    def _record(self) -> VideoRecord:
        record = read_record(self.video)
        return record.changed(sora_conn_id=connection_for(as_text("sora_conn_id", self.sora_conn_id), record))

    def poke(self, context: Context) -> PokeReturnValue:
        with at_the_edge():
            # In mode="reschedule" each poke is a new process: what the one before saw has to be fetched.
            if self._memory is None or self.reschedule:
                self._memory = SensorMemory.of(context, reschedule=self.reschedule, log=self.log)
            memory = self._memory
            if time.time() < memory.not_before:
                self.log.info("The server asked us to wait; it is not asked for another %.0f s.", memory.left())
                return PokeReturnValue(is_done=False)
            record = self._record()
            verdict = self._look(record, memory.started_at + self.timeout, memory)
            if isinstance(verdict, KeepWaiting):
                memory.keep(verdict, self.poke_interval)
                return PokeReturnValue(is_done=False)
            return PokeReturnValue(is_done=True, xcom_value=self._result(record, verdict))

    def execute(self, context: Context) -> Any:
        if not self.deferrable:
            return super().execute(context)
        with at_the_edge():
            record = self._record()
            verdict = self._look(record, float("inf"))
            if not isinstance(verdict, KeepWaiting):
                return self._result(record, verdict)
        deadline = time.time() + self.timeout
        self.defer(
            trigger=VideoCompletionTrigger(
                video_id=record.video_id,
                sora_conn_id=record.sora_conn_id or "sora_default",
                deadline=deadline,
                poll_interval=self.poke_interval,
                first_poll_after=0.0 if runs_inline() else 10.0,
            ),
            method_name="execute_complete",
            timeout=timedelta(seconds=self.timeout + self.poke_interval + 120),
        )

    def execute_complete(self, context: Context, event: dict[str, Any] | None = None) -> dict[str, Any]:
        """Resumed after the wait in the triggerer."""
        with at_the_edge():
            known, event = self._record(), event or {}
            if event.get("status") == "completed":
                return with_job(known, event.get("job") or {}).to_xcom()
            error = error_from_details(event.get("error") or {"message": f"Unknown event: {str(event)[:200]}"})
            raise self._edged(error) from error

    def _look(
        self, record: VideoRecord, deadline: float, memory: SensorMemory | None = None
    ) -> Completed | Ended | KeepWaiting:
        from airflow_provider_sora.hooks.sora import SoraHook

        watch = Watch(record.video_id, deadline, self.poke_interval, ours=False)
        try:
            with ending_at(deadline):
                observation: Any = SoraHook(record.sora_conn_id or "sora_default").get_video(record.video_id)
        except ConfigurationError:
            raise
        except SoraError as error:
            observation = error
        verdict = judge(watch, memory.seen if memory else Seen(), observation, time.time())
        said = getattr(observation, "raw_status", None) or getattr(observation, "message", "")
        self.log.info("Job %s: %s", record.video_id, said)
        if isinstance(verdict, KeepWaiting) and verdict.trouble:
            self.log.warning("Job %s: %s", record.video_id, verdict.trouble)
        return verdict

    def _result(self, record: VideoRecord, verdict: Completed | Ended) -> dict[str, Any]:
        if isinstance(verdict, Ended):
            raise self._edged(verdict.error) from verdict.error
        return with_job(record, event_of(verdict, record.video_id)["job"]).to_xcom()

    def _edged(self, error: SoraError) -> Exception:
        """Airflow's own exceptions for a sensor's timeout, so that ``soft_fail`` works as everywhere."""
        from airflow.sdk.exceptions import AirflowSensorTimeout, AirflowSkipException

        if not isinstance(error, VideoTimeoutError):
            return error
        return (AirflowSkipException if self.soft_fail else AirflowSensorTimeout)(error.message)
