"""Tasks that no list shows any more, of which there may be thousands: asked for one by one, 49 a request.

For an administrator, who sees every task, an empty `tasks.task.get` is proof enough where nothing but a
report depends on the task; `read_tasks` is stricter, and takes a request of REST 3.0 for each. Anybody else
needs those too, and gets them for so many at a time.

Pages: api-reference/tasks/{tasks-task-get,tasks-task-list}.md.
"""

from __future__ import annotations

from collections.abc import Sequence

from connector.bitrix24.call import BATCH_SIZE, Call, Priority
from connector.bitrix24.client import Client
from connector.bitrix24.outcome import Outcome
from connector.bitrix24.tasks import get_task, is_deleted, is_shown, task_of
from connector.records import Task

#: Tasks of one request, beside the question who asks.
GETS = BATCH_SIZE - 1
#: So many are asked REST 3.0 for in one go.
MOST_PROOFS = 20


def read_missing(
    client: Client, ids: Sequence[int], *, priority: Priority = Priority.SWEEP
) -> dict[int, Task | None]:
    """These tasks, without checklists. None: proven deleted; what is neither is left out.

    RetriableError if the portal cannot answer now.
    """
    found: dict[int, Task | None] = {}
    absent: list[int] = []
    is_admin = False
    for start in range(0, len(ids), GETS):
        some = ids[start : start + GETS]
        calls = {"admin": Call("user.admin")} | {f"get_{one}": get_task(one) for one in some}
        answers = client.ask_many(calls, priority=priority)
        is_admin = answers["admin"].outcome is Outcome.DONE and answers["admin"].result is True
        for one in some:
            answer = answers[f"get_{one}"]
            if is_shown(answer):
                found[one] = task_of(answer)
            elif answer.outcome is Outcome.DONE:
                absent.append(one)
    if not is_admin:
        absent = [one for one in absent[:MOST_PROOFS] if is_deleted(client, one, priority=priority)]
    return found | dict.fromkeys(absent)
