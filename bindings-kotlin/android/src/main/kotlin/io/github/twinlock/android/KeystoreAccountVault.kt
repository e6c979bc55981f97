package io.github.twinlock.android

import android.content.Context
import io.github.twinlock.client.AccountVault
import io.github.twinlock.client.requireAccount
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonPrimitive

/**
 * An [AccountVault] in one file, sealed under a key of the Android Keystore and left out of backups: accounts do not move to a new
 * phone by themselves. All calls throw [SealedFileException] when the file cannot be opened; it is never taken for empty.
 *
 * For one process; instances of the same name may be many in it.
 *
 * @param context any of the app's
 * @param onlyUnlocked whether accounts open only while the phone is unlocked (Android 9 and newer; the phone needs a lock screen)
 */
public class KeystoreAccountVault(
    context: Context,
    onlyUnlocked: Boolean = false,
) : AccountVault {
    private val file = SealedFile(context, "accounts", onlyUnlocked)

    override suspend fun ids(): List<String> = mutex.withLock { accounts().keys.toList() }

    override suspend fun load(id: String): String? = mutex.withLock { accounts()[id] }

    override suspend fun save(
        id: String,
        uri: String,
    ) {
        requireAccount(id, uri)
        mutex.withLock { store(accounts() + (id to uri)) }
    }

    override suspend fun remove(id: String): Boolean =
        mutex.withLock {
            val accounts = accounts()
            if (id in accounts) store(accounts - id)
            id in accounts
        }

    /** Removes all accounts, and the key, also when they cannot be opened any more. */
    public suspend fun erase(): Unit = mutex.withLock { file.erase() }

    private suspend fun accounts(): Map<String, String> {
        val content = file.read() ?: return emptyMap()
        try {
            val members = Json.parseToJsonElement(content.decodeToString()) as JsonObject
            return members.mapValues { it.value.jsonPrimitive.content }
        } finally {
            content.fill(0)
        }
    }

    private suspend fun store(accounts: Map<String, String>) {
        val content = JsonObject(accounts.mapValues { JsonPrimitive(it.value) }).toString().encodeToByteArray()
        try {
            file.write(content)
        } finally {
            content.fill(0)
        }
    }

    override fun toString(): String = "KeystoreAccountVault"

    private companion object {
        // One for all instances: two that replace the same file at once would lose an account.
        val mutex = Mutex()
    }
}
