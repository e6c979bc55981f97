package io.github.twinlock.client

import io.github.twinlock.client.Manner.Occasion
import io.github.twinlock.client.http.HttpTransport
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject

/**
 * The HTTP contract of Twinlock from an app: one function for each call, each suspending and safe to cancel. It needs no native
 * library.
 *
 * ```kotlin
 * val client = TwoFactorClient("https://app.example.com/2fa", Manner.Bearer(store, refreshPath = "/api/auth/refresh"))
 *
 * when (val step = client.login("/api/auth/login", credentials).orThrow()) {
 *     is LoginStep.SignedIn -> home()
 *     is LoginStep.CodeNeeded -> client.verify(step.challenge, askForCode()).orThrow()
 * }
 * ```
 *
 * The order of use: [login], [verify] when a code is due; signed in, [setup] and [confirmSetup] switch the second factor on,
 * [stepUp] proves it anew before a sensitive call. Codes are texts: 6 to 8 digits, or a backup code; spaces and hyphens are
 * ignored. Where three consecutive codes are wanted, `code` is the oldest and `nextCodes` the two that followed.
 *
 * It never logs, and no `toString` of it or of what it gives shows a code, secret or token.
 *
 * @param base the whole address of the contract, `https://…`; `http://` on loopback only
 * @param manner how it says who is calling
 * @param transport how it sends; default the platform's own
 * @param timeoutMillis how long one call may take, in milliseconds, above 0; a call that was refreshed takes up to three
 * @throws IllegalArgumentException when the base or the time is not so
 */
