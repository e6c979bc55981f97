package io.github.twinlock.testing

import io.github.twinlock.BlockingTwoFactor
import io.github.twinlock.KeyRing
import io.github.twinlock.SqliteStorage
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Assumptions.assumeTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Path
import java.util.concurrent.TimeUnit

/** One file, two languages: a record that one has written opens in the other. */
class LanguagesTest {
    private val keys = KeyRing.generate("2026a")
    private val clock = VirtualClock()

    @Test
    fun `a record of Python opens here, and one of here in Python`(@TempDir folder: Path) {
        val python = Shared.root.resolve(".venv/bin/python").path
        built(listOf(python, "-c", "import twinlock"), folder)
        exchange(folder, Language("clock.now = %s", "print(%s)") { listOf(python, "-c", PYTHON + it) })
    }

    @Test
    fun `a record of Node opens here, and one of here in Node`(@TempDir folder: Path) {
        val module = Shared.root.resolve("bindings-node/dist/index.js").canonicalFile.toURI()

        fun node(script: String) = listOf("node", "--input-type=module", "--eval", "import * as twinlock from '$module'\n$script")
        built(node(""), folder)
        exchange(folder, Language("clock.now = %s", "console.log(await %s)") { node(NODE + it) })
    }

    /** How a script says things; the helpers of a script have the same names in all languages. */
    private class Language(val time: String, val said: String, val command: (String) -> List<String>)

    // On a developer's machine the JVM part may be all that is built; where everything is, this must run.
    private fun built(command: List<String>, folder: Path) {
        val ready = runCatching { run(command, folder).first == 0 }.getOrDefault(false)
        if (System.getenv("CI").isNullOrEmpty()) assumeTrue(ready, "SKIPPED: that package is not built") else assertTrue(ready)
    }

    private fun exchange(folder: Path, language: Language) {
        val file = folder.resolve("2fa.db").toString()

        fun there(call: String): String {
            val time = language.time.format(clock.now().toLong())
            val script = "$time\nopened('${keys.toText()}', '$file')\n${language.said.format(call)}"
            val (status, said) = run(language.command(script), folder)
            assertEquals(0, status, said)
            return said.trim()
        }
        val uri = there("enroll('of there')")
        SqliteStorage(file).use { storage ->
            val twoFactor = BlockingTwoFactor("Acme", storage, keys, clock = clock)
            clock.advance(30)
            val challenge = twoFactor.afterFirstFactor("of there").challenge!!
            assertEquals("of there", twoFactor.verify(challenge, FakePhone(uri, clock).code()).userId)
            val phone = enroll(twoFactor, "of here", clock).phone
            clock.advance(30)
            // The challenge is made here and answered there, and the other way round.
            val asked = twoFactor.afterFirstFactor("of here").challenge!!
            assertEquals("of here", there("verify('$asked', '${phone.code()}')"))
            clock.advance(30)
            val made = there("challenge('of here')")
            assertEquals("of here", twoFactor.verify(made, phone.code()).userId)
        }
    }

    private fun run(command: List<String>, folder: Path): Pair<Int, String> {
        val process = ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start()
        val said = process.inputStream.bufferedReader().readText()
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it hangs: $said")
        return process.exitValue() to said
    }

    private companion object {
        const val PYTHON = """
from twinlock import AuthenticatorAccount, KeyRing, SqliteStorage, TwoFactor

class clock:
    now = 0

def opened(keys, file):
    global two_factor
    ring = KeyRing.from_text(keys)
    two_factor = TwoFactor(issuer="Acme", storage=SqliteStorage(file), keys=ring, clock=lambda: clock.now)

def enroll(user):
    enrollment = two_factor.begin_enrollment(user, account_name="ada")
    code = AuthenticatorAccount.from_uri(enrollment.uri).code_at(clock.now)
    two_factor.confirm_enrollment(user, enrollment.setup, code=code)
    return enrollment.uri

def verify(challenge, code):
    return two_factor.verify(challenge, code=code).user_id

def challenge(user):
    return two_factor.after_first_factor(user).challenge

"""
        const val NODE = """
const { AuthenticatorAccount, KeyRing, SqliteStorage, TwoFactor } = twinlock
const clock = { now: 0 }
let twoFactor
const opened = (keys, file) => {
  const storage = new SqliteStorage(file)
  twoFactor = new TwoFactor({ issuer: 'Acme', storage, keys: KeyRing.fromText(keys), clock: () => clock.now })
}
const enroll = async user => {
  const { uri, setup } = await twoFactor.beginEnrollment(user, { accountName: 'ada' })
  await twoFactor.confirmEnrollment(user, { setup, code: AuthenticatorAccount.fromUri(uri).codeAt(clock.now) })
  return uri
}
const verify = async (challenge, code) => (await twoFactor.verify(challenge, { code })).userId
const challenge = async user => (await twoFactor.afterFirstFactor(user)).challenge
"""
    }
}
