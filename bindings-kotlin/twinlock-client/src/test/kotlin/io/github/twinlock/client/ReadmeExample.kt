package io.github.twinlock.client

import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put

/** The example of README.md: what stands between the marks is what stands there. */
class ReadmeExample(
    private val username: String,
    private val password: String,
    private val askForCode: suspend () -> String,
    private val showWait: (seconds: Long) -> Unit = {},
    made: TwoFactorClient? = null,
) {
    private val store = MemoryTokenStore()
    private val client = made ?: client()

    private fun client(): TwoFactorClient {
        // README
        val client = TwoFactorClient("https://app.example.com/2fa", Manner.Bearer(store, refreshPath = "/api/auth/refresh"))
        // END
        return client
    }

    // README
    suspend fun signIn(): Boolean {
        val credentials =
            buildJsonObject {
                put("username", username)
                put("password", password)
            }
        val step = client.login("/api/auth/login", credentials).orThrow()
        if (step !is LoginStep.CodeNeeded) return true
        while (true) {
            val outcome = client.verify(step.challenge, askForCode())
            if (outcome !is Outcome.Refused) return true
            when (val refusal = outcome.refusal) {
                is Refusal.InvalidCode, is Refusal.MalformedCode -> continue

                // ask again
                is Refusal.Throttled -> showWait(refusal.retryAfter)

                // three codes in a row are taken at once
                is Refusal.ChallengeExpired -> return false

                // back to the password
                else -> throw RefusedException(refusal)
            }
        }
    }

    // A sensitive call: asks for a code when the server wants a fresh proof, and forgives typos.
    suspend fun switchOff() = client.proving({ TypedCode(askForCode()) }) { client.disable(password) }
    // END
}
