package io.github.twinlock.http

/**
 * What is to be sent.
 *
 * @property status `null`: what the application's hook has set on its response, else 200
 * @property headers each replaces what is there; with `Content-Type` where there is a body
 * @property cookies whole values, each to be added as `Set-Cookie`
 * @property body `null`: none
 * @property instead the application answers by itself: send headers and cookies, then call it and send no body
 */
public class Answer internal constructor(
    public val status: Int?,
    public val headers: Map<String, String>,
    public val cookies: List<String> = emptyList(),
    public val body: ByteArray? = null,
    public val instead: (suspend () -> Unit)? = null,
) {
    internal fun with(more: Map<String, String>, cookies: List<String>): Answer =
        Answer(status, headers + more, cookies, body, instead)

    /** Silent about what is sent: there are tokens in it. */
    override fun toString(): String = "Answer(status=$status)"
}

/** What the hook `onVerified` answers. */
public class Answered private constructor(
    internal val members: Map<String, Any?>?,
    internal val instead: (suspend () -> Unit)?,
) {
    public companion object {
        /** Nothing of the application's own; the contract's members are sent. */
        @JvmField
        public val NOTHING: Answered = Answered(emptyMap(), null)

        /**
         * Members of the JSON answer, beside the contract's.
         *
         * @param members text, numbers, booleans, `null`, lists, and maps of these by text
         */
        @JvmStatic
        public fun members(members: Map<String, Any?>): Answered = Answered(LinkedHashMap(members), null)

        /**
         * Another answer (a redirect, a page), sent by [answer] once everything is stored. At a setup the contract's own is sent
         * nevertheless: it shows the backup codes.
         */
        public fun instead(answer: suspend () -> Unit): Answered = Answered(null, answer)
    }
}

/** Nothing of ours is kept by caches, nor guessed at by browsers. */
internal val NO_STORE: Map<String, String> = mapOf("Cache-Control" to "no-store", "X-Content-Type-Options" to "nosniff")

private val JSON_TYPE = mapOf("Content-Type" to "application/json; charset=utf-8")

internal fun json(members: Map<String, Any?>, status: Int? = 200): Answer =
    Answer(status, JSON_TYPE, body = Json.write(members).encodeToByteArray())

/** Nothing to tell. */
internal fun done(): Answer = Answer(204, emptyMap())

internal fun notAllowed(allow: String): Answer =
    Answer(405, JSON_TYPE + ("Allow" to allow) + NO_STORE, body = """{"detail":"Method Not Allowed"}""".encodeToByteArray())

/**
 * The application's answer with the contract's members in it. Its status, headers and cookies are on the response already.
 *
 * @param mustArrive our members are shown only once (backup codes), so no answer may take their place
 */
internal fun joined(answered: Answered, members: Map<String, Any?>, mustArrive: Boolean): Answer = when {
    answered.instead == null -> json(answered.members.orEmpty() + members, status = null)
    mustArrive -> json(members, status = null)
    else -> Answer(null, emptyMap(), instead = answered.instead)
}
