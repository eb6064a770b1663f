"""Many deferred tasks, written with Airflow's own models; run as a program in the environment of the installation.

``python -m tests.system.triggerers.deferred make 1000 15`` writes so many tasks that wait for ``video_00000`` and on,
with this ``poll_interval``; ``… left`` prints how many are still deferred, ``… shared`` how many each triggerer holds.
"""

from __future__ import annotations

import sys
import time

DAG_ID = "waits"


def make(jobs: int, poll_interval: float) -> None:
    from airflow.models.dagbundle import DagBundleModel
    from airflow.models.serialized_dag import SerializedDagModel
    from airflow.models.taskinstance import TaskInstance
    from airflow.models.trigger import Trigger
    from airflow.providers.standard.operators.empty import EmptyOperator
    from airflow.sdk import DAG
    from airflow.serialization.serialized_objects import LazyDeserializedDAG
    from airflow.utils import timezone
    from airflow.utils.session import create_session
    from airflow.utils.state import DagRunState, TaskInstanceState
    from airflow.utils.types import DagRunTriggeredByType, DagRunType

    from airflow_provider_sora.triggers.video import VideoCompletionTrigger

    with DAG(DAG_ID, schedule=None) as dag:
        EmptyOperator(task_id="wait")
    with create_session() as session:
        from airflow.serialization.definitions.dag import SerializedDAG

        session.add(DagBundleModel(name="waits"))
        session.flush()
        lazy = LazyDeserializedDAG.from_dag(dag)
        SerializedDAG.bulk_write_to_db("waits", None, [lazy], session=session)
        SerializedDagModel.write_dag(lazy, bundle_name="waits", session=session)
        session.flush()
        found = SerializedDagModel.get(DAG_ID, session=session)
        assert found is not None
        run = found.dag.create_dagrun(
            run_id="many",
            run_after=timezone.utcnow(),
            run_type=DagRunType.MANUAL,
            triggered_by=DagRunTriggeredByType.TEST,
            state=DagRunState.RUNNING,
            session=session,
        )
        for number in range(jobs):
            path, given = VideoCompletionTrigger(
                video_id=f"video_{number:05d}",
                sora_conn_id="sora_default",
                deadline=time.time() + 3600,
                poll_interval=poll_interval,
            ).serialize()
            trigger = Trigger(path, given)
            session.add(trigger)
            session.flush()
            task = TaskInstance(
                found.dag.get_task("wait"),
                found.dag_version_id,
                run_id=run.run_id,
                state=TaskInstanceState.DEFERRED,
                map_index=number,
            )
            task.trigger_id = trigger.id
            task.next_method = "execute"
            session.add(task)


def left() -> int:
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.session import create_session
    from sqlalchemy import func, select

    with create_session() as session:
        return session.scalar(select(func.count()).where(TaskInstance.state == "deferred")) or 0


def shared() -> list[int]:
    from airflow.models.trigger import Trigger
    from airflow.utils.session import create_session
    from sqlalchemy import func, select

    with create_session() as session:
        rows = session.execute(select(Trigger.triggerer_id, func.count()).group_by(Trigger.triggerer_id))
        return sorted(count for triggerer, count in rows if triggerer is not None)


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(int(sys.argv[2]), float(sys.argv[3]))
    else:
        print("found", *([left()] if sys.argv[1] == "left" else shared()))
