"""Errors, sorted by what the caller must do.

    ConnectorError
    ├── ConfigError                   stop at start-up: where, what, what to do
    ├── StoreError                    the database cannot be used
    └── CRMError(method, code)        the portal answered no, or did not answer
        ├── RetriableError            come back later (retry_after seconds, when the portal said so)
        ├── GoneError                 the record does not exist (any more)
        └── FatalError                asking again will not help
            └── AuthError             the credential is refused: stop and tell the admin

A docstring is the default message. No message ever holds a credential or a webhook address.
(Mistakes in a pipeline definition are `pipelines.findings`: that package knows nothing of this one.)
"""

from __future__ import annotations


class ConnectorError(Exception):
    """Something went wrong in the connector."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__)


class ConfigError(ConnectorError):
    """The configuration cannot be used."""


class StoreError(ConnectorError):
    """The database cannot be used."""


class CRMError(ConnectorError):
    """The portal did not do what was asked."""

    def __init__(self, message: str | None = None, *, method: str = "", code: str = "") -> None:
        self.method = method
        self.code = code
        text = message or self.__doc__ or ""
        where = " ".join(part for part in (method, code) if part)
        super().__init__(f"{text} ({where})" if where else text)


class RetriableError(CRMError):
    """The portal cannot answer now."""

    def __init__(
        self,
        message: str | None = None,
        *,
        method: str = "",
        code: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, method=method, code=code)
        self.retry_after = retry_after


class GoneError(CRMError):
    """The record does not exist in the portal."""


class FatalError(CRMError):
    """The portal refuses this call."""


class AuthError(FatalError):
    """The portal refuses our credential."""
