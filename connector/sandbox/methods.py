"""Which modules serve REST methods: importing them fills `kernel.METHODS`."""

from __future__ import annotations

from importlib import import_module

_TASKS: tuple[str, ...] = (
    "tasks_methods",
    "tasks_list",
    "tasks_actions",
    "tasks_getfields",
    "tasks_userfields",
    "tasks_comments",
    "tasks_v3_methods",
    "checklists_methods",
    "results",
    "results_v3",
    "activities_list",
    "activities_methods",
    "activities_todo",
    "timeline_comments",
    "timeline_logmessages",
    "timeline_notes",
    "messages",
    "chat_files",
    "disk",
    "documents",
    "workflows",
    "rest_discovery",
)
_MODULES: tuple[str, ...] = (
    *_TASKS,
    "crm.item_methods",
    "crm.classic_methods",
    "crm.history_methods",
    "crm.status_methods",
    "crm.category_methods",
    "crm.type_methods",
    "crm.userfield_config",
    "crm.userfield_classic",
    "crm.link_methods",
    "crm.productrow_methods",
    "crm.other_methods",
    "people_methods",
    "system_methods",
    "event_methods",
)


def load() -> None:
    """Import every module that registers methods; the second time costs nothing."""
    for name in _MODULES:
        import_module(f"connector.sandbox.{name}")
