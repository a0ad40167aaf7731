"""What an event must carry to be believed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, repr=False)
class PortalIdentity:
    """The secrets and names by which a portal's own events are known from forged ones."""

    name: str
    #: The application tokens, UTF-8, one for each outgoing webhook; never printed.
    tokens: tuple[bytes, ...]
    member_id: str
    #: The portal's host, small letters; two while it is being renamed.
    domains: frozenset[str]

    def __post_init__(self) -> None:
        # A missing token arrives as an empty one: an empty secret would let everybody in.
        if not all(self.tokens) or not self.member_id or not all(self.domains):
            raise ValueError(f"portal {self.name}: a token, member id or domain is empty")

    def __repr__(self) -> str:
        return f"PortalIdentity({self.name!r}, {len(self.tokens)} tokens)"
