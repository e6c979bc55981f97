package io.github.twinlock.testing

import io.github.twinlock.AuthenticatorAccount
import io.github.twinlock.BeginOptions
import io.github.twinlock.BlockingTwoFactor
import io.github.twinlock.FirstFactorOptions
import io.github.twinlock.HttpContract
import io.github.twinlock.ImportOptions
import io.github.twinlock.KeyRing
import io.github.twinlock.MemoryStorage
import io.github.twinlock.Policy
import io.github.twinlock.SqliteStorage
import io.github.twinlock.StoredRecord
import io.github.twinlock.TwoFactor
import io.github.twinlock.VerifyOptions
import io.github.twinlock.suspending
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Path
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

class WrongInputTest {
    private val clock = VirtualClock()
    private val memory = MemoryStorage()
    private val keys = KeyRing.generate()
    private val twoFactor = BlockingTwoFactor("Acme", memory, keys, clock = clock)

    @Test
    fun `half a character is no text`() {
        val half = "a\uD83D"
        refused("malformed_request") { twoFactor.afterFirstFactor(half) }
        refused("malformed_request") { twoFactor.afterFirstFactor("42", FirstFactorOptions(context = half)) }
        refused("malformed_request") { twoFactor.verify(half, "123456") }
        refused("malformed_request") { twoFactor.verify("token", half) }
        refused("malformed_request") { twoFactor.verify("token", "123456", VerifyOptions(nextCodes = listOf(half, half))) }
        refused("malformed_request") { twoFactor.beginEnrollment("42", "ada", BeginOptions(issuer = half)) }
        refused("configuration_error") { BlockingTwoFactor(half, memory, keys) }
        refused("configuration_error") { BlockingTwoFactor("Acme", memory, keys, namespace = half) }
        refused("configuration_error") { KeyRing.fromText(half) }
        refused("configuration_error") { KeyRing.generate(half) }
        refused("invalid_secret") { AuthenticatorAccount.fromUri("otpauth://totp/$half?secret=JBSWY3DPEHPK3PXP") }
        assertFalse(twoFactor.status("42").enabled, "and what was written so far is in nobody's way")
    }

    @Test
    fun `numbers out of range are refused, never wrapped`() {
        val enrolled = enroll(twoFactor, "42", clock).enrolled
        refused("malformed_request") { twoFactor.checkAssurance("42", enrolled.assurance, -1) }
        refused("malformed_request") { twoFactor.events("42", null, 0) }
        refused("malformed_request") { twoFactor.events("42", null, 201) }
        refused("malformed_request") { twoFactor.events("42", "no cursor", 10) }
        for (wrong in listOf(
            ImportOptions(secret = SECRET, digits = -1),
            ImportOptions(secret = SECRET, digits = 262),
            ImportOptions(secret = SECRET, period = -30),
            ImportOptions(secret = SECRET, lastUsedStep = -1),
            ImportOptions(secret = SECRET, drift = 300),
            ImportOptions(secret = SECRET, algorithm = "MD5"),
            ImportOptions(),
        )) {
            refused("malformed_request") { twoFactor.importAuthenticator("42", "test", wrong) }
        }
        for (wrong in listOf(0.seconds, (-1).milliseconds)) {
            refused("configuration_error") { BlockingTwoFactor("Acme", memory, keys, storageTimeout = wrong) }
            refused("configuration_error") { TwoFactor("Acme", memory.suspending(), keys, storageTimeout = wrong) }
        }
        refused("configuration_error") { Policy.builder { digits = -6 } }
        refused("configuration_error") { Policy.builder { backoff = listOf(-1) } }
        refused("configuration_error") { Policy.builder { window = 3 } }
        refused("configuration_error") { Policy.fixedLockout() }
        refused("configuration_error") { Policy.fixedLockout(attempts = 256, acceptRisk = true) }
        assertThrows(IllegalArgumentException::class.java) { StoredRecord(-1, true, "k", ByteArray(0)) }
        assertThrows(IllegalArgumentException::class.java) { StoredRecord(1L shl 53, true, "k", ByteArray(0)) }
    }

