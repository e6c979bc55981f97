package io.github.twinlock.http

/** The help desk's calls: refused unless `mayAdminister` says yes, and only with a second factor proved. */
internal class Administration<C>(private val engine: Engine, private val guard: Guard<C>) {
    val table: Map<String, Handler<C>> = mapOf(
        "adminStats" to { exchange, _, _ -> stats(exchange) },
        "adminUser" to { exchange, _, id -> user(exchange, id) },
        "adminReset" to { exchange, body, id -> reset(exchange, body, id) },
        "adminUnlock" to { exchange, _, id -> unlock(exchange, id) },
    )

    /** How many use it. */
    private suspend fun stats(exchange: Exchange<C>): Answer {
        guard.administrator(exchange)
        val stats = engine.stats()
        return json(
            mapOf(
                "enabled_users" to stats.enabledUsers,
                "enabled_30d" to stats.enabled30d,
                "disabled_30d" to stats.disabled30d,
                "failed_30d" to stats.failed30d,
            ),
        )
    }

    /** One user's state. */
    private suspend fun user(exchange: Exchange<C>, id: String): Answer {
        guard.administrator(exchange)
        return json(Json.members(engine.status(id, null, null).body()))
    }

    /** Wipes, as sensitive as switching off one's own; who did it and why goes into the user's events. */
    private suspend fun reset(exchange: Exchange<C>, body: Body, id: String): Answer {
        val actor = actor(exchange)
        engine.reset(id, actor, body.text("reason"), contextOf(exchange))
        return done()
    }

    /** A new budget. */
    private suspend fun unlock(exchange: Exchange<C>, id: String): Answer {
        engine.unlock(id, actor(exchange), contextOf(exchange))
        return done()
    }

    private suspend fun actor(exchange: Exchange<C>): String =
        truncated(guard.administrator(exchange, guard.freshSeconds), ACTOR_BYTES)

    private companion object {
        const val ACTOR_BYTES = 128
    }
}
