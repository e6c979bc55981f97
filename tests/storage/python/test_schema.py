"""Our tables are those of contract/schema, to the letter; and a migration that made them leaves Alembic nothing to do."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from places import Place
from sqlalchemy import MetaData, create_engine, make_url, text

from twinlock import ConfigurationError, KeyRing
from twinlock.storage.sqlalchemy import create_all, drop_all, metadata, statements

ROOT = Path(__file__).resolve().parents[3]
KINDS = ["postgres", "mariadb", "sqlite"]
CONTRACT = {"postgres": "postgres.sql", "mariadb": "mysql.sql", "sqlite": "sqlite.sql"}
DIALECTS = {"postgres": "postgresql", "mariadb": "mysql", "sqlite": "sqlite"}
TABLES = ("twinlock_record", "twinlock_event")


def contract(kind: str) -> list[str]:
    written = (ROOT / "contract" / "schema" / CONTRACT[kind]).read_text()
    without_remarks = re.sub(r"--[^\n]*", "", written)
    return [statement.strip() for statement in without_remarks.split(";") if statement.strip()]


def ran(place: Place, sql: list[str]) -> None:
    engine = place.engine()
    with engine.begin() as connection:
        for statement in sql:
            connection.exec_driver_sql(statement)
    engine.dispose()


def asked(place: Place, query: str) -> list[tuple[object, ...]]:
    engine = place.engine()
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(text(query))]
    engine.dispose()
    return rows


POSTGRES = (
    """SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attstorage, l.collname,
        pg_get_expr(d.adbin, d.adrelid) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        LEFT JOIN pg_collation l ON l.oid = a.attcollation LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relname LIKE 'twinlock%' AND a.attnum > 0 ORDER BY c.relname, a.attnum""",
    """SELECT conrelid::regclass::text, conname, contype, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE conrelid::regclass::text LIKE 'twinlock%' ORDER BY 1, 2""",
    "SELECT indexdef FROM pg_indexes WHERE tablename LIKE 'twinlock%' ORDER BY indexname",
    """SELECT relname, relkind, reloptions, obj_description(oid) FROM pg_class
        WHERE relname LIKE 'twinlock%' AND relkind IN ('r', 'i') ORDER BY 1""",
)
SQLITE = (
    *(f"PRAGMA table_xinfo({table})" for table in TABLES),
    *(f"PRAGMA index_xinfo({table}_{index})" for table in TABLES for index in ("key", "user", "type", "at")),
    "SELECT name, strict, wr FROM pragma_table_list WHERE name LIKE 'twinlock%' ORDER BY name",
    "SELECT type, name, tbl_name FROM sqlite_master ORDER BY name",
)


def described(kind: str, place: Place) -> list[object]:
    """All that the database itself says about the tables."""
    if kind == "postgres":
        return [asked(place, query) for query in POSTGRES]
    if kind == "sqlite":
        # Checks are told by the text only.
        texts = " ".join(str(row[0]) for row in asked(place, "SELECT sql FROM sqlite_master WHERE type = 'table'"))
        return [
            *(asked(place, query) for query in SQLITE),
            sorted(re.findall(r"CHECK \((?:[^()]|\([^()]*\))*\)", texts)),
        ]
    shown = (str(asked(place, f"SHOW CREATE TABLE {table}")[0][1]) for table in TABLES)
    # The order in which keys are named says nothing.
    return [sorted(line.strip().rstrip(",") for line in table.splitlines()) for table in shown]


def made(place: Place) -> None:
    engine = place.engine()
    create_all(engine)
    create_all(engine)  # what is there already stays
    engine.dispose()


@pytest.mark.parametrize("kind", KINDS)
def test_the_tables_are_those_of_the_contract(empty, kind):
    found = []
    for make in (
        lambda place: ran(place, contract(kind)),
        lambda place: made(place),
        lambda place: ran(place, statements(DIALECTS[kind])),
    ):
        place = empty(kind)
        make(place)
        found.append(described(kind, place))
    wanted, ours, written = found
    assert wanted[0]
    assert ours == wanted
    assert written == wanted


@pytest.mark.parametrize("name", ["mysql", "mariadb"])
def test_both_names_of_mariadb_mean_the_same_tables(name):
    assert statements(name) == statements("mysql+pymysql://a@localhost/b")


ENVIRONMENT = """
from alembic import context
from sqlalchemy import Column, Integer, MetaData, Table, create_engine
from twinlock.storage.sqlalchemy import metadata

url = context.config.get_main_option("sqlalchemy.url")
ours = MetaData()
Table("users", ours, Column("id", Integer, primary_key=True))
options = dict(target_metadata=[ours, metadata(url)], compare_type=True, compare_server_default=True)
if context.is_offline_mode():
    context.configure(url=url, **options)
    with context.begin_transaction():
        context.run_migrations()