    @Test
    fun `what is no token and no record is refused`() {
        enroll(twoFactor, "42", clock)
        refused("challenge_expired") { twoFactor.verify("garbage", "123456") }
        refused("setup_expired") { twoFactor.confirmEnrollment("42", "garbage", "123456") }
        refused("malformed_code") { twoFactor.verify("garbage", "١٢٣٤٥٦") }
        memory.save("43", null, memory.load("42")!!, emptyList())
        refused("record_tampered") { twoFactor.status("43") }
        memory.save("44", null, StoredRecord(1, true, "k1", ByteArray(100)), emptyList())
        refused("record_tampered") { twoFactor.status("44") }
        refused("unknown_key") { BlockingTwoFactor("Acme", memory, KeyRing.generate("other"), clock = clock).status("42") }
    }

    @Test
    fun `keys must be keys`() {
        refused("configuration_error") { KeyRing.of() }
        refused("configuration_error") { KeyRing.of("k" to ByteArray(31)) }
        refused("configuration_error") { KeyRing.of("k" to ByteArray(32), "k" to ByteArray(32)) }
        refused("configuration_error") { KeyRing.of("kö" to ByteArray(32)) }
        refused("configuration_error") { KeyRing.fromText("k1:short") }
        assertEquals(keys.toText(), KeyRing.fromText(keys.toText()).toText())
    }

    @Test
    fun `what is closed refuses`(@TempDir folder: Path) {
        val other = BlockingTwoFactor("Acme", memory, keys).apply { close() }
        refused("configuration_error") { other.status("42") }
        other.close()
        val storage = SqliteStorage(folder.resolve("2fa.db").toString()).apply { close() }
        refused("configuration_error") { storage.load("42") }
        refused("configuration_error") { SqliteStorage(folder.resolve("none/2fa.db").toString()) }
        refused("configuration_error") { SqliteStorage(folder.resolve("missing.db").toString(), create = false) }
    }

    @Test
    fun `a storage without reports has none`() {
        val bare = object : io.github.twinlock.BlockingStorage by memory {}
        refused("configuration_error") { BlockingTwoFactor("Acme", bare, keys).events("42") }
        refused("configuration_error") { BlockingTwoFactor("Acme", bare, keys).stats() }
    }

    @Test
    fun `nothing that is printed shows a secret`() {
        val enrollment = twoFactor.beginEnrollment("42", "ada@example.com")
        val phone = AuthenticatorAccount.fromUri(enrollment.uri)
        val enrolled = twoFactor.confirmEnrollment("42", enrollment.setup, phone.codeAt(clock.now()))
        clock.advance(30)
        val step = twoFactor.afterFirstFactor("42")
        val code = phone.codeAt(clock.now())
        val verification = twoFactor.verify(step.challenge!!, code)
        val secrets = enrolled.backupCodes + listOf(
            enrollment.secret, enrollment.setup, enrollment.uri, enrolled.assurance, enrolled.device!!, step.challenge!!,
            verification.assurance, verification.device!!, keys.toText().substringAfter(':'), code,
        )
        val printed = listOf(enrollment, enrolled, step, verification, twoFactor, keys, phone, twoFactor.status("42")).joinToString()
        for (secret in secrets) assertFalse(secret in printed, printed)
        assertTrue("k1" in keys.toString())
    }

    @Test
    fun `a phone shows a code for each second`() = runTest {
        val phone = AuthenticatorAccount.fromUri("otpauth://totp/Acme:ada?secret=$SECRET&issuer=Acme")
        val running = VirtualClock(57L)
        val shown = phone.codes { running.now().also { running.advance(1) } }.take(4).toList()
        assertEquals(listOf(3, 2, 1, 30), shown.map { it.secondsLeft })
        assertEquals(listOf(57.0, 58.0, 59.0, 60.0).map(phone::codeAt), shown.map { it.code })
        assertFalse(shown.any { it.code in it.toString() })
    }

    @Test
    fun `the table of the contract knows its codes`() {
        for (code in HttpContract.codes) {
            assertTrue(HttpContract.httpStatus(code) in 400..503, code)
            assertTrue("\"code\":\"$code\"" in HttpContract.problem(code, "verify"), code)
        }
        refused("configuration_error") { HttpContract.problem("no_such_code") }
        refused("configuration_error") { HttpContract.httpStatus("invalid_code", "nowhere") }
    }

    private companion object {
        const val SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    }
}
