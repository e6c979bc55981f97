"""Every driver on its real server under the storage kit: what any storage must hold to."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest
from places import ASYNC, OF_SQLITE, SCHEMES, WITH_SERVER

from twinlock.storage import AsyncReports, AsyncStorage, Reports, Storage
from twinlock.storage.sqlalchemy import AsyncSqlAlchemyStorage, SqlAlchemyStorage, create_all
from twinlock.testing import async_storage_kit, storage_kit

SMALL = {"pool_size": 2, "timeout": 30.0, "pool_timeout": 30.0}


async def held(url, **settings):
    opened = []

    def open_one():
        opened.append(AsyncSqlAlchemyStorage(url, **SMALL, **settings))
        return opened[-1]

    await async_storage_kit(open_one)
    for one in opened:
        await one.close()


@pytest.mark.parametrize("driver", [*WITH_SERVER, *OF_SQLITE])
def test_every_driver_keeps_the_contract(place, driver):
    url = place(driver).url(driver)
    if driver in ASYNC:
        asyncio.run(held(url))
    else:
        storage_kit(partial(SqlAlchemyStorage, url, **SMALL))


def test_so_does_the_name_mariadb(place):
    storage_kit(partial(SqlAlchemyStorage, place("mariadb").url("mariadb"), **SMALL))


@pytest.mark.parametrize("driver", ["psycopg", "pymysql", "aiosqlite"])
def test_so_do_tables_with_a_prefix(empty, driver):
    place = empty(driver)
    engine = place.engine()
    create_all(engine, prefix="acme_")
    engine.dispose()
    if driver in ASYNC:
        asyncio.run(held(place.url(driver), prefix="acme_"))
    else:
        storage_kit(partial(SqlAlchemyStorage, place.url(driver), prefix="acme_", **SMALL))


@pytest.mark.parametrize("driver", ["psycopg", "pymysql"])
def test_so_do_tables_in_another_schema(empty, driver):
    place = empty(driver)
    engine = place.engine()
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {place.database}_doors")
        create_all(connection, schema=f"{place.database}_doors")
    engine.dispose()
    storage_kit(partial(SqlAlchemyStorage, place.url(driver), schema=f"{place.database}_doors", **SMALL))


def test_the_types_fit_the_protocols():
    stores: tuple[type[Storage], type[Reports]] = (SqlAlchemyStorage, SqlAlchemyStorage)
    awaited: tuple[type[AsyncStorage], type[AsyncReports]] = (AsyncSqlAlchemyStorage, AsyncSqlAlchemyStorage)
    assert stores and awaited and SCHEMES
