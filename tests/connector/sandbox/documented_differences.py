"""Where the sandbox and the documented examples are not alike, each with the reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Known:
    """Differences that are meant: in which examples, which ones (both may hold `*`), and why."""

    examples: str
    differences: tuple[str, ...]
    reason: str


DIFFERENCES: tuple[Known, ...] = (
    # --- CRM
    Known("crm.company.get", ("result.PHONE: not documented",), "the documented company has no phone"),
    Known("crm.company.fields", ("result.CONTACT_ID: missing",), "a company's contacts are CONTACT_IDS here"),
    Known(
        "crm.*.fields",
        ("result.COMPANY_IDS: missing", "result.CONTACT_IDS: missing"),
        "lists of links are shown by crm.item.fields and read by the methods for links",
    ),
    Known(
        "crm.*.fields",
        (
            "result.*.settings: not documented",
            "result.*.isDeprecated: missing",
            "result.FACE_ID: not documented",
        ),
        "the pages of leads, contacts and companies differ among themselves in these",
    ),
    Known(
        "crm.contact.get",
        ("result.ADDRESS_COUNTRY_CODE: not documented",),
        "crm.contact.fields and crm.company.get show it",
    ),
    Known(
        "crm.*.userfield.get",
        ("result.ERROR_MESSAGE: missing", "result.HELP_MESSAGE: missing"),
        "a user field of the sandbox has one label and no messages",
    ),
    Known(
        "crm.deal.userfield.list",
        ("result[[]].*LABEL: missing", "result[[]].*_MESSAGE: missing"),
        "the documented call filters by language, which brings the labels",
    ),
    Known("crm.deal.userfield.list", ("result[[]].SETTINGS.*",), "the documented field is of another type"),
    Known(
        "crm.contact.company.items.get refused",
        ("HTTP 400, documented as 200",),
        "the page shows an error under 200; its sisters show 400",
    ),
    Known(
        "crm.stagehistory.list refused",
        ("error*", "HTTP 400, documented as 401"),
        "the page's table of errors says 400 ENTITY_TYPE_NOT_SUPPORTED, its sample another code",
    ),
    Known(
        "crm.lead.contact.* refused",
        ("error '', documented as 'NOT_FOUND'",),
        "the same methods of deals show an empty code; one code for all of them",
    ),
    Known(
        "crm.status.list refused",
        ("error '', documented as 'Invalid parameters.'",),
        "a text of the page in the place of a code; the legacy methods have none",
    ),
    Known(
        "crm.category.add refused",
        ("HTTP 400, documented as 160",),
        "a slip of the page: there is no HTTP 160",
    ),
    Known(
        "crm.category.update",
        ("result.category.origin*: not documented",),
        "crm.category.list shows both; a sample of one page lacks them",
    ),
    Known(
        "crm.item.productrow.list", ("result.productRows[[]].storeId: missing",), "the sandbox has no stores"
    ),
    Known("crm.type.add", ("result.type.code: not documented",), "crm.type.list and get show it"),
    Known(
        "crm.type.* refused", ("error: string, documented as number",), "PHP's 0; the portal may send either"
    ),
    Known(
        "userfieldconfig.list",
        ("next: missing", "result.fields[[]].*"),
        "one page is enough here; labels come when select names a language",
    ),
    # --- tasks
    Known(
        "tasks.task.*",
        ("result.task.chatId: not documented",),
        "the samples are older than the new task card",
    ),
    Known(
        "tasks.task.*",
        ("result.task.checklist.[*].parentId: number, documented as string",),
        "both occur in one sample: a list's own row has the number 0, and ours comes first",
    ),
    Known("tasks.task.*", ("result.time: missing",), "the samples close a brace too late"),
    Known(
        "tasks.task.add",
        (
            "result.task.action.take: not documented",
            "result.task.backlogId: not documented",
            "result.task.sprintId: not documented",
            "result.task.checkListTree.fields.nodeId: not documented",
        ),
        "an older sample; the other pages of the same object show these",
    ),
    Known("tasks.task.update", ("result.task.parentId: not documented",), "the other pages show it"),
    Known("tasks.task.list", ("result.tasks[[]].lengthDeadline: missing",), "no page says what it is"),
    Known(
        "crm.timeline.comment.get",
        ("result.FILES.[*].image: boolean, documented as map",),
        "the sandbox does not look into files, so no file is a picture",
    ),
    # --- people, applications, events
    Known(
        "user.current",
        tuple(
            f"result.{name}: not documented"
            for name in (
                "PERSONAL_*",
                "SECOND_NAME",
                "TIMESTAMP_X",
                "TIME_ZONE",
                "USER_TYPE",
                "WORK_PHONE",
                "XML_ID",
            )
        ),
        "the sample is of a webhook with fewer scopes",
    ),
    Known("user.[gs]*", ("result[[]].XML_ID: not documented",), "the tables of the pages name it"),
    Known(
        "user.[gs]*",
        ("result[[]].LAST_ACTIVITY_DATE: string, documented as map",),
        "the samples differ among themselves: an object, or a time in one of two forms",
    ),
    Known(
        "event.offline.get",
        ("result.events[[]].EVENT_DATA: map, documented as boolean",),
        "the page on offline events says that the ids are there; the sample shows false",
    ),
    Known("on*", ("event_handler_id: not documented",), "shown by the pages of newer events"),
    Known("On*", ("event_handler_id: not documented",), "shown by the pages of newer events"),
)

_NO_TYPE_RIGHTS = "the sandbox takes away rights to records and pipelines, never to a whole type"
_APPLICATIONS_ONLY = "only an application may call it, and the sandbox has no application that would"

#: Examples whose answer the sandbox never gives, and why.
NOT_REACHED: dict[str, str] = {
    "crm.company.fields refused": _NO_TYPE_RIGHTS,
    "crm.contact.list refused": _NO_TYPE_RIGHTS,
    "crm.lead.list refused": _NO_TYPE_RIGHTS,
    "crm.activity.configurable.add refused": _APPLICATIONS_ONLY,
    "crm.activity.configurable.get": _APPLICATIONS_ONLY,
    "crm.activity.configurable.get refused": _APPLICATIONS_ONLY,
    "crm.activity.configurable.update refused": _APPLICATIONS_ONLY,
    "crm.timeline.layout.blocks.set": _APPLICATIONS_ONLY,
    "crm.timeline.layout.blocks.get": _APPLICATIONS_ONLY,
    "crm.timeline.layout.blocks.delete": _APPLICATIONS_ONLY,
    "OnTaskCommentUpdate": "never raised with the new task card (tasks/tasks-new.md)",
    "OnTaskCommentDelete": "never raised with the new task card (tasks/tasks-new.md)",
    "onOfflineEvent": "the sandbox does not wake applications that have an offline queue",
    "onAppUninstall": "nobody uninstalls an application of the sandbox",
}
