"""What every credential may ask of the portal itself (api-reference/common/system/index.md)."""

from __future__ import annotations

from typing import Any

from connector.sandbox.kernel import METHODS, Call, RestError, method

_SCOPES = (
    "crm",
    "task",
    "tasks",
    "user",
    "department",
    "userfieldconfig",
    "im",
    "disk",
    "placement",
    "bizproc",
)


@method("scope")
def list_scopes(call: Call) -> Any:
    """The scopes of the credential; with `full` all that the portal knows."""
    granted = call.credential.scopes
    if granted is None or call.get("full"):
        return list(_SCOPES)
    return sorted(granted)


@method("methods")
def list_methods(call: Call) -> Any:
    """The methods that the credential may call, those of one `scope` if it is named."""
    wanted = call.get("scope")
    return sorted(
        each.name
        for (api, _), each in METHODS.items()
        if api == "v2"
        and (each.scope == wanted if wanted is not None else call.credential.has_scope(each.scope))
    )


@method("method.get")
def describe_method(call: Call) -> Any:
    found = METHODS.get(("v2", str(call.require("name")).lower()))
    is_available = found is not None and call.credential.has_scope(found.scope)
    return {"isExisting": found is not None, "isAvailable": is_available}


@method("server.time")
def server_time(call: Call) -> Any:
    return call.portal.write_time(call.now)


@method("feature.get")
def get_feature(call: Call) -> Any:
    code = str(call.get("CODE") or "")
    if not code:
        raise RestError("CODE_EMPTY", "CODE can't be empty")
    return {"value": "Y" if code in ("rest_offline_extended", "rest_auth_connector") else "N"}


@method("app.info")
def app_info(call: Call) -> Any:
    """For applications only; a webhook gets 400 here (api-reference/common/system/app-info.md)."""
    app = call.portal.applications.installed.get(call.credential.client_id)
    if app is None:
        raise RestError("ACCESS_DENIED", "Access denied! Application context required")
    plan = call.portal.limits.plan
    family = "ent" if plan.name == "enterprise" else "pro"
    return {
        "ID": app.id,
        "CODE": app.client_id,
        "VERSION": 1,
        "STATUS": "L",
        "INSTALLED": True,
        "PAYMENT_EXPIRED": "N",
        "DAYS": None,
        "LANGUAGE_ID": call.portal.language,
        "LICENSE": f"{call.portal.language}_{family}100",
        "LICENSE_TYPE": f"{family}100",
        "LICENSE_FAMILY": family,
    }
