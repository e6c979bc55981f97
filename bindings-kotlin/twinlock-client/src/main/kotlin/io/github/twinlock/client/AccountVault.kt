package io.github.twinlock.client

import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock

/**
 * Where an authenticator app keeps its accounts: one `otpauth://` URI for each, under an id of the app's choice.
 *
 * A URI holds the account's secret. An implementation for real keeps it encrypted under a key that does not leave the phone's
 * key store, out of backups and logs; `android/` has one on the Android Keystore. The strings themselves cannot be wiped on a JVM:
 * load them late and drop them early.
 *
 * Each call is atomic, also against calls of other coroutines. What cannot be read throws; it is never taken for an empty vault.
 */
public interface AccountVault {
    /** The ids of all accounts, the oldest first. */
    public suspend fun ids(): List<String>

    /** The URI of an account, or none. */
    public suspend fun load(id: String): String?

    /**
     * Adds an account, or replaces the one of this id, which keeps its place.
     *
     * @param id 1 to 128 characters
     * @param uri `otpauth://…`, at most 2,048 characters; opaque to the vault
     * @throws IllegalArgumentException when either is not so; the message holds neither
     */
    public suspend fun save(
        id: String,
        uri: String,
    )

    /** Removes an account; false when there was none. */
    public suspend fun remove(id: String): Boolean
}

/** An [AccountVault] in memory, for tests and previews: what it holds ends with the process. */
public class MemoryAccountVault : AccountVault {
    private val mutex = Mutex()
    private val accounts = LinkedHashMap<String, String>()

    override suspend fun ids(): List<String> = mutex.withLock { accounts.keys.toList() }

    override suspend fun load(id: String): String? = mutex.withLock { accounts[id] }

    override suspend fun save(
        id: String,
        uri: String,
    ) {
        requireAccount(id, uri)
        mutex.withLock { accounts[id] = uri }
    }

    override suspend fun remove(id: String): Boolean = mutex.withLock { accounts.remove(id) != null }

    override fun toString(): String = "MemoryAccountVault"
}

/**
 * Checks the arguments of [AccountVault.save], for implementations.
 *
 * @throws IllegalArgumentException when they are not as it says
 */
public fun requireAccount(
    id: String,
    uri: String,
) {
    require(id.length in 1..MAX_ID) { "an account's id has 1 to $MAX_ID characters" }
    require(uri.length <= MAX_URI && uri.startsWith("otpauth://")) { "an account is an otpauth:// URI of at most $MAX_URI characters" }
}

private const val MAX_ID = 128
private const val MAX_URI = 2_048
