package io.github.twinlock.http

/** What a signed-in user sees and changes: one method for each call, named in [table] by the contract's `operationId`. */
internal class Calls<C>(
    private val engine: Engine,
    private val settings: RouteSettings<C>,
    private val proof: Proof<C>,
    private val guard: Guard<C>,
) {
    val table: Map<String, Handler<C>> = mapOf(
        "status" to { exchange, _, _ -> status(exchange) },
        "beginSetup" to { exchange, body, _ -> beginSetup(exchange, body) },
        "disable" to { exchange, body, _ -> disable(exchange, body) },
        "regenerateBackupCodes" to { exchange, _, _ -> regenerateBackupCodes(exchange) },
        "backupCodesSaved" to { exchange, _, _ -> backupCodesSaved(exchange) },
        "renameAuthenticator" to { exchange, body, id -> renameAuthenticator(exchange, body, id) },
        "removeAuthenticator" to { exchange, _, id -> removeAuthenticator(exchange, id) },
        "listDevices" to { exchange, _, _ -> listDevices(exchange) },
        "revokeDevice" to { exchange, _, id -> revokeDevice(exchange, id) },
        "revokeAllDevices" to { exchange, _, _ -> revokeAllDevices(exchange) },
        "listEvents" to { exchange, _, _ -> listEvents(exchange) },
    )

    /** All that a page needs. */
    private suspend fun status(exchange: Exchange<C>): Answer {
        val caller = guard.admit(exchange)
        val csrf = settings.csrf(exchange.call)?.let { mapOf("csrf" to it) }.orEmpty()
        return json(statusOf(exchange, caller) + ("required" to settings.requiredFor(caller.user)) + csrf)
    }

    /** A new secret, after a step-up or, the first time, the password. */
    private suspend fun beginSetup(exchange: Exchange<C>, body: Body): Answer {
        val caller = guard.admit(exchange)
        val setup = body.optionalText("setup") ?: proof.setup(exchange)
        if (!caller.enabled) reauthenticate(exchange, caller, body)
        val accountName = truncated(caller.user.accountName, NAME_BYTES)
        val enrollment = engine.beginEnrollment(caller.id, accountName, caller.assurance, setup, contextOf(exchange))
        proof.keepSetup(exchange, enrollment.setup)
        return json(Json.members(enrollment.body()), 201)
    }

    /** Switches off, unless the application wants this user to keep it. */
    private suspend fun disable(exchange: Exchange<C>, body: Body): Answer {
        val caller = guard.admit(exchange)
        if (settings.requiredFor(caller.user)) throw refused("required_by_policy")
        if (caller.enabled) reauthenticate(exchange, caller, body)
        engine.disable(caller.id, caller.assurance.orEmpty(), contextOf(exchange))
        proof.forget(exchange)
        return done()
    }

    /** A new set. */
    private suspend fun regenerateBackupCodes(exchange: Exchange<C>): Answer {
        val caller = guard.admit(exchange)
        val codes = engine.regenerateBackupCodes(caller.id, caller.assurance.orEmpty(), contextOf(exchange))
        return json(mapOf("backup_codes" to codes))
    }

    /** The user says so. */
    private suspend fun backupCodesSaved(exchange: Exchange<C>): Answer {
        engine.backupCodesSaved(guard.admit(exchange).id, contextOf(exchange))
        return done()
    }

    /** Another name. */
    private suspend fun renameAuthenticator(exchange: Exchange<C>, body: Body, id: String): Answer {
        val caller = guard.admit(exchange)
        engine.renameAuthenticator(caller.id, caller.assurance.orEmpty(), id, body.text("name"), contextOf(exchange))
        return done()
    }

    /** All but the last. */
    private suspend fun removeAuthenticator(exchange: Exchange<C>, id: String): Answer {
        val caller = guard.admit(exchange)
        engine.removeAuthenticator(caller.id, caller.assurance.orEmpty(), id, contextOf(exchange))
        return done()
    }

    /** The devices part of the status. */
    private suspend fun listDevices(exchange: Exchange<C>): Answer {
        val caller = guard.admit(exchange)
        return json(mapOf("devices" to statusOf(exchange, caller)["devices"]))
    }

    /** One of them. */
    private suspend fun revokeDevice(exchange: Exchange<C>, id: String): Answer {
        engine.revokeDevice(guard.admit(exchange).id, id, contextOf(exchange))
        return done()
    }

    /** All of them. */
    private suspend fun revokeAllDevices(exchange: Exchange<C>): Answer {
        engine.revokeAllDevices(guard.admit(exchange).id, contextOf(exchange))
        return done()
    }

    /** One page of what happened. */
    private suspend fun listEvents(exchange: Exchange<C>): Answer {
        val caller = guard.admit(exchange)
        val cursors = queryValues(exchange.query, "cursor")
        if (cursors.size > 1) throw refused("malformed_request")
        val page = engine.events(caller.id, cursors.firstOrNull())
        return json(mapOf("events" to page.events.map { Json.members(it.body()) }, "next_cursor" to page.nextCursor))
    }

    private suspend fun statusOf(exchange: Exchange<C>, caller: Caller): Map<String, Any?> =
        Json.members(engine.status(caller.id, proof.device(exchange), caller.assurance).body())

    /** Where the application gave the hook: the password again, so that an open laptop is not enough. */
    private suspend fun reauthenticate(exchange: Exchange<C>, caller: Caller, body: Body) {
        val isPassword = settings.reauthenticate ?: return
        val password = body.optionalText("password")
        if (password.isNullOrEmpty()) throw refused("password_required")
        if (!isPassword(exchange.call, caller.user, password)) throw refused("wrong_password")
    }

    private companion object {
        const val NAME_BYTES = 128
    }
}

internal fun contextOf(exchange: Exchange<*>): String =
    ClientText.context(exchange.header("User-Agent").orEmpty(), exchange.address)
