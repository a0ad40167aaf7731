"""config.toml: read once at start, refused whole if anything in it is wrong.

Owns the shape of the file (frozen models), where each mistake stands (file, line, key path, what was
expected, the nearest known key) and the names of secrets. It refuses unknown keys, secrets written in clear,
and paths that leave the folder of the file. It does not ask the portal whether a stage or a field exists.
"""

from connector.config.binding import FieldBinding, Mode, PipelineConfig
from connector.config.identity import PortalIdentity
from connector.config.load import ConfigFileError, check_secrets, load_config
from connector.config.models import Config, DashboardConfig, StoreConfig, WebConfig
from connector.config.people import Absence, Division, Team
from connector.config.portal import (
    EmailTemplate,
    Limits,
    Mirror,
    Polling,
    PortalConfig,
    RecordType,
    Workflow,
)
from connector.config.reports import ReportConfig

__all__ = [
    "Absence",
    "Config",
    "ConfigFileError",
    "DashboardConfig",
    "Division",
    "EmailTemplate",
    "FieldBinding",
    "Limits",
    "Mirror",
    "Mode",
    "PipelineConfig",
    "Polling",
    "PortalConfig",
    "PortalIdentity",
    "RecordType",
    "ReportConfig",
    "StoreConfig",
    "Team",
    "WebConfig",
    "Workflow",
    "check_secrets",
    "load_config",
]
