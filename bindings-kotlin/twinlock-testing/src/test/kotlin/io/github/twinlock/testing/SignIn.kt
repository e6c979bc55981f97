package io.github.twinlock.testing

import io.github.twinlock.AuthenticatorAccount
import io.github.twinlock.ConfigurationException
import io.github.twinlock.KeyRing
import io.github.twinlock.MemoryStorage
import io.github.twinlock.TwoFactor
import kotlinx.coroutines.runBlocking

/** A program that enrols a user, signs in and prints whom. */
object SignIn {
    @JvmStatic
    fun run(): String = try {
        runBlocking { signedIn() }
    } catch (error: ConfigurationException) {
        "refused: ${error.message}"
    }

    private suspend fun signedIn(): String {
        var now = 1_700_000_000.0
        val twoFactor = TwoFactor("Acme", MemoryStorage(), KeyRing.generate(), clock = { now })
        val enrollment = twoFactor.beginEnrollment("42", "ada")
        val phone = AuthenticatorAccount.fromUri(enrollment.uri)
        twoFactor.confirmEnrollment("42", enrollment.setup, phone.codeAt(now))
        check(enrollment.qrPng().size > 100)
        now += 30
        return twoFactor.verify(twoFactor.afterFirstFactor("42").challenge!!, phone.codeAt(now)).userId
    }

    @JvmStatic
    fun main(args: Array<String>) {
        val awt = runCatching { Class.forName("java.awt.Component") }.isSuccess
        println("${run()}, AWT $awt")
    }
}
