package io.github.twinlock.client

import java.util.concurrent.atomic.AtomicReference

/** What a client holds between calls in the bearer manner. Immutable. */
public class Tokens(
    /** The application's access token. */
    public val access: String? = null,
    /** The application's refresh token. */
    public val refresh: String? = null,
    /** The proof of the second factor, where the server does not put it into the access token. */
    public val assurance: String? = null,
    /** Says that this phone has passed the second factor before; outlives a sign-out. */
    public val device: String? = null,
) {
    override fun equals(other: Any?): Boolean =
        other is Tokens && access == other.access && refresh == other.refresh && assurance == other.assurance && device == other.device

    override fun hashCode(): Int = listOf(access, refresh, assurance, device).hashCode()

    // Never the tokens themselves: this ends up in logs.
    override fun toString(): String {
        val held = listOf("access" to access, "refresh" to refresh, "assurance" to assurance, "device" to device)
        return held.filter { it.second != null }.joinToString(prefix = "Tokens(", postfix = ")") { it.first }
    }
}

/**
 * Where tokens are kept over calls and, if it stores them for good, over starts of the app. On a phone keep them encrypted
 * under a key of the system's key store, out of backups: `android/` has such a one.
 *
 * One client calls it from one coroutine at a time. What it throws goes to the caller of the client.
 */
public interface TokenStore {
    /** What was last saved; empty tokens when nothing was. */
    public suspend fun load(): Tokens

    /** Replaces all tokens at once. */
    public suspend fun save(tokens: Tokens)
}

/** Keeps tokens in memory, so a restart of the app signs the user out. */
public class MemoryTokenStore(
    tokens: Tokens = Tokens(),
) : TokenStore {
    private val held = AtomicReference(tokens)

    override suspend fun load(): Tokens = held.get()

    override suspend fun save(tokens: Tokens): Unit = held.set(tokens)
}
