"""config.toml is taken whole or refused whole, with every mistake told where it stands."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from connector import log
from connector.config import Config, ConfigFileError, PortalIdentity, check_secrets, load_config
from connector.errors import ConfigError
from connector.portal.definitions import definition_path, surroundings_of
from connector.records import DEAL, LEAD
from pipelines.checks import check
from pipelines.loader import load_definition

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"
CANARY = "c4n4ryc4n4ryc4n4"
PORTAL = """
[portals.main]
webhook = "env:WEBHOOK"
domain = "example.bitrix24.com"
time_zone = "Europe/Moscow"
technical_user = 1
admin = 1
"""


def load(folder: Path, text: str) -> Config:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return load_config(path)


def mistakes(folder: Path, text: str) -> list[str]:
    """`line key-path: message` of everything that is wrong."""
    with pytest.raises(ConfigFileError) as refusal:
        load(folder, text)
    assert isinstance(refusal.value, ConfigError)
    return [
        f"{found.line} {found.path}: {found.message} {found.suggestion}".rstrip()
        for found in refusal.value.findings
    ]


def only_mistake(folder: Path, text: str) -> str:
    (found,) = mistakes(folder, text)
    return found


def test_the_example_is_a_configuration():
    portal = load_config(EXAMPLE).portals["main"]
    binding = portal.pipelines["simple_sale"]
    assert binding.definition == "simple_sale"
    assert binding.mode == "shadow"
    assert binding.fields["region"].options == {"central": "45", "west": "46", "east": "47"}
    assert binding.fields["decision_at"].field == "ufCrm_1700000004"
    assert portal.teams["it_sales"].weight_of(3) == 2
    assert portal.teams["it_sales"].weight_of(4) == 1
    assert portal.absences[0].covers(date(2026, 12, 14))
    assert not portal.absences[0].covers(date(2026, 12, 15))
    assert portal.templates["proposal_sent"].subject.in_language("ru") == "Наше предложение"


def test_the_example_explains_every_name_of_the_pipeline_that_it_binds():
    portal = load_config(EXAMPLE).portals["main"]
    binding = portal.pipelines["simple_sale"]
    definition = load_definition(definition_path(binding))
    assert set(binding.stages) == {stage.id for stage in definition.stages}
    assert set(binding.fields) == set(definition.fields)
    for name, field in definition.fields.items():
        assert set(binding.fields[name].options) == set(field.options)
    findings = check(definition, surroundings=surroundings_of(portal))
    assert [found for found in findings if found.is_error] == []


def test_two_mistakes_give_two_messages(tmp_path: Path):
    found = mistakes(tmp_path, '[web]\nthread = 3\nport = "8080"\n' + PORTAL)
    assert len(found) == 2
    assert found[0].startswith("2 web.thread: unknown key")
    assert found[0].endswith("threads")
    assert found[1] == "3 web.port: expected a whole number"


def test_a_message_names_the_file(tmp_path: Path):
    with pytest.raises(ConfigFileError, match=r"config\.toml:3: error: portals\.main\.webhook: "):
        load(tmp_path, PORTAL.replace('"env:WEBHOOK"', "5"))


@pytest.mark.parametrize(
    ("slip", "told"),
    [
        ("plan = 'standart'", "8 portals.main.plan: expected one of: standard, enterprise standard"),
        ("call_cap = '60 sec'", "8 portals.main.call_cap: expected a span of time"),
        ("call_cap = '0 minutes'", "8 portals.main.call_cap: expected a span of time"),
        ("roles = { Lawyer = [1] }", "8 portals.main.roles.Lawyer: expected a name"),
        ("roles = { lawyer = [] }", "8 portals.main.roles.lawyer: expected at least one"),
        ("roles = { lawyer = [7, 7] }", "8 portals.main.roles.lawyer: user 7 is listed twice"),
        ("roles = { lawyer = [0] }", "8 portals.main.roles.lawyer[0]: expected 1 or more"),
        ("roles = { lawyer = [true] }", "8 portals.main.roles.lawyer[0]: expected a whole number"),
        (
            "teams = { a = { members = [1], weights = { 2 = 3 } } }",
            "8 portals.main.teams.a: weights name '2'",
        ),
        ("absences = [{ user = 1, from = 2026-02-02, to = 2026-02-01 }]", "8 portals.main.absences[0]: `"),
        (
            "absences = [{ user = 1, from = 'x', to = 2026-02-01 }]",
            "8 portals.main.absences[0].from: expected",
        ),
        ("calendar = { country = 'XX' }", "8 portals.main.calendar.country: no public holidays"),
        ("calendar = { hours = '18:00-09:00' }", "8 portals.main.calendar.hours[0]:"),
        ("calendar = { hours = '9 to 5' }", "8 portals.main.calendar.hours[0]: expected the form"),
        ("calendar = { time_zone = 'Moscow' }", "8 portals.main.calendar.time_zone:"),
        ("workflows = { a = {} }", "8 portals.main.workflows.a: expected either"),
        (
            "workflows = { a = { template = 1, trigger = 'x' } }",
            "8 portals.main.workflows.a: expected either",
        ),
        ("templates = { a = { subject = 'Hi {', body = '' } }", "8 portals.main.templates.a.subject:"),
        ("application_tokens = ['file:x']", "2 portals.main: member_id is missing"),
        ("member_id = 'no spaces, please'", "8 portals.main.member_id: expected"),
    ],
)
def test_a_slip_is_told_where_it_stands(tmp_path: Path, slip: str, told: str):
    assert only_mistake(tmp_path, f"{PORTAL}{slip}\n").startswith(told)


@pytest.mark.parametrize(
    "domain", ["https://example.bitrix24.com", "Example.bitrix24.com", "a/b", "", "-a", "a b"]
)
def test_a_domain_is_a_host_and_nothing_else(tmp_path: Path, domain: str):
    text = PORTAL.replace("example.bitrix24.com", domain)
    assert only_mistake(tmp_path, text).startswith("4 portals.main.domain: expected a host")


def test_a_missing_key_is_told_at_its_table(tmp_path: Path):
    assert only_mistake(tmp_path, PORTAL.replace("admin = 1", "")) == (
        "2 portals.main.admin: this key is missing"
    )


def test_a_configuration_without_a_portal_is_refused(tmp_path: Path):
    assert only_mistake(tmp_path, "[web]\nport = 1\n") == "0 portals: this key is missing"


@pytest.mark.parametrize("name", ["Main", "a b", "a/b", "../x", ""])
def test_the_name_of_a_portal_can_stand_in_an_address(tmp_path: Path, name: str):
    text = PORTAL.replace("portals.main", f'portals."{name}"')
    assert "expected a name of small letters, digits and -" in only_mistake(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "line"), [("[web\n", 1), ("a = 1\nb = \n", 2), ("a = 1\na = 2\n", 2), ('x = """\n\n', 3)]
)
def test_broken_toml_is_told_with_its_line(tmp_path: Path, text: str, line: int):
    assert only_mistake(tmp_path, text).startswith(f"{line} : not TOML")


