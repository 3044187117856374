"""One JSON line an event on the output, for cli/playbook.py: role begun, task done with what it changed, task failed."""

from __future__ import annotations

import json
import sys
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: events
type: stdout
short_description: One JSON line an event
description: Read by cli/playbook.py, which shows a line a role.
"""
SECRET = "(not shown)"  # noqa: S105 - a word for people


class CallbackModule(CallbackBase):
    """Says what happens; decides nothing."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "civic.host.events"

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        """A task begins; the reader sees by its role when the next step begins."""
        self._say(event="task", step=(task.tags or [""])[0], task=task.name)

    def v2_runner_on_ok(self, result: Any) -> None:
        """A task is done."""
        answer = result.result if hasattr(result, "result") else result._result
        hidden = answer.get("_ansible_no_log") or bool(getattr(result, "task", result._task).no_log)
        facts = {
            key: answer[key]
            for key in ("findings", "diff", "live", "actions", "paths", "installed")
            if key in answer
        }
        task = getattr(result, "task", None) or result._task
        self._say(
            event="ok",
            task=task.name,
            changed=bool(answer.get("changed")),
            **({} if hidden else facts),
        )

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """A task failed: with its words, and those that it gave for people."""
        answer = result.result if hasattr(result, "result") else result._result
        task = getattr(result, "task", None) or result._task
        facts = {key: answer[key] for key in ("code", "standing", "then", "findings") if answer.get(key)}
        words = [answer.get(key) for key in ("msg", "stderr", "exception") if answer.get(key)]
        self._say(event="failed", task=task.name, message="\n".join(map(str, words)), **facts)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        """The host does not answer."""
        answer = result.result if hasattr(result, "result") else result._result
        self._say(event="unreachable", message=str(answer.get("msg", "")))

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """The end, with the count of changes."""
        total = {name: sum(getattr(stats, name).values()) for name in ("ok", "changed", "failures", "dark")}
        self._say(event="end", **total)

    def _say(self, **facts: Any) -> None:
        sys.stdout.write(json.dumps(facts, default=str, ensure_ascii=True) + "\n")
        sys.stdout.flush()
