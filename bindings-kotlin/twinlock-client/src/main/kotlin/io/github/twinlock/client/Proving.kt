package io.github.twinlock.client

/** What the user typed when asked for a code. */
public class TypedCode(
    /** One code, or the oldest of three. */
    public val code: String,
    /** None, or the two codes that followed. */
    public val nextCodes: List<String> = emptyList(),
) {
    override fun toString(): String = "TypedCode"
}

/**
 * Runs a call, and when a fresh proof is due asks the user for a code, proves it and runs the call once more.
 *
 * ```kotlin
 * client.proving({ refusal -> codeDialog(refusal) }) { client.disable() }
 * ```
 *
 * @param ask shows a dialog and gives the code, or none when the user does not want to: the refusal stands then. It is told why
 *   it asks: [Refusal.AssuranceRequired] at first, after a try the refusal of the code ([Refusal.OfCode])
 * @param call what may want a proof; run twice at most
 */
public suspend fun <T> TwoFactorClient.proving(
    ask: suspend (Refusal) -> TypedCode?,
    call: suspend () -> Outcome<T>,
): Outcome<T> {
    val first = call()
    val due = (first as? Outcome.Refused)?.refusal as? Refusal.AssuranceRequired ?: return first
    var why: Refusal = due
    // With the challenge of the refusal before, a success forgives the typos.
    var challenge: String? = null
    while (true) {
        val typed = ask(why) ?: return first
        val tried = stepUp(typed.code, typed.nextCodes, challenge)
        why = (tried as? Outcome.Refused)?.refusal ?: return call()
        when (why) {
            is Refusal.OfCode -> challenge = why.challenge ?: challenge

            // It was used up by typos: the next try begins with a new one.
            is Refusal.ChallengeExpired -> challenge = null

            else -> return tried
        }
    }
}
