"""The migrations build the tables that the code believes in, from nothing, once."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from connector.errors import StoreError
from connector.store import Database, migrate
from connector.store.schema import metadata


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def empty_url(request, tmp_path):
    """The address of a database without a single table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/store.db"
        return
    server = request.getfixturevalue("postgresql_server")
    name = f"{request.getfixturevalue('postgresql_name')}_empty"
    with server.connect() as conn:
        conn.execute(text(f'CREATE DATABASE "{name}"'))
        yield server.url.set(drivername="postgresql", database=name).render_as_string(hide_password=False)
        conn.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))


def test_the_migrations_build_the_schema_to_the_letter(database):
    with database.read() as conn:
        context = MigrationContext.configure(
            conn, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, metadata) == []


def test_an_empty_file_is_brought_up_and_a_second_time_changes_nothing(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/store.db")
    with database.read() as conn:
        assert not migrate.is_current(conn)
    database.upgrade()
    database.upgrade()
    with database.read() as conn:
        assert migrate.is_current(conn)
        assert set(inspect(conn).get_table_names()) == {*metadata.tables, "alembic_version"}
    database.close()


def test_three_processes_may_start_on_an_empty_database_at_once(empty_url):
    code = "import sys; from connector.store import Database; Database(sys.argv[1]).upgrade()"
    starts = [subprocess.Popen([sys.executable, "-c", code, empty_url]) for _ in range(3)]
    assert [start.wait() for start in starts] == [0, 0, 0]


def test_a_store_of_a_newer_version_is_refused(database):
    def set_version(number):
        with database.write() as conn:
            conn.execute(text("UPDATE alembic_version SET version_num = :number"), {"number": number})

    with database.read() as conn:
        ours = conn.scalar(text("SELECT version_num FROM alembic_version"))
    set_version("9999")
    with pytest.raises(StoreError, match="newer version"):
        database.upgrade()
    set_version(ours)


def test_a_migration_that_fails_half_way_leaves_nothing(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/store.db")
    with database.write() as conn:
        conn.execute(text("CREATE TABLE visit (a INTEGER)"))  # in the way of a later statement
    with pytest.raises(StoreError):
        database.upgrade()
    with database.read() as conn:
        assert inspect(conn).get_table_names() == ["visit"]
    database.close()


@pytest.mark.slow
def test_the_migrations_come_along_when_the_package_is_built(tmp_path, request):
    uv = shutil.which("uv", path=f"{sys.prefix}/bin")
    if uv is None:
        pytest.skip("building needs uv")
    sources = tmp_path / "sources"
    for name in ("connector", "pipelines", "webhooks"):
        shutil.copytree(request.config.rootpath / name, sources / name)
    shutil.copy(request.config.rootpath / "pyproject.toml", sources)
    for name in ("README.md", "LICENSE"):
        (sources / name).write_text(name)
    build = [uv, "build", "--wheel", "--no-build-isolation", "--offline", "-o", str(tmp_path), str(sources)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'unpacked')!r})\n"
        "from connector.store import Database, database\n"
        "assert 'unpacked' in database.__file__, database.__file__\n"
        f"Database('sqlite:///{tmp_path}/store.db').upgrade()\n"
    )
    shutil.unpack_archive(wheel, tmp_path / "unpacked", "zip")
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)
