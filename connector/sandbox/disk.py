"""disk.*: the drives of people, as far as a file gets onto one and is found again.

Every user has a storage whose root holds files; a name is there once, as the portal has it for moved and
renamed files (DISK_OBJ_22000), unless the client asks for a unique one. A task is given files by the id of
the drive's object with an `n` before it (api-reference/disk/{storage,folder,file}/*.md,
tutorials/tasks/how-to-create-task-with-file.md).
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connector.sandbox.filters import Column, compile_filter, sort_rows
from connector.sandbox.kernel import Call, Page, RestError, as_int, method, page_of

#: Ids of storages and of their roots are those of their users, further on.
_STORAGES, _ROOTS = 1_000, 8_000


@dataclass(frozen=True, slots=True)
class DriveFile:
    """A file on somebody's drive, or in a chat (`storage_id` 0)."""

    id: int
    storage_id: int
    name: str
    content: bytes
    at: datetime
    by: int


@dataclass(frozen=True, slots=True)
class _Storage:
    id: int
    name: str
    user_id: int


@dataclass(slots=True)
class Drive:
    """Every file of the portal, by id."""

    files: dict[int, DriveFile] = field(default_factory=dict)

    def in_root(self, storage_id: int) -> list[DriveFile]:
        """What lies in the root of a storage, oldest first."""
        return [each for each in self.files.values() if each.storage_id == storage_id]

    def of_task(self, codes: tuple[str, ...]) -> list[DriveFile]:
        """The files behind what a task holds in UF_TASK_WEBDAV_FILES."""
        ids = [as_int(code.removeprefix("n")) or 0 for code in codes if code.startswith("n")]
        return [self.files[each] for each in ids if each in self.files]


def keep_file(call: Call, storage_id: int, name: str, content: bytes) -> DriveFile:
    """Lay a file down."""
    drive, number = call.portal.part(Drive), call.portal.next_id("disk_object")
    drive.files[number] = DriveFile(number, storage_id, name, content, call.now, call.user_id)
    return drive.files[number]


def decoded(text: Any) -> bytes | None:
    """What a client sent as Base64; None if it is not."""
    try:
        return base64.b64decode(str(text), validate=True)
    except (binascii.Error, ValueError):
        return None


_STORAGE_COLUMNS = {
    "ID": Column(lambda each: each.id, "int"),
    "NAME": Column(lambda each: each.name),
    "MODULE_ID": Column(lambda each: "disk"),
    "ENTITY_TYPE": Column(lambda each: "user"),
    "ENTITY_ID": Column(lambda each: str(each.user_id)),
}
_FILE_COLUMNS = {
    "ID": Column(lambda each: each.id, "int"),
    "NAME": Column(lambda each: each.name),
    "TYPE": Column(lambda each: "file"),
    "STORAGE_ID": Column(lambda each: each.storage_id, "int"),
    "CREATE_TIME": Column(lambda each: each.at, "datetime"),
}


def _storages(call: Call) -> list[_Storage]:
    """Those that the caller may see: an administrator everybody's, others their own."""
    users = call.portal.people.users.values()
    return [
        _Storage(_STORAGES + user.id, user.full_name, user.id)
        for user in users
        if call.is_admin or user.id == call.user_id
    ]


def _storage(call: Call) -> _Storage:
    number = as_int(call.get("id"))
    if number is None:
        raise RestError("ERROR_ARGUMENT", "Invalid value of parameter {Parameter #0}")
    found = next((each for each in _storages(call) if each.id == number), None)
    if found is None:
        raise RestError("ERROR_NOT_FOUND", f"Could not find entity with id `{number}`")
    return found


@method("disk.storage.getlist", scope="disk", cost="list")
def list_storages(call: Call) -> Page:
    test = compile_filter(call.mapping("filter"), _STORAGE_COLUMNS, zone=call.portal.zone)
    rows = [each for each in _storages(call) if test(each)]
    return page_of(call, sort_rows(rows, call.mapping("order"), _STORAGE_COLUMNS), write=_write_storage)