else:
    engine = create_engine(url)
    with engine.connect() as connection:
        context.configure(connection=connection, **options)
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()
"""
README = (ROOT / "bindings-python" / "README.md").read_text()
SNIPPETS = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
[BY_STATEMENTS] = [snippet for snippet in SNIPPETS if "def upgrade" in snippet]
BY_STATEMENTS += """
import sqlalchemy as sa

revision = "1"
down_revision = None
twinlock_upgrade, twinlock_downgrade = upgrade, downgrade


def upgrade():
    op.create_table("users", sa.Column("id", sa.Integer(), primary_key=True))
    twinlock_upgrade()


def downgrade():
    twinlock_downgrade()
    op.drop_table("users")
"""
BY_TABLES = BY_STATEMENTS.replace("import statements", "import create_all").replace(
    "    for statement in statements(op.get_context().dialect):\n        op.execute(statement)\n",
    "    create_all(op.get_bind())\n",
)
TEMPLATE = '''"""${message}"""
from alembic import op
import sqlalchemy as sa
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade():
    ${upgrades if upgrades else "pass"}


def downgrade():
    ${downgrades if downgrades else "pass"}
'''


def project(folder: Path, url: str, migration: str | None = None) -> Config:
    (folder / "migrations" / "versions").mkdir(parents=True)
    (folder / "migrations" / "env.py").write_text(ENVIRONMENT)
    (folder / "migrations" / "script.py.mako").write_text(TEMPLATE)
    if migration:
        (folder / "migrations" / "versions" / "first.py").write_text(migration)
    config = Config(output_buffer=io.StringIO(), stdout=io.StringIO())
    config.set_main_option("script_location", str(folder / "migrations"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("sqlalchemy.url", url)
    return config


def test_the_readme_shows_how(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TWINLOCK_KEYS", KeyRing.generate().to_text())
    [shown] = [snippet for snippet in SNIPPETS if "SqlAlchemyStorage(engine)" in snippet]
    names: dict[str, Any] = {}
    exec(compile(shown, "bindings-python/README.md", "exec"), names)
    assert not names["two_factor"].status("42").enabled
    names["engine"].dispose()
    assert (tmp_path / "app.db").exists()
    assert "[Base.metadata, twinlock.storage.sqlalchemy.metadata(url)]" in README
    assert "[ours, metadata(url)]" in ENVIRONMENT


def address(kind: str, place: Place) -> str:
    return place.url({"postgres": "psycopg", "mariadb": "pymysql", "sqlite": "sqlite3"}[kind])


@pytest.mark.parametrize("migration", [BY_STATEMENTS, BY_TABLES], ids=["statements", "create_all"])
@pytest.mark.parametrize("kind", KINDS)
def test_after_the_migration_autogenerate_has_nothing_to_do(empty, tmp_path, kind, migration):
    place = empty(kind)
    config = project(tmp_path, address(kind, place), migration)
    command.upgrade(config, "head")
    command.check(config)  # raises where there is anything to do
    ran(place, ["ALTER TABLE twinlock_event ADD COLUMN surplus INTEGER"])
    with pytest.raises(Exception, match="surplus"):
        command.check(config)
    command.downgrade(config, "base")


@pytest.mark.parametrize("kind", KINDS)
def test_a_migration_that_alembic_wrote_itself_leaves_nothing_to_do_either(empty, tmp_path, kind):
    config = project(tmp_path, address(kind, empty(kind)))
    command.revision(config, "first", autogenerate=True)
    command.upgrade(config, "head")
    command.check(config)


@pytest.mark.parametrize("kind", KINDS)
def test_a_migration_written_down_for_later_holds_the_same(empty, tmp_path, kind):
    place = empty(kind)
    config = project(tmp_path, address(kind, place), BY_STATEMENTS)
    command.upgrade(config, "head", sql=True)
    told = config.output_buffer.getvalue()
    plain = re.sub(r"\s+", " ", told)
    for statement in statements(DIALECTS[kind]):
        assert re.sub(r"\s+", " ", statement) in plain


def test_prefix_and_schema_reach_every_name():
    for dialect in ("postgresql", "mysql", "sqlite"):
        for statement in statements(dialect, prefix="acme_"):
            assert "acme_twinlock" in statement
            assert not re.search(r"(?<!acme_)twinlock_", statement)
    for statement in statements("postgresql", schema="doors"):
        assert re.search(r"doors\.twinlock_(record|event)", statement)


def test_tables_can_be_dropped(place):
    where = place("sqlite3")
    engine = where.engine()
    drop_all(engine)
    engine.dispose()
    assert asked(where, "SELECT name FROM sqlite_master") == []


def test_metadata_is_of_whatever_names_the_database():
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        for where in ("sqlite", "sqlite://", make_url("sqlite://"), engine, engine.dialect, connection):
            assert isinstance(metadata(where), MetaData)
            assert set(metadata(where).tables) == set(TABLES)
    engine.dispose()
    for wrong in ("oracle", "oracle://a@b/c", "nonsense", None, 5, "", object()):
        with pytest.raises(ConfigurationError):
            metadata(wrong)
    with pytest.raises(ConfigurationError):
        metadata("sqlite", schema="doors")