def test_a_file_that_is_not_there_is_told(tmp_path: Path):
    with pytest.raises(ConfigFileError, match="there is no such file: `funnelwright init` writes one"):
        load_config(tmp_path / "config.toml")


def test_a_file_that_is_not_utf8_is_told(tmp_path: Path):
    (tmp_path / "config.toml").write_bytes("# конфигурация".encode("cp1251"))
    with pytest.raises(ConfigFileError, match="UTF-8"):
        load_config(tmp_path / "config.toml")


def test_a_byte_order_mark_is_tolerated(tmp_path: Path):
    (tmp_path / "config.toml").write_text(PORTAL, encoding="utf-8-sig")
    assert "main" in load_config(tmp_path / "config.toml").portals


# -- the store --------------------------------------------------------------------------------------


def test_a_relative_database_file_starts_at_the_folder_of_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir("/")
    assert load(tmp_path, PORTAL).store.database_url() == f"sqlite:///{tmp_path}/funnelwright.db"
    named = load(tmp_path, '[store]\nurl = "sqlite:///data/x.db"' + PORTAL)
    assert named.store.database_url() == f"sqlite:///{tmp_path}/data/x.db"
    absolute = load(tmp_path, '[store]\nurl = "sqlite:////var/x.db"' + PORTAL)
    assert absolute.store.database_url() == "sqlite:////var/x.db"


def test_a_database_address_with_a_password_is_read_from_its_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    config = load(tmp_path, '[store]\nurl = "env:DATABASE_URL"' + PORTAL)
    monkeypatch.setenv("DATABASE_URL", "postgresql+psycopg://me:pw@db/x")
    assert config.store.database_url() == "postgresql+psycopg://me:pw@db/x"
    monkeypatch.setenv("DATABASE_URL", f"mysql://me:{CANARY}@db/x")
    with pytest.raises(ConfigError, match="env:DATABASE_URL: expected") as refusal:
        config.store.database_url()
    assert CANARY not in str(refusal.value)


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://me:{CANARY}@db/x",
        f"postgresql://db/x?password={CANARY}",
        f"mysql://me:{CANARY}@db/x",
        "postgresql://db",
        "sqlite:///",
    ],
)
def test_a_database_address_that_will_not_do_is_refused_and_not_repeated(tmp_path: Path, url: str):
    found = only_mistake(tmp_path, f'[store]\nurl = "{url}"{PORTAL}')
    assert found.startswith("2 store.url: ")
    assert CANARY not in found


