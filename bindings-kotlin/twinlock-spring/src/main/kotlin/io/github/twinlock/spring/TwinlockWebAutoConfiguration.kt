package io.github.twinlock.spring

import io.github.twinlock.BlockingTwoFactor
import io.github.twinlock.ConfigurationException
import io.github.twinlock.http.ProofMode
import io.github.twinlock.http.TwoFactorUser
import org.springframework.beans.factory.ObjectProvider
import org.springframework.boot.autoconfigure.AutoConfiguration
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication
import org.springframework.context.annotation.Bean
import org.springframework.core.Ordered
import org.springframework.core.annotation.Order
import org.springframework.security.config.Customizer
import org.springframework.security.config.annotation.web.builders.HttpSecurity
import org.springframework.security.core.Authentication
import org.springframework.web.servlet.HandlerExceptionResolver
import org.springframework.web.servlet.config.annotation.InterceptorRegistry
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer

/** The routes, the guard and the factor authority. Each bean gives way to one of the application's own. */
@AutoConfiguration(after = [TwinlockAutoConfiguration::class])
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
public class TwinlockWebAutoConfiguration {
    /** Principals that are a [TwoFactorAccount]; names, where `twinlock.names-are-ids` says that they never change. */
    @Bean
    @ConditionalOnMissingBean
    public fun twoFactorUsers(properties: TwinlockProperties): TwoFactorUsers = TwoFactorUsers { authentication ->
        val principal = authentication.principal
        when {
            principal is TwoFactorAccount -> TwoFactorUser(principal.twoFactorId, principal.accountName, authentication)

            properties.namesAreIds() -> TwoFactorUser(authentication.name, authentication.name, authentication)

            else -> throw ConfigurationException(
                "whose immutable id is this? Let the principal be a TwoFactorAccount, or give a bean TwoFactorUsers " +
                    "(twinlock.names-are-ids=true where names are never changed)",
            )
        }
    }

    /** By the authorities of `twinlock.required-for`. */
    @Bean
    @ConditionalOnMissingBean
    public fun secondFactorRequirement(properties: TwinlockProperties): SecondFactorRequirement = SecondFactorRequirement { user ->
        properties.requiredFor().isNotEmpty() && hasAny(authenticationOf(user), properties.requiredFor())
    }

    /** By the authorities of `twinlock.administrators`. */
    @Bean
    @ConditionalOnMissingBean
    public fun twoFactorAdministrators(properties: TwinlockProperties): Administrators =
        Administrators { authentication -> hasAny(authentication, properties.administrators()) }

    /** Into Spring Security's session. */
    @Bean
    @ConditionalOnMissingBean
    public fun twoFactorSignIn(properties: TwinlockProperties, users: TwoFactorUsers): SignIn {
        if (properties.proof() == ProofMode.SESSION) return SessionSignIn(users)
        throw ConfigurationException("with twinlock.proof=cookie or bearer a bean SignIn has to make your sessions or tokens")
    }

    /** Login, guard and sign-out for the application's own code. */
    @Bean
    @ConditionalOnMissingBean
    public fun twoFactorWeb(
        twoFactor: BlockingTwoFactor,
        properties: TwinlockProperties,
        users: TwoFactorUsers,
        signIn: SignIn,
        requirement: SecondFactorRequirement,
        administrators: Administrators,
        passwordCheck: ObjectProvider<PasswordCheck>,
        assurance: ObjectProvider<AssuranceReader>,
        device: ObjectProvider<DeviceReader>,
    ): TwoFactorWeb {
        val optional = Triple(passwordCheck.getIfAvailable(), assurance.getIfAvailable(), device.getIfAvailable())
        val hooks = WebHooks(users, signIn, requirement, administrators, optional.first, optional.second, optional.third)
        return TwoFactorWeb(twoFactor, hooks, properties)
    }

    /** The guard as rules of `authorizeHttpRequests`. */
    @Bean
    @ConditionalOnMissingBean
    public fun twoFactorAuthorization(web: TwoFactorWeb): TwoFactorAuthorization = TwoFactorAuthorization(web)

    /** Puts the contract, the answers to refusals and the factor into every security filter chain. */
    @Bean
    @ConditionalOnMissingBean(name = ["twoFactorHttpSecurity"])
    public fun twoFactorHttpSecurity(web: TwoFactorWeb, properties: TwinlockProperties): Customizer<HttpSecurity> {
        val mounts = Mounts(properties)
        return Customizer { http ->
            http.with(TwoFactorConfigurer(web, mounts, properties.factorAuthority()), Customizer.withDefaults())
        }
    }

    /** Reads [RequiresSecondFactor]. */
    @Bean
    @ConditionalOnMissingBean(name = ["twoFactorMvc"])
    public fun twoFactorMvc(web: TwoFactorWeb): WebMvcConfigurer = object : WebMvcConfigurer {
        override fun addInterceptors(registry: InterceptorRegistry) {
            registry.addInterceptor(RequiresSecondFactorInterceptor(web)).order(Ordered.HIGHEST_PRECEDENCE)
        }
    }

    /** Before the application's own handlers of exceptions, which may make a 500 of what they do not know. */
    @Bean
    @Order(Ordered.HIGHEST_PRECEDENCE)
    @ConditionalOnMissingBean(name = ["twoFactorExceptionResolver"])
    public fun twoFactorExceptionResolver(web: TwoFactorWeb): HandlerExceptionResolver = TwoFactorExceptionResolver(web)

    private fun authenticationOf(user: TwoFactorUser): Authentication = user.principal as? Authentication
        ?: throw ConfigurationException("twinlock.required-for needs users whose principal is their Authentication")

    private fun hasAny(authentication: Authentication, authorities: Set<String>): Boolean =
        authentication.authorities.any { it.authority in authorities }
}
