"""Tasks of Celery for its worker; as a program, fills two queues, or prints what the library itself counts there."""

import json
import os
import sys
import time

from celery import Celery

app = Celery("celery_app", broker=f"redis://127.0.0.1:{os.environ['REDIS_PORT']}/{os.environ['REDIS_DATABASE']}")
app.conf.task_acks_late = True
app.conf.worker_prefetch_multiplier = 3


@app.task
def done():
    pass


@app.task
def stays():
    time.sleep(3600)


def fill():
    done.delay()
    stays.delay()
    for _ in range(3):
        done.delay()
    done.apply_async(countdown=3600)
    done.apply_async(queue="mail")
    for priority in (3, 9, 9):
        done.apply_async(queue="mail", priority=priority)
    # What AMQP has for it; nobody sets it unasked.
    done.apply_async(queue="dated", headers={"timestamp": time.time() - 100})


def count():
    """Waiting by queue as the transport counts them, and what the workers say that they have taken."""
    with app.connection_for_read() as connection:
        channel = connection.default_channel
        waiting = {queue: channel._size(queue) for queue in ("celery", "mail", "dated")}
    inspect = app.control.inspect(timeout=5)
    taken = [inspect.active(), inspect.reserved(), inspect.scheduled()]
    active = sum(len(tasks) for reply in taken for tasks in (reply or {}).values())
    print(json.dumps({"waiting": waiting, "active": active}))


if __name__ == "__main__":
    {"fill": fill, "count": count}[sys.argv[1]]()