# -- secrets ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        f'webhook = "https://example.bitrix24.com/rest/1/{CANARY}/"',
        f'webhook = "env:WEBHOOK"\napplication_tokens = ["{CANARY}"]',
        f'webhook = "env:WEBHOOK"\naddresses = {{ a = "https://u:{CANARY}@example.com/" }}',
        f'webhook = "env:WEBHOOK"\nwebhok = "{CANARY}"',
        f'webhook = ["{CANARY}"]',
        f'webhook = "env:WEBHOOK"\nlimits = "{CANARY}"',
        f'webhook = "env:WEBHOOK"\nplan = "{CANARY}"',
    ],
)
def test_a_secret_in_clear_is_refused_and_not_repeated(tmp_path: Path, line: str):
    with pytest.raises(ConfigFileError) as refusal:
        load(tmp_path, PORTAL.replace('webhook = "env:WEBHOOK"', line))
    assert CANARY not in str(refusal.value)
    assert refusal.value.__context__ is None


def test_a_webhook_in_clear_is_refused_with_the_way_out(tmp_path: Path):
    text = PORTAL.replace("env:WEBHOOK", f"https://example.bitrix24.com/rest/1/{CANARY}/")
    assert 'write "file:PATH", or into the environment and write "env:NAME"' in only_mistake(tmp_path, text)


def test_every_secret_that_cannot_be_read_is_told(tmp_path: Path):
    text = PORTAL + (
        'member_id = "a1b2c3d4e5f60718"\napplication_tokens = ["file:token", "file:gone"]\n'
        'addresses = { billing = "env:NOT_SET_ANYWHERE" }\n'
    )
    config = load(tmp_path, text.replace("env:WEBHOOK", "file:hook"))
    (tmp_path / "token").write_text("x")
    (tmp_path / "token").chmod(0o600)
    (tmp_path / "hook").write_text("x")
    (tmp_path / "hook").chmod(0o644)
    with pytest.raises(ConfigFileError) as refusal:
        check_secrets(config, tmp_path / "config.toml")
    assert [(found.line, found.path) for found in refusal.value.findings] == [
        (3, "portals.main.webhook"),
        (9, "portals.main.application_tokens[1]"),
        (10, "portals.main.addresses.billing"),
    ]


def test_the_identity_of_a_portal_holds_its_tokens_and_hides_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TOKEN_A", CANARY)
    monkeypatch.setenv("TOKEN_B", "тайна-тайна")
    text = PORTAL + 'member_id = "a1b2c3d4e5f60718"\napplication_tokens = ["env:TOKEN_A", "env:TOKEN_B"]\n'
    identity = load(tmp_path, text).portals["main"].identity("main")
    assert identity is not None
    assert identity.tokens == (CANARY.encode(), "тайна-тайна".encode())
    assert identity.domains == {"example.bitrix24.com"}
    assert CANARY not in repr(identity)
    assert CANARY not in log.redact(f"came with {CANARY}")


@pytest.mark.parametrize(
    ("tokens", "member_id", "domain"),
    [((b"",), "m", "d"), ((b"t", b""), "m", "d"), ((b"t",), "", "d"), ((b"t",), "m", "")],
)
def test_an_identity_that_would_let_everybody_in_cannot_be_made(
    tokens: tuple[bytes, ...], member_id: str, domain: str
):
    with pytest.raises(ValueError, match="portal main: a token, member id or domain is empty"):
        PortalIdentity("main", tokens, member_id, frozenset({domain}))


def test_a_portal_without_application_tokens_takes_no_events(tmp_path: Path):
    assert load(tmp_path, PORTAL).portals["main"].identity("main") is None


@pytest.mark.parametrize(
    ("address", "is_fine"),
    [
        ("https://example.com/hook?x=1", True),
        ("env:ADDRESS", True),
        ("http://example.com/", False),
        ("https://", False),
        ("https://[", False),
        ("https://example.com/{item.id}", False),
        ("https://example.com/#x", False),
        ("https://example.com\\\\@evil.example/", False),
        ("https://me@example.com/", False),
        ("file", False),
    ],
)
def test_only_plain_https_addresses_may_be_called(tmp_path: Path, address: str, is_fine: bool):
    text = f'{PORTAL}addresses = {{ a = "{address}" }}\n'
    if is_fine:
        assert str(load(tmp_path, text).portals["main"].addresses["a"]) == address
    else:
        assert only_mistake(tmp_path, text).startswith("8 portals.main.addresses.a: ")


# -- bindings ---------------------------------------------------------------------------------------


BINDING = "portals.main.pipelines.sale"


def binding(lines: str) -> str:
    return f'{PORTAL}[portals.main.pipelines.sale]\ndefinition = "sale"\nowner = 1\n{lines}\n'


