"""What the sensor does when it looks: one look, its verdict, and that verdict in Airflow's words.

Loaded when a sensor runs, and by nothing that Airflow parses.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import PokeReturnValue

from airflow_provider_sora.arguments import as_text
from airflow_provider_sora.compat import runs_inline
from airflow_provider_sora.edge import DEFAULT_CONNECTION
from airflow_provider_sora.exceptions import ConfigurationError, SoraError, VideoTimeoutError
from airflow_provider_sora.hooks.sora import SoraHook
from airflow_provider_sora.jobs.waiting.polling import Completed, Ended, KeepWaiting, Seen, Watch, judge
from airflow_provider_sora.protocol.http.bounds import ending_at
from airflow_provider_sora.record import VideoRecord, read_record
from airflow_provider_sora.sensors.memory import SensorMemory
from airflow_provider_sora.tasks.parent_connection import connection_for
from airflow_provider_sora.tasks.submission_record import with_job
from airflow_provider_sora.triggers.video import VideoCompletionTrigger, outcome_of

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_sora.sensors.video import VideoCompletionSensor


def poke(sensor: VideoCompletionSensor, context: Context) -> PokeReturnValue:
    """One look of a sensor that waits on a worker."""
    # In mode="reschedule" each poke is a new process: what the one before saw has to be fetched.
    if sensor.memory is None or sensor.reschedule:
        sensor.memory = SensorMemory.of(context, reschedule=sensor.reschedule, log=sensor.log)
    memory = sensor.memory
    if time.time() < memory.not_before:
        sensor.log.info("The server asked us to wait; it is not asked for another %.0f s.", memory.left())
        return PokeReturnValue(is_done=False)
    record = _watched(sensor)
    verdict = _look(sensor, record, memory.started_at + sensor.timeout, memory.seen)
    if isinstance(verdict, KeepWaiting):
        memory.keep(verdict, sensor.poke_interval)
        return PokeReturnValue(is_done=False)
    return PokeReturnValue(is_done=True, xcom_value=_result(sensor, record, verdict))


def look_or_defer(sensor: VideoCompletionSensor) -> dict[str, Any]:
    """The end of a job that has ended already; else the wait goes on in the triggerer."""
    record = _watched(sensor)
    verdict = _look(sensor, record, float("inf"), Seen())
    if not isinstance(verdict, KeepWaiting):
        return _result(sensor, record, verdict)
    sensor.defer(
        trigger=VideoCompletionTrigger(
            video_id=record.video_id,
            sora_conn_id=record.sora_conn_id or DEFAULT_CONNECTION,
            deadline=time.time() + sensor.timeout,
            poll_interval=sensor.poke_interval,
            first_poll_after=0.0 if runs_inline() else 10.0,
        ),
        method_name="execute_complete",
        timeout=timedelta(seconds=sensor.timeout + sensor.poke_interval + 120),
    )


def resume(sensor: VideoCompletionSensor, event: Mapping[str, Any]) -> dict[str, Any]:
    """What a wait in the triggerer ended with."""
    return _result(sensor, _watched(sensor), outcome_of(event))


def _watched(sensor: VideoCompletionSensor) -> VideoRecord:
    record = read_record(sensor.video)
    return record.changed(sora_conn_id=connection_for(as_text("sora_conn_id", sensor.sora_conn_id), record))


def _look(
    sensor: VideoCompletionSensor, record: VideoRecord, deadline: float, seen: Seen
) -> Completed | Ended | KeepWaiting:
    watch = Watch(record.video_id, deadline, sensor.poke_interval, ours=False)
    try:
        with ending_at(deadline):
            observation: Any = SoraHook(record.sora_conn_id or DEFAULT_CONNECTION).get_video(record.video_id)
    except ConfigurationError:
        raise
    except SoraError as error:
        observation = error
    verdict = judge(watch, seen, observation, time.time())
    said = getattr(observation, "raw_status", None) or getattr(observation, "message", "")
    sensor.log.info("Job %s: %s", record.video_id, said)
    if isinstance(verdict, KeepWaiting) and verdict.trouble:
        sensor.log.warning("Job %s: %s", record.video_id, verdict.trouble)
    return verdict


def _result(sensor: VideoCompletionSensor, record: VideoRecord, verdict: Completed | Ended) -> dict[str, Any]:
    if isinstance(verdict, Ended):
        raise _edged(sensor, verdict.error) from verdict.error
    return with_job(record, verdict.job).to_xcom()


def _edged(sensor: VideoCompletionSensor, error: SoraError) -> Exception:
    """Airflow's own exceptions for a sensor's timeout, so that ``soft_fail`` works as everywhere."""
    from airflow.sdk.exceptions import AirflowSensorTimeout, AirflowSkipException

    if not isinstance(error, VideoTimeoutError):
        return error
    return (AirflowSkipException if sensor.soft_fail else AirflowSensorTimeout)(error.message)
