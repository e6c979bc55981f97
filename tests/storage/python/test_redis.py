"""`twinlock.storage.redis` on real servers: the kit, what stands in the keys, what server and client must be."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import redis as redis_py
import redis.asyncio as redis_asyncio
from places import record
from redis.cluster import LoadBalancingStrategy
from redis.sentinel import Sentinel
from redises import ALL, SINGLE, fixture, made, opened, prefix

import twinlock.storage.redis as ours
from twinlock import ConfigurationError, KeyRing, StorageError
from twinlock.storage import AsyncReports, AsyncStorage, Reports, Storage
from twinlock.storage.redis import AsyncRedisStorage, RedisStorage
from twinlock.testing import async_storage_kit, example_event, storage_kit

CONTRACT = Path(__file__).resolve().parents[3] / "contract" / "redis"
PATIENT = {"timeout": 30.0}


@pytest.fixture
def client(redis):
    with redis_py.Redis.from_url(redis.url, decode_responses=True) as one:
        yield one


@contextmanager
def storage(where: Any, **settings: Any) -> Any:
    one = RedisStorage(where, **{**PATIENT, **settings})
    yield one
    one.close()


async def held(driver, url, name):
    stores = []

    def open_one():
        stores.append(made(driver, url, prefix=name, scan=True, pool_size=2, **PATIENT))
        return stores[-1]

    await async_storage_kit(open_one)
    for one in stores:
        await one.close()


@pytest.mark.parametrize("driver", ALL)
def test_every_client_keeps_the_contract(request, driver):
    server, name = request.getfixturevalue(fixture(driver)), prefix()
    if driver.endswith("-async"):
        asyncio.run(held(driver, server.url, name))
    else:
        storage_kit(partial(made, driver, server.url, prefix=name, scan=True, pool_size=2, **PATIENT))


def test_the_scripts_are_those_of_the_contract():
    carried = Path(ours.__file__).parent
    assert sorted(path.name for path in CONTRACT.iterdir()) == sorted(path.name for path in carried.glob("*.lua"))
    for path in CONTRACT.iterdir():
        assert (carried / path.name).read_bytes() == path.read_bytes()


def test_keys_and_values_stand_as_the_contract_says(redis, client):
    event = example_event("a%}{b")
    with storage(redis.url) as store:
        assert store.save("a%}{b", None, record(7, b"\xff\x07"), [event])
        key = "twinlock:{a%25%7D{b}"
        fields = {"version": "7", "enabled": "1", "key_id": "2026a", "data": "/wc="}
        assert client.hgetall(f"{key}:record") == fields
        [stored] = client.lrange(f"{key}:events", 0, -1)
        assert json.loads(stored) == event.body()
        assert sorted(client.keys("twinlock:*")) == [f"{key}:events", f"{key}:record"]
        store.erase("a%}{b")
        assert client.keys("twinlock:*") == []


def test_the_last_200_events_are_kept_the_newest_first(redis):
    events = [example_event("many", number) for number in range(230)]
    with storage(redis.url, prefix=prefix()) as store:
        assert store.save("many", None, record(1), events[:150])
        assert store.save("many", 1, record(2), events[150:])
        assert [event.id for event in store.events("many", None, 1000)] == [event.id for event in events[:29:-1]]


def test_a_walk_through_all_keys_counts_every_user_once(redis):
    users = [f"walked-{number}" for number in range(700)]
    with storage(redis.url, prefix=prefix(), scan=True) as store:
        for user in users:
            events = [example_event(user, 1, "failed", 1000), example_event(user, 2, "verified", 2000)]
            assert store.save(user, None, record(1), events)
        stats = store.stats(1500)
        assert (stats.enabled_users, stats.failed_30d) == (700, 700)
        assert store.stale("k2", None, 1000) == sorted(users)
        assert store.stale("k2", "walked-98", 5) == ["walked-99"]
        assert store.stale("2026a", None, 5) == []
        assert (store.purge(1500), store.purge(1500)) == (700, 0)


def test_what_needs_a_walk_is_there_only_where_it_was_asked_for(redis):
    for cls in (RedisStorage, AsyncRedisStorage):
        for name in ("stats", "stale", "purge"):
            assert not hasattr(cls(redis.url), name)
            assert callable(getattr(cls(redis.url, scan=True), name))


@pytest.mark.parametrize("driver", ALL)
def test_a_server_that_forgot_its_scripts_is_given_them_again(request, driver):
    server = request.getfixturevalue(fixture(driver))
    store = opened(driver, server, prefix=prefix(), scan=True, **PATIENT)
    assert store.save("forgot", None, record(1), [example_event("forgot")])
    for node in server.nodes or [server.facts]:
        with redis_py.Redis.from_url(node["url"]) as one:
            one.script_flush()
    assert store.save("forgot", 1, record(2), [])
    assert store.save("forgot", 1, record(3), []) is False
    for node in server.nodes or [server.facts]:
        with redis_py.Redis.from_url(node["url"]) as one:
            one.script_flush()
    assert store.purge(2_000_000_000) == 1
    store.close()


def test_a_key_of_another_type_is_refused_before_anything_is_written(redis, client):
    name = prefix()
    client.set(f"{name}:{{strange}}:events", "text")
    client.set(f"{name}:{{odd}}:record", "text")
    with storage(redis.url, prefix=name) as store:
        with pytest.raises(StorageError):
            store.save("strange", None, record(1), [example_event()])
        assert not client.exists(f"{name}:{{strange}}:record")
        with pytest.raises(StorageError):
            store.load("odd")


WHOLE = {"version": "1", "enabled": "1", "key_id": "k1", "data": "AAAA"}


@pytest.mark.parametrize(
    "fields",
    [
        {"version": "1", "enabled": "1"},
        {**WHOLE, "version": "1e3"},
        {**WHOLE, "version": str(2**53)},
        {**WHOLE, "enabled": "yes"},
        {**WHOLE, "data": "A*AA"},
        {**WHOLE, "key_id": b"\xff"},
    ],
)
def test_half_a_record_is_no_record_and_nobody(redis, client, fields):
    name = prefix()
    client.hset(f"{name}:{{half}}:record", mapping=fields)
    with storage(redis.url, prefix=name) as store, pytest.raises(StorageError):
        store.load("half")


@pytest.mark.parametrize("driver", SINGLE)
def test_full_memory_is_refused_and_the_record_stays_as_it_was(redis, client, driver):
    store = opened(driver, redis, prefix=prefix(), **PATIENT)
    assert store.save("full", None, record(1), [])
    client.config_set("maxmemory", "1")
    try:
        with pytest.raises(StorageError):
            store.save("full", 1, record(2), [example_event()])
        assert store.load("full") == record(1)
    finally:
        client.config_set("maxmemory", "0")
    store.close()


@pytest.mark.parametrize("driver", ALL)
def test_a_server_that_wins_memory_by_dropping_records_is_refused_until_that_is_set_right(request, driver):
    server, name = request.getfixturevalue(fixture(driver)), prefix()
    store = opened(driver, server, prefix=name, **PATIENT)
    # One primary of several is enough.
    with redis_py.Redis.from_url((server.nodes or [server.facts])[-1]["url"]) as node:
        node.config_set("maxmemory-policy", "allkeys-lru")
        try:
            for call in (store.ready, lambda: store.load("1"), lambda: store.save("1", None, record(1), [])):
                with pytest.raises(ConfigurationError, match="maxmemory-policy noeviction"):
                    call()
            assert node.keys(f"{name}:*") == []
        finally:
            node.config_set("maxmemory-policy", "noeviction")
    store.ready()
    assert store.load("1") is None
    store.close()


@pytest.mark.parametrize("driver", SINGLE)
def test_a_replica_is_refused(redis, client, driver):
    store = opened(driver, redis, prefix=prefix(), **PATIENT)
    client.replicaof(redis.host, 1)
    try:
        with pytest.raises(ConfigurationError, match="replica"):
            store.load("1")
    finally:
        client.replicaof("NO", "ONE")
    store.close()


@pytest.mark.filterwarnings("ignore:.*read_from_replicas.*:DeprecationWarning")
@pytest.mark.parametrize(
    "lags", [{"read_from_replicas": True}, {"load_balancing_strategy": LoadBalancingStrategy.RANDOM_REPLICA}]
)
def test_clients_that_would_read_from_replicas_are_refused(redis_cluster, lags):
    with redis_py.RedisCluster.from_url(redis_cluster.url, **lags) as lagging:
        with pytest.raises(ConfigurationError, match="replicas"):
            RedisStorage(lagging)
    with pytest.raises(ConfigurationError, match="replicas"):
        AsyncRedisStorage(redis_asyncio.RedisCluster.from_url(redis_cluster.url, **lags))


def test_clients_of_a_sentinel_are_refused():
    sentinel = Sentinel([("127.0.0.1", 1)])
    for lagging in (sentinel.slave_for("primary"), sentinel.master_for("primary")):
        with pytest.raises(ConfigurationError, match="Sentinel"):
            RedisStorage(lagging)


def test_what_is_no_client_and_settings_out_of_range_are_refused(redis, client):
    for cls, given in (
        (RedisStorage, None),
        (RedisStorage, 5),
        (RedisStorage, "http://user:hunter2@host"),
        (RedisStorage, client.pipeline()),
        (RedisStorage, redis_asyncio.Redis()),
        (AsyncRedisStorage, client),
        (AsyncRedisStorage, object()),
    ):
        with pytest.raises(ConfigurationError) as refusal:
            cls(given)
        assert "hunter2" not in str(refusal.value)
    for settings in (
        *({"prefix": wrong} for wrong in ("", "A", "a{b", "a" * 33, None)),
        *({"pool_size": wrong} for wrong in (0, True, "5")),
        *({"timeout": wrong} for wrong in (0, -1, float("nan"), "5", True)),
    ):
        for cls in (RedisStorage, AsyncRedisStorage):
            with pytest.raises(ConfigurationError):
                cls(redis.url, **settings)
    with pytest.raises(ConfigurationError):
        RedisStorage("redis://host/1", cluster=True)


def test_a_client_that_decodes_is_understood_and_keeps_its_connections(redis):
    name = prefix()
    pool = redis_py.ConnectionPool.from_url(redis.url, max_connections=1, decode_responses=True, encoding="latin-1")
    with redis_py.Redis(connection_pool=pool) as client, storage(client, prefix=name) as store:
        held = pool.get_connection()  # the application holds its last one
        assert store.save("ä", None, record(1, b"\xff\0"), [example_event("ä")])
        assert store.load("ä") == record(1, b"\xff\0")
        assert store.events("ä", None, 1)[0].context == "192.0.2.1 é"
        pool.release(held)
        with redis_py.Redis.from_url(redis.url) as other:
            assert other.exists(f"{name}:{{ä}}:record".encode()), "keys are UTF-8 whatever the application's encoding"
    pool.disconnect()


def test_clients_of_every_kind_are_taken(redis, redis_cluster):
    with redis_py.RedisCluster.from_url(redis_cluster.url, decode_responses=True) as client:
        with storage(client, prefix=prefix()) as store:
            assert store.save("1", None, record(1), [])
            assert store.load("1") == record(1)

    async def awaited():
        for client in (
            redis_asyncio.Redis.from_url(redis.url, decode_responses=True),
            redis_asyncio.RedisCluster.from_url(redis_cluster.url, decode_responses=True),
        ):
            store = AsyncRedisStorage(client, prefix=prefix(), **PATIENT)
            assert await store.save("1", None, record(1), [])
            assert await store.load("1") == record(1)
            await store.close()
            await client.aclose()

    asyncio.run(awaited())


@pytest.mark.parametrize("driver", ["redis-cluster", "redis-cluster-async"])
def test_a_slot_that_has_moved_is_followed(redis_cluster, driver):
    name, user = prefix(), f"moving-{driver}"  # in a slot that has no other keys
    store = opened(driver, redis_cluster, prefix=name, **PATIENT)
    assert store.save(user, None, record(1), [example_event(user)])
    nodes = [redis_py.Redis.from_url(node["url"], decode_responses=True) for node in redis_cluster.nodes]
    slot = nodes[0].execute_command("CLUSTER KEYSLOT", f"{name}:{{{user}}}:record")
    ids = [node.execute_command("CLUSTER MYID") for node in nodes]
    [source] = [number for number, node in enumerate(nodes) if node.execute_command("CLUSTER COUNTKEYSINSLOT", slot)]
    target = (source + 1) % len(nodes)
    nodes[target].execute_command("CLUSTER SETSLOT", slot, "IMPORTING", ids[source])
    nodes[source].execute_command("CLUSTER SETSLOT", slot, "MIGRATING", ids[target])
    port, password = redis_cluster.nodes[target]["port"], redis_cluster.password
    keys = [f"{name}:{{{user}}}:{kind}" for kind in ("record", "events")]
    auth = ["AUTH2", redis_cluster.user or "default", password]
    nodes[source].execute_command("MIGRATE", redis_cluster.host, port, "", 0, 5000, *auth, "KEYS", *keys)
    assert store.load(user) == record(1), "half way: ASK"
    for node in (nodes[target], nodes[source]):
        node.execute_command("CLUSTER SETSLOT", slot, "NODE", ids[target])
    assert store.save(user, 1, record(2), []), "MOVED"
    assert store.load(user) == record(2)
    assert len(store.events(user, None, 5)) == 1
    store.close()
    for node in nodes:
        node.close()


def test_the_readme_shows_how(monkeypatch):
    monkeypatch.setenv("TWINLOCK_KEYS", KeyRing.generate().to_text())
    page = (Path(__file__).resolve().parents[3] / "bindings-python" / "README.md").read_text()
    [shown] = [text for text in re.findall(r"^```python\n(.*?)^```", page, re.M | re.S) if "RedisStorage(" in text]
    names: dict[str, Any] = {}
    exec(compile(shown, "bindings-python/README.md", "exec"), names)
    assert isinstance(names["two_factor"].storage, RedisStorage)
    names["client"].close()


def test_the_types_fit_the_protocols():
    stores: tuple[type[Storage], type[AsyncStorage]] = (RedisStorage, AsyncRedisStorage)
    with_reports: tuple[type[Reports], type[AsyncReports]] = (RedisStorage, AsyncRedisStorage)
    assert stores and with_reports
