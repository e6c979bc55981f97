package io.github.twinlock

/** What both drivers do about a page of events. */
internal object PageRequest {
    /** The id before which the page lies. */
    fun before(cursor: String?, limit: Int): ByteArray? {
        if (limit !in 1..200) throw MalformedRequestException("limit must be 1 to 200")
        if (cursor == null) return null
        return Hex.read(cursor)?.takeIf { it.size == 16 }
            ?: throw MalformedRequestException("the cursor must be the nextCursor of an earlier page")
    }

    inline fun <reified R> reports(storage: Any, name: String): R = storage as? R
        ?: throw ConfigurationException("this storage has no method $name: see ${R::class.java.simpleName}")

    /** A page of at most [limit] events out of one more. */
    fun page(found: List<TwoFactorEvent>, limit: Int): EventPage {
        val events = found.take(limit)
        return EventPage(events, if (found.size > limit) events.last().idHex else null)
    }
}
