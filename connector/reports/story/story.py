"""The story of one item, read from the store alone: what is known of it, and why it stands where it does.

Everything that is written here stays readable while no engine runs, no portal answers and no file of a
pipeline can be used any more: rules are those of the versions in the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from connector.config import PortalConfig
from connector.flow.versions import Versions, in_force
from connector.records import Item, ItemRef, Person, StageMove, Task
from connector.reports.story.chain import Happening, Sources, chain_of
from connector.reports.story.speech import Speaker
from connector.store import (
    Connection,
    catalogue,
    crm_tasks,
    definitions,
    journal,
    mirror,
    outbox,
    processes,
    tasks,
    views,
    visits,
)
from connector.store.commands import QueuedCommand
from connector.store.journal import Line
from connector.store.processes import StoredProcess
from connector.store.tasks import MadeTask
from connector.store.views import Parked
from pipelines.definition import Definition
from pipelines.diagram.titles import plain, stage_title
from pipelines.engine.model import Language
from pipelines.findings import DefinitionError

#: Lines of the journal that a story goes back; the newest are kept.
MOST_LINES = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All that is known of an item; `speaker` says it in the reader's language."""

    portal: str
    config: PortalConfig
    ref: ItemRef
    #: None: never mirrored. A deleted one is here, as it was last seen.
    item: Item | None
    is_gone: bool
    processes: Sequence[StoredProcess]
    #: Oldest first.
    chain: Sequence[Happening]
    lines: Sequence[Line]
    moves: Sequence[StageMove]
    made_tasks: Sequence[MadeTask]
    #: Open and closed ones that people made, where config.toml has them copied.
    other_tasks: Sequence[Task]
    commands: Sequence[QueuedCommand]
    parked: Sequence[Parked]
    people: Mapping[int, Person]
    stages: Mapping[str, str]
    #: By their hashes, as far as they can be read.
    versions: Mapping[str, Definition]
    speaker: Speaker
    now: datetime
    zone: ZoneInfo

    @property
    def is_known(self) -> bool:
        """Whether the store has anything of it."""
        return self.item is not None or bool(self.processes or self.chain)


def read_story(
    conn: Connection,
    portal: str,
    config: PortalConfig,
    ref: ItemRef,
    now: datetime,
    *,
    language: Language | None = None,
    has_ids: bool = False,
    versions: Versions | None = None,
) -> Story:
    """Everything that the store has of the item; `has_ids`: for a reader who goes on with them."""
    language, zone = language or config.language, ZoneInfo(config.time_zone)
    lines = journal.of_item(conn, portal, ref, limit=MOST_LINES)
    commands = outbox.of_item(conn, portal, ref)
    there = mirror.get_item(conn, portal, ref)
    item = there or mirror.get_items(conn, portal, [ref], with_gone=True).get(ref)
    running = processes.of_item(conn, portal, ref)
    made = tasks.of_item(conn, portal, ref)
    versions = versions or Versions()
    used = _read_versions(conn, versions, _versions_of(lines, running))
    people = catalogue.get_people(conn, portal)
    stages = {each.id: each.name for each in catalogue.get_stages(conn, portal, ref.entity_type_id)}
    if not has_ids:
        stages |= _stage_titles(config, running, used, language)
    fields = catalogue.get_fields(conn, portal, ref.entity_type_id)
    speaker = Speaker(
        language=language,
        zone=zone,
        now=now,
        people=people,
        stages=stages,
        definitions=used,
        pipelines=_pipeline_titles(conn, portal, versions, _pipelines_of(lines, running), commands, language),
        tasks={each.run: each.task.title for each in made},
        fields={name: each.title or name for name, each in fields.items()},
        has_ids=has_ids,
    )
    signals = views.signals_of(conn, portal, ref)
    sources = Sources(lines=lines, signals=signals, commands=commands)
    own = {each.task.id for each in made}
    return Story(
        portal=portal,
        config=config,
        ref=ref,
        item=item,
        is_gone=item is not None and there is None,
        processes=running,
        chain=chain_of(sources),
        lines=lines,
        moves=visits.of(conn, portal, ref),
        made_tasks=made,
        other_tasks=[each for each in crm_tasks.of_item(conn, portal, ref) if each.id not in own],
        commands=commands,
        parked=views.parked_of(conn, portal, ref),
        people=people,
        stages=stages,
        versions=used,
        speaker=speaker,
        now=now,
        zone=zone,
    )


def _versions_of(lines: Iterable[Line], running: Iterable[StoredProcess]) -> list[str]:
    """The versions that anything was decided by, each once."""
    named = [each.version for each in running]
    named += [line.version for line in lines if line.version is not None]
    return list(dict.fromkeys(named))


def _pipelines_of(lines: Iterable[Line], running: Iterable[StoredProcess]) -> dict[str, str]:
    """The pipelines that anything was decided in, with the newest version of each."""
    pairs = [(line.pipeline, line.version) for line in lines]
    pairs += [(each.pipeline, each.version) for each in running]
    return {name: version for name, version in pairs if name is not None and version is not None}


def _read_versions(conn: Connection, versions: Versions, wanted: Iterable[str]) -> dict[str, Definition]:
    """The definitions that are kept; one that this program cannot read any more is left out: ids do."""
    found = {}
    for version in wanted:
        if definitions.get(conn, version) is None:
            continue
        try:
            found[version] = versions.get(conn, version)
        except DefinitionError:
            continue
    return found


def _stage_titles(
    config: PortalConfig,
    running: Iterable[StoredProcess],
    versions: Mapping[str, Definition],
    language: Language,
) -> dict[str, str]:
    """What the item's pipelines call the stages of the CRM, in the reader's language."""
    titles = {}
    for process in running:
        bound, definition = config.pipelines.get(process.pipeline), versions.get(process.version)
        if bound is not None and definition is not None:
            for name, stage_id in bound.stages.items():
                titles[stage_id] = stage_title(definition, name, language)
    return titles


def _pipeline_titles(
    conn: Connection,
    portal: str,
    versions: Versions,
    known: Mapping[str, str],
    commands: Iterable[QueuedCommand],
    language: Language,
) -> dict[str, str]:
    """Titles by the names in config.toml: of the pipelines in `known`, with a version, and of those begun."""
    named = dict(known)
    for begun in {str(each.payload["pipeline"]) for each in commands if each.payload.get("pipeline")}:
        version = in_force(conn, portal, begun)
        if version is not None:
            named.setdefault(begun, version)
    read = _read_versions(conn, versions, named.values())
    return {name: plain(read[each].title, language) or name for name, each in named.items() if each in read}