public class TwoFactorClient(
    base: String,
    private val manner: Manner = Manner.Bearer(),
    transport: HttpTransport = HttpTransport.platform(),
    timeoutMillis: Long = 20_000,
) {
    private val address = Address(base)
    private val calls = Calls(address, manner, transport, timeoutMillis)

    init {
        require(timeoutMillis > 0) { "a call may take more than no time" }
    }

    /**
     * The application's own login, after which the contract begins: sends the credentials and reads what comes next.
     *
     * @param path the application's call, on the contract's origin
     * @param credentials what the application wants, user name and password for example; with a code too where it takes all at once
     */
    public suspend fun login(
        path: String,
        credentials: JsonObject,
    ): Outcome<LoginStep> {
        val url = address.application(path)
        return calls.send("POST", url, credentials, Occasion.SIGN_IN).objects().read(::loginStepIn)
    }

    /**
     * The second step of a sign-in.
     *
     * Refused with: [Refusal.InvalidCode], [Refusal.MalformedCode], [Refusal.MoreCodesRequired], [Refusal.Throttled],
     * [Refusal.ChallengeExpired].
     *
     * @param challenge of [LoginStep.CodeNeeded]; none where the server keeps it in a session or a cookie
     * @param code what the user typed
     * @param nextCodes none, or the two codes that followed
     * @param trustDevice do not ask on this phone for the next 30 days
     */
    public suspend fun verify(
        challenge: String?,
        code: String,
        nextCodes: List<String> = emptyList(),
        trustDevice: Boolean = false,
    ): Outcome<Proved> {
        val body =
            jsonOf("challenge" to challenge, "code" to code, "next_codes" to nextCodes, "trust_device" to trustDevice.takeIf { it })
        return post("/verify", body, Occasion.SIGN_IN).objects().read(::provedIn)
    }

    /**
     * A fresh proof from the signed-in user; see [proving] for the whole dialog.
     *
     * Refused with: those of [verify], [Refusal.NotSignedIn], [Refusal.NotEnabled].
     *
     * @param code what the user typed
     * @param nextCodes none, or the two codes that followed
     * @param challenge of the refusal before, see [Refusal.OfCode]
     */
    public suspend fun stepUp(
        code: String,
        nextCodes: List<String> = emptyList(),
        challenge: String? = null,
    ): Outcome<Proved> = post(
        "/step-up",
        jsonOf("code" to code, "next_codes" to nextCodes, "challenge" to challenge),
    ).objects().read(::provedIn)

    /**
     * Begins a setup: a new secret to scan or to keep. Nothing is stored before [confirmSetup].
     *
     * Refused with: [Refusal.AssuranceRequired] when the user has a second factor already, [Refusal.PasswordRequired],
     * [Refusal.WrongPassword], [Refusal.TooManyAuthenticators].
     *
     * @param setup of an [Enrollment] that still runs, to see the same secret again
     * @param password where the application asks for it again
     */
    public suspend fun setup(
        setup: String? = null,
        password: String? = null,
    ): Outcome<Enrollment> = post("/setup", jsonOf("setup" to setup, "password" to password)).objects().read(::enrollmentIn)

    /**
     * The first code of the new authenticator switches it on, and counts as a proof.
     *
     * Refused with: [Refusal.InvalidCode], [Refusal.MoreCodesRequired] (the phone's clock is off: three codes teach how much),
     * [Refusal.SetupExpired], [Refusal.AlreadyEnrolled], [Refusal.AssuranceRequired].
     *
     * @param setup of the [Enrollment]
     * @param code what the authenticator shows
     * @param nextCodes none, or the two codes that followed
     * @param name what the user calls it, 1 to 64 bytes of UTF-8
     */
    public suspend fun confirmSetup(
        setup: String,
        code: String,
        nextCodes: List<String> = emptyList(),
        name: String? = null,
    ): Outcome<Enrolled> {
        val body = jsonOf("setup" to setup, "code" to code, "next_codes" to nextCodes, "name" to name)
        return post("/setup/confirm", body).objects().read(::enrolledIn)
    }

    /** All that a settings page needs. */
    public suspend fun status(): Outcome<Status> = get("/status").objects().read(::statusIn).map { it.also(manner::learn) }

    /** A new set of backup codes; the old one ends. Wants a fresh proof: else [Refusal.AssuranceRequired]. */
    public suspend fun backupCodes(): Outcome<BackupCodes> = post("/backup-codes").objects().read(::backupCodesIn)

    /** The user says that the backup codes are saved. */
    public suspend fun backupCodesSaved(): Outcome<Unit> = post("/backup-codes/saved").done()

    /**
     * Renames an authenticator. Wants a fresh proof.
     *
     * @param id of [Status.authenticators]
     * @param name 1 to 64 bytes of UTF-8
     */
    public suspend fun renameAuthenticator(
        id: String,
        name: String,
    ): Outcome<Unit> = calls.send("PATCH", authenticator(id), jsonOf("name" to name)).done()

    /** Removes an authenticator. Wants a fresh proof. The last one goes only by [disable]: [Refusal.LastAuthenticator]. */
    public suspend fun removeAuthenticator(id: String): Outcome<Unit> = calls.send("DELETE", authenticator(id)).done()

    /** The browsers and apps that have passed the second factor. */
    public suspend fun devices(): Outcome<List<Device>> = get("/devices").objects().read(::devicesIn)

    /** Forgets one device; its next sign-in counts as unknown. */
    public suspend fun revokeDevice(id: String): Outcome<Unit> =
        calls.send("DELETE", address.contract("/devices/${Address.segment(id)}")).done()

    /** Forgets all devices. */
    public suspend fun revokeAllDevices(): Outcome<Unit> = calls.send("DELETE", address.contract("/devices")).done()

    /** One page of what happened to the account, newest first; `cursor` is the [Events.nextCursor] of the page before. */
    public suspend fun events(cursor: String? = null): Outcome<Events> {
        val query = cursor?.let { "?cursor=${Address.encode(it)}" }.orEmpty()
        return get("/events$query").objects().read(::eventsIn)
    }

    /**
     * Switches the second factor off. Wants a fresh proof, and the password where the application asks for it.
     *
     * Refused with: [Refusal.AssuranceRequired], [Refusal.PasswordRequired], [Refusal.WrongPassword], [Refusal.RequiredByPolicy],
     * [Refusal.NotEnabled].
     */
    public suspend fun disable(password: String? = null): Outcome<Unit> =
        post("/disable", jsonOf("password" to password), Occasion.DISABLED).done()

    /**
     * A call of the application on the contract's origin, with the same tokens: one that is guarded, say. Its answer is the
     * application's own affair: no token is taken from it.
     *
     * @param method `GET`, `POST`, `PATCH` or `DELETE`
     * @param path with its query, beginning with one slash
     * @param body JSON, or none
     */
    public suspend fun call(
        method: String,
        path: String,
        body: JsonObject? = null,
    ): Outcome<JsonElement?> = calls.send(method, address.application(path), body, Occasion.APPLICATION)

    /** Forgets the tokens or cookies: call it when the user signs out. This phone stays known unless [device] goes as well. */
    public suspend fun forget(device: Boolean = false): Unit = manner.forget(device)

    override fun toString(): String = "TwoFactorClient(${address.origin})"

    private suspend fun get(path: String) = calls.send("GET", address.contract(path))

    private suspend fun post(
        path: String,
        body: JsonObject = jsonOf(),
        occasion: Occasion = Occasion.CALL,
    ) = calls.send("POST", address.contract(path), body, occasion)

    private fun authenticator(id: String) = address.contract("/authenticators/${Address.segment(id)}")
}
