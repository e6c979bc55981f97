package io.github.twinlock.testing

import io.github.twinlock.AuthenticatorAccount
import io.github.twinlock.BlockingTwoFactor
import io.github.twinlock.ImportOptions
import io.github.twinlock.KeyRing
import io.github.twinlock.MemoryStorage
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.ValueSource
import java.net.URLEncoder

/** The tables of tests/vectors that the public API can show: codes, URIs and exports, read as a phone reads them. */
class VectorsTest {
    @Test
    fun `no case is missing`() {
        for ((file, least) in Shared.manifest("vectors") - "migration-export.json") {
            assertTrue(Shared.cases(file).size >= least, file)
        }
    }

    @ParameterizedTest
    @ValueSource(strings = ["rfc6238.json", "totp-more.json"])
    fun `codes at a time`(file: String) {
        for (one in Shared.cases(file)) {
            val name = one["name"].toString()
            val time = one["time"] as Long
            for (account in listOf(one["uri"] as String, uriOf(one)).map(AuthenticatorAccount::fromUri)) {
                if (time > LATEST) {
                    refused("configuration_error") { account.codeAt(time.toDouble()) }
                    continue
                }
                assertEquals(one["code"], account.codeAt(time.toDouble()), name)
                val next = time + account.period
                one["next_code"]?.takeIf { next <= LATEST }?.let { assertEquals(it, account.codeAt(next.toDouble()), name) }
                one["seconds_left"]?.let { assertEquals(it, account.secondsLeft(time.toDouble()).toLong(), name) }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = ["rfc4226.json", "hotp-counters.json"])
    fun `codes at a counter within the calendar`(file: String) {
        // A period of one second makes time a counter, as far as the calendar goes.
        val walked = Shared.cases(file).filter { it["counter"].toString().toDouble() <= LATEST }
        assertTrue(walked.isNotEmpty())
        for (one in walked) {
            val account = AuthenticatorAccount.fromUri(uriOf(one + ("period" to 1L)))
            assertEquals(one["code"], account.codeAt(one["counter"].toString().toDouble()), one["name"].toString())
        }
    }

    @Test
    fun `URIs are read`() {
        for (one in Shared.cases("otpauth-valid.json")) {
            for (account in listOf("uri", "canonical").map { AuthenticatorAccount.fromUri(one[it] as String) }) {
                val found = listOf(account.issuer, account.accountName, account.digits.toLong(), account.period.toLong())
                val wanted = listOf("issuer", "account_name", "digits", "period").map(one::get)
                assertEquals(wanted, found, one["name"].toString())
            }
        }
    }

    @Test
    fun `what is not a URI or an export is refused with its reason`() {
        for (one in Shared.cases("otpauth-invalid.json")) {
            val error = refused("invalid_secret") { AuthenticatorAccount.fromUri(one["uri"] as String) }
            assertEquals("the secret cannot be used: ${one["reason"]}", error.message, one["name"].toString())
        }
        for (one in Shared.cases("migration.json").filter { it["result"] == "invalid" }) {
            val error = refused("invalid_secret") { AuthenticatorAccount.fromMigration(one["uri"] as String) }
            assertEquals("the secret cannot be used: ${one["reason"]}", error.message, one["name"].toString())
        }
    }

    @Test
    fun `exports are read`() {
        for (one in Shared.cases("migration.json").filterNot { it["result"] == "invalid" }) {
            val found = AuthenticatorAccount.fromMigration(one["uri"] as String)
            val wanted = (one["accounts"] as List<*>).map { it.asObject() }
            assertEquals(wanted.map { listOf(it["issuer"], it["account_name"]) }, found.map { listOf(it.issuer, it.accountName) })
            val codes = wanted.map { AuthenticatorAccount.fromUri(uriOf(it)).codeAt(59.0) }
            assertEquals(codes, found.map { it.codeAt(59.0) }, one["name"].toString())
        }
    }

    @Test
    fun `secrets as people type them`() {
        val twoFactor = BlockingTwoFactor("Acme", MemoryStorage(), KeyRing.generate())
        Shared.cases("base32.json").forEachIndexed { number, one ->
            fun import(options: ImportOptions) = twoFactor.importAuthenticator(number.toString(), "test", options)
            val typed = ImportOptions(secret = one["text"] as String)
            if (one["result"] == "invalid") {
                refused("invalid_secret") { import(typed) }
                return@forEachIndexed
            }
            val id = import(typed)
            // The same secret, written plainly, is the same authenticator.
            val plain = one["canonical"] as String
            assertEquals(id, import(ImportOptions(secret = plain)), one["name"].toString())
            val uri = "otpauth://totp/vector?secret=" + URLEncoder.encode(plain, Charsets.UTF_8)
            assertEquals(id, import(ImportOptions(uri = uri)), one["name"].toString())
        }
    }

    private fun uriOf(one: Map<String, Any?>): String {
        val names = listOf("algorithm", "digits", "period").filter { one[it] != null }
        return "otpauth://totp/vector?secret=${one["secret"]}" + names.joinToString("") { "&$it=${one[it]}" }
    }

    private companion object {
        /** The end of the year 9999: a clock beyond it is taken for broken. */
        const val LATEST = 253_402_300_799
    }
}