@method("disk.storage.getchildren", scope="disk", cost="list")
def list_root(call: Call) -> Page:
    storage = _storage(call)
    test = compile_filter(call.mapping("filter"), _FILE_COLUMNS, zone=call.portal.zone)
    rows = [each for each in call.portal.part(Drive).in_root(storage.id) if test(each)]
    ordered = sort_rows(rows, call.mapping("order"), _FILE_COLUMNS)
    return page_of(call, ordered, write=lambda each: _as_text(write_file(call, each)))


@method("disk.storage.uploadfile", scope="disk", cost="write")
def upload(call: Call) -> Any:
    storage = _storage(call)
    name = str(call.mapping("data").get("NAME") or "")
    if not name:
        raise RestError("DISK_BASE_SERVICE_22001", "Error: required parameter NAME (DISK_BASE_SERVICE_22001)")
    sent = call.get("fileContent")
    parts = list(sent.values()) if isinstance(sent, dict) else sent if isinstance(sent, list) else []
    content = decoded(parts[1]) if len(parts) == 2 else None
    if content is None:
        raise RestError("ERROR_COULD_NOT_SAVE_FILE", "Could not save file")
    taken = {each.name for each in call.portal.part(Drive).in_root(storage.id)}
    if name in taken:
        if call.get("generateUniqueName") not in (True, "Y", "1", 1, "true"):
            raise RestError("DISK_OBJ_22000", "A file with this name already exists")
        name = _unique(name, taken)
    return write_file(call, keep_file(call, storage.id, name, content))


@method("disk.file.get", scope="disk", cost="read")
def get_file(call: Call) -> Any:
    number = as_int(call.get("id"))
    found = call.portal.part(Drive).files.get(number or 0)
    if found is None:
        raise RestError("ERROR_NOT_FOUND", f"Could not find entity with id `{number}`")
    return _as_text(write_file(call, found))


def _unique(name: str, taken: set[str]) -> str:
    stem, dot, extension = name.rpartition(".")
    number = 1
    while (
        other := f"{stem or extension} ({number}){dot if stem else ''}{extension if stem else ''}"
    ) in taken:
        number += 1
    return other


def _write_storage(storage: _Storage) -> dict[str, Any]:
    return {
        "ID": str(storage.id),
        "NAME": storage.name,
        "CODE": None,
        "MODULE_ID": "disk",
        "ENTITY_TYPE": "user",
        "ENTITY_ID": str(storage.user_id),
        "ROOT_OBJECT_ID": str(_ROOTS + storage.user_id),
    }


def write_file(call: Call, file: DriveFile) -> dict[str, Any]:
    """A file as the methods that make one answer: ids of the object as numbers."""
    at, address = call.portal.write_time(file.at, call.user_id), f"https://{call.portal.domain}"
    return {
        "ID": file.id,
        "NAME": file.name,
        "CODE": None,
        "STORAGE_ID": str(file.storage_id),
        "TYPE": "file",
        "PARENT_ID": str(file.storage_id - _STORAGES + _ROOTS),
        "DELETED_TYPE": 0,
        "GLOBAL_CONTENT_VERSION": 1,
        "FILE_ID": 30_000 + file.id,
        "SIZE": str(len(file.content)),
        "CREATE_TIME": at,
        "UPDATE_TIME": at,
        "DELETE_TIME": None,
        "CREATED_BY": str(file.by),
        "UPDATED_BY": str(file.by),
        "DELETED_BY": None,
        "DOWNLOAD_URL": f"{address}/rest/download.json?token=disk%7C{file.id}",
        "DETAIL_URL": f"{address}/company/personal/user/{file.by}/disk/file/{file.name}",
    }


def _as_text(row: dict[str, Any]) -> dict[str, Any]:
    """Lists spell numbers as text."""
    return {name: str(value) if isinstance(value, int) else value for name, value in row.items()}