@pytest.mark.parametrize(
    ("lines", "entity_type_id"),
    [("category = 0", DEAL), ("category = 4", DEAL), ("", LEAD), ("entity_type = 1040\ncategory = 12", 1040)],
)
def test_category_and_entity_type_say_what_a_pipeline_runs_on(
    tmp_path: Path, lines: str, entity_type_id: int
):
    config = load(tmp_path, binding(lines + '\nstages = { new = "NEW" }'))
    assert config.portals["main"].pipelines["sale"].entity_type_id == entity_type_id


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (
            'stages = { a = "NEW", b = "NEW" }',
            f"11 {BINDING}.stages: a and b are both bound",
        ),
        ("stages = {}", f"11 {BINDING}.stages: expected at least one"),
        (
            'stages = { a = "Новая" }',
            f"11 {BINDING}.stages.a: expected the id of a CRM stage",
        ),
        (
            'stages = { a = "A" }\nfields = { x = "ufCrm_1", y = "ufCrm_1" }',
            f"12 {BINDING}.fields: x and y",
        ),
        (
            'stages = { a = "A" }\nfields = { x = { field = "f", options = { p = 1, q = 1 } } }',
            f"12 {BINDING}.fields.x.options: p and q",
        ),
        (
            'stages = { a = "A" }\nfields = { x = { feld = "f" } }',
            f"12 {BINDING}.fields.x.feld: unknown key",
        ),
        ('stages = { a = "A" }\nentity_type = 2', f"8 {BINDING}: entity_type = 2"),
        ('stages = { a = "A" }\nentity_type = 1040', f"8 {BINDING}: a smart process needs"),
    ],
)
def test_a_binding_that_cannot_be_meant_is_refused(tmp_path: Path, lines: str, told: str):
    assert mistakes(tmp_path, binding(lines))[0].startswith(told)


def test_two_live_pipelines_on_one_category_are_refused(tmp_path: Path):
    def both(second_mode: str) -> str:
        first = binding('category = 4\nmode = "live"\nstages = { a = "A" }')
        second = (
            f'definition = "other"\nowner = 1\ncategory = 4\nmode = "{second_mode}"\nstages = {{ a = "A" }}\n'
        )
        return f"{first}[portals.main.pipelines.other]\n{second}"

    assert "sale and other are both live" in only_mistake(tmp_path, both("live"))
    assert len(load(tmp_path, both("shadow")).portals["main"].pipelines) == 2


def test_a_definition_beside_the_configuration_becomes_a_path(tmp_path: Path):
    (tmp_path / "mine.toml").write_text("")
    text = binding('stages = { a = "A" }').replace('"sale"', '"mine.toml"')
    assert load(tmp_path, text).portals["main"].pipelines["sale"].definition == tmp_path / "mine.toml"


@pytest.mark.parametrize(
    "path", ["../outside.toml", "/etc/outside.toml", "sub/../../outside.toml", "link.toml", "a\\u0000.toml"]
)
def test_a_definition_outside_the_folder_of_the_configuration_is_refused(tmp_path: Path, path: str):
    folder = tmp_path / "config"
    folder.mkdir()
    (tmp_path / "outside.toml").write_text("")
    (folder / "link.toml").symlink_to(tmp_path / "outside.toml")
    text = binding('stages = { a = "A" }').replace('"sale"', f'"{path}"')
    found = only_mistake(folder, text)
    assert found.startswith(f"9 {BINDING}.definition: ")


@pytest.mark.parametrize("path", ["absent.toml", "sale.yaml", "Sale"])
def test_a_definition_that_is_not_there_is_refused(tmp_path: Path, path: str):
    text = binding('stages = { a = "A" }').replace('"sale"', f'"{path}"')
    assert only_mistake(tmp_path, text).startswith(f"9 {BINDING}.definition: ")


# -- time -------------------------------------------------------------------------------------------


def test_spans_are_plain_time(tmp_path: Path):
    portal = load(
        tmp_path, PORTAL + 'call_cap = "5 minutes"\npolling = { everything = "2 weeks" }\n'
    ).portals["main"]
    assert portal.call_cap == timedelta(minutes=5)
    assert portal.polling.everything == timedelta(weeks=2)
    assert portal.polling.moves == timedelta(seconds=60)


def test_the_calendar_is_in_the_zone_of_the_portal_unless_it_names_its_own(tmp_path: Path):
    plain = PORTAL.replace("Europe/Moscow", "Asia/Almaty")
    assert load(tmp_path, plain).portals["main"].working_calendar().zone.key == "Asia/Almaty"
    own = plain + "calendar = { time_zone = 'Europe/Berlin', hours = ['09:00-13:00', '14:00-18:00'] }\n"
    assert load(tmp_path, own).portals["main"].working_calendar().zone.key == "Europe/Berlin"
