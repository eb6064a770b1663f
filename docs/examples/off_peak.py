"""Pay at night: Airflow's own sensor waits in the triggerer until the server's cheap hours begin."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from airflow.providers.standard.sensors.date_time import DateTimeSensorAsync
from airflow.sdk import DAG

from airflow_provider_sora.operators.video import CreateVideoOperator

OPENS, CLOSES = time(22), time(6)


# START off_peak
def off_peak(zone: str, now: datetime | None = None) -> str:
    """The moment to pay at: now while the window is open, else when it opens next; ``zone`` is where it is night."""
    here = (now or datetime.now(ZoneInfo("UTC"))).astimezone(ZoneInfo(zone))
    clock = here.time()
    inside = OPENS <= clock < CLOSES if OPENS < CLOSES else clock >= OPENS or clock < CLOSES
    if inside:
        return here.isoformat()
    day = here.date() if clock < OPENS else here.date() + timedelta(days=1)
    return datetime.combine(day, OPENS, ZoneInfo(zone)).isoformat()


with DAG("off_peak", schedule=None, user_defined_macros={"off_peak": off_peak}):
    night = DateTimeSensorAsync(
        task_id="night",
        target_time="{{ off_peak(conn.sora_default.extra_dejson.get('timezone', 'UTC')) }}",
    )
    clip = CreateVideoOperator(
        task_id="clip",
        prompt="Wide shot of a harbour before dawn. Static camera.",
        deferrable=True,
        destination="gs://my-bucket/clips",
    )
    night >> clip
# END off_peak
