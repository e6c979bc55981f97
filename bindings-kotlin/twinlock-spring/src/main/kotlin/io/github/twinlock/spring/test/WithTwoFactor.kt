package io.github.twinlock.spring.test

import io.github.twinlock.AuthenticatorAccount
import io.github.twinlock.BlockingTwoFactor
import io.github.twinlock.Clock
import io.github.twinlock.spring.CarriesAssurance
import io.github.twinlock.spring.TwinlockFactor
import io.github.twinlock.spring.TwoFactorAccount
import org.springframework.beans.factory.ObjectProvider
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken
import org.springframework.security.core.GrantedAuthority
import org.springframework.security.core.authority.FactorGrantedAuthority
import org.springframework.security.core.authority.SimpleGrantedAuthority
import org.springframework.security.core.context.SecurityContext
import org.springframework.security.core.context.SecurityContextImpl
import org.springframework.security.test.context.support.WithSecurityContext
import org.springframework.security.test.context.support.WithSecurityContextFactory
import java.time.Instant

/**
 * Runs a test as a user who is signed in and has proved a second factor: one is really switched on, in the storage of the test's
 * application, and guards accept it. What the user had before is wiped.
 *
 * ```java
 * @Test @WithTwoFactor(roles = "ADMIN")
 * void payout() throws Exception {
 *     mvc.perform(post("/payout").with(csrf())).andExpect(status().isOk());
 * }
 * ```
 *
 * @property username the user's name
 * @property id the user's immutable id; default the name
 * @property roles without `ROLE_`
 */
@Target(AnnotationTarget.CLASS, AnnotationTarget.FUNCTION, AnnotationTarget.ANNOTATION_CLASS)
@Retention(AnnotationRetention.RUNTIME)
@MustBeDocumented
@WithSecurityContext(factory = WithTwoFactorFactory::class)
public annotation class WithTwoFactor(
    val username: String = "user",
    val id: String = "",
    vararg val roles: String = ["USER"],
)

/** The principal of such a test. */
public class TestTwoFactorAccount internal constructor(
    override val twoFactorId: String,
    override val accountName: String,
    override val assurance: String,
) : TwoFactorAccount, CarriesAssurance {
    override fun toString(): String = accountName
}

internal class WithTwoFactorFactory(
    private val twoFactor: BlockingTwoFactor,
    private val clock: ObjectProvider<Clock>,
) : WithSecurityContextFactory<WithTwoFactor> {
    override fun createSecurityContext(annotation: WithTwoFactor): SecurityContext {
        val id = annotation.id.ifEmpty { annotation.username }
        val account = TestTwoFactorAccount(id, annotation.username, proof(id, annotation.username))
        val factors = listOf(FactorGrantedAuthority.PASSWORD_AUTHORITY, TwinlockFactor.AUTHORITY).map {
            FactorGrantedAuthority.withAuthority(it).issuedAt(Instant.now()).build()
        }
        val authorities: List<GrantedAuthority> = annotation.roles.map { SimpleGrantedAuthority("ROLE_$it") } + factors
        return SecurityContextImpl(UsernamePasswordAuthenticationToken.authenticated(account, null, authorities))
    }

    private fun proof(id: String, name: String): String {
        if (twoFactor.status(id).enabled) twoFactor.reset(id, "test", "a test begins")
        val enrollment = twoFactor.beginEnrollment(id, name)
        val code = AuthenticatorAccount.fromUri(enrollment.uri).codeAt(clock.getIfAvailable { Clock.SYSTEM }.now())
        return twoFactor.confirmEnrollment(id, enrollment.setup, code).assurance
    }
}
