package io.github.twinlock.android

import android.content.Context
import io.github.twinlock.client.TokenStore
import io.github.twinlock.client.Tokens
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.contentOrNull
import kotlinx.serialization.json.jsonPrimitive

/**
 * Keeps the tokens of a `TwoFactorClient` over starts of the app, sealed under a key of the Android Keystore and left out of backups.
 * Calls throw [SealedFileException] when the file cannot be opened: [erase] and sign in again.
 *
 * @param context any of the app's
 * @param onlyUnlocked whether tokens open only while the phone is unlocked (Android 9 and newer; the phone needs a lock screen)
 */
public class KeystoreTokenStore(
    context: Context,
    onlyUnlocked: Boolean = false,
) : TokenStore {
    private val file = SealedFile(context, "tokens", onlyUnlocked)

    override suspend fun load(): Tokens {
        val content = file.read() ?: return Tokens()
        val held = Json.parseToJsonElement(content.decodeToString()) as JsonObject
        fun text(name: String): String? = held[name]?.jsonPrimitive?.contentOrNull
        return Tokens(text("access"), text("refresh"), text("assurance"), text("device"))
    }

    override suspend fun save(tokens: Tokens) {
        val held = mapOf("access" to tokens.access, "refresh" to tokens.refresh, "assurance" to tokens.assurance, "device" to tokens.device)
        file.write(JsonObject(held.mapValues { JsonPrimitive(it.value) }).toString().encodeToByteArray())
    }

    /** Removes all tokens, and the key, also when they cannot be opened any more. */
    public suspend fun erase(): Unit = file.erase()

    override fun toString(): String = "KeystoreTokenStore"
}
