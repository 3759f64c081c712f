"""Fills a queue of RQ, works it off until a job prints what the library itself counts there, and ends in the middle of that job."""

import json
import os
from datetime import timedelta

from redis import Redis
from rq import Queue, SimpleWorker
from rq.registry import (
    CanceledJobRegistry,
    DeferredJobRegistry,
    FailedJobRegistry,
    FinishedJobRegistry,
    ScheduledJobRegistry,
    StartedJobRegistry,
)
from rq.worker import Worker

connection = Redis(port=int(os.environ["REDIS_PORT"]))
queue = Queue("mail", connection=connection)


def done():
    pass


def fails():
    raise RuntimeError("on purpose")


def report():
    registries = {
        "active": StartedJobRegistry,
        "completed": FinishedJobRegistry,
        "failed": FailedJobRegistry,
        "deferred": DeferredJobRegistry,
        "delayed": ScheduledJobRegistry,
        "canceled": CanceledJobRegistry,
    }
    counts = {state: registry(queue=queue).count for state, registry in registries.items()}
    oldest = queue.fetch_job(queue.job_ids[0])
    print(
        json.dumps(
            {
                "counts": {"waiting": len(queue), **counts},
                "oldest": oldest.enqueued_at.timestamp(),
                "workers": Worker.count(queue=queue),
            }
        ),
        flush=True,
    )
    os._exit(0)


def fill():
    queue.enqueue("rq_app.done")
    queue.enqueue("rq_app.done")
    queue.enqueue("rq_app.fails")
    queue.enqueue("rq_app.report")
    first = queue.enqueue("rq_app.done")
    queue.enqueue("rq_app.done")
    queue.enqueue("rq_app.done", depends_on=first)
    queue.enqueue_in(timedelta(hours=1), "rq_app.done")
    queue.enqueue("rq_app.done").cancel()


if __name__ == "__main__":
    fill()
    SimpleWorker([queue], connection=connection).work(burst=True)
