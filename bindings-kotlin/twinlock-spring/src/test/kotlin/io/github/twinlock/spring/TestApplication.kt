package io.github.twinlock.spring

import io.github.twinlock.BlockingStorage
import io.github.twinlock.Clock
import io.github.twinlock.KeyRing
import io.github.twinlock.MemoryStorage
import io.github.twinlock.StoredRecord
import io.github.twinlock.testing.VirtualClock
import jakarta.servlet.http.HttpServletRequest
import jakarta.servlet.http.HttpServletResponse
import org.springframework.boot.autoconfigure.EnableAutoConfiguration
import org.springframework.context.annotation.Bean
import org.springframework.context.annotation.Configuration
import org.springframework.context.annotation.Import
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken
import org.springframework.security.config.annotation.web.builders.HttpSecurity
import org.springframework.security.core.Authentication
import org.springframework.security.core.authority.AuthorityUtils
import org.springframework.security.web.SecurityFilterChain
import org.springframework.web.bind.annotation.GetMapping
import org.springframework.web.bind.annotation.PathVariable
import org.springframework.web.bind.annotation.PostMapping
import org.springframework.web.bind.annotation.RestController
import java.io.IOException
import java.io.Serializable
import java.time.Duration

class Person(override val twoFactorId: String) : TwoFactorAccount, Serializable {
    override val accountName: String get() = "$twoFactorId@example.com"

    fun signedIn(vararg roles: String): Authentication =
        UsernamePasswordAuthenticationToken.authenticated(this, null, AuthorityUtils.createAuthorityList(*roles))
}

/** A storage that can be cut off. */
class CutOff(private val inner: MemoryStorage = MemoryStorage()) : BlockingStorage by inner {
    @Volatile
    var isOff = false

    override fun load(userId: String): StoredRecord? = if (isOff) throw IOException("the disk is gone") else inner.load(userId)
}

@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import(TestCalls::class)
class TestApplication {
    @Bean
    fun storage(): BlockingStorage = CutOff()

    @Bean
    fun keys(): KeyRing = KeyRing.generate()

    @Bean
    fun clock(): Clock = VirtualClock()

    @Bean
    fun security(http: HttpSecurity, twoFactor: TwoFactorAuthorization): SecurityFilterChain = http.logout { logout ->
        // Else nobody would see whether the proof itself is dropped.
        logout.invalidateHttpSession(false)
    }.authorizeHttpRequests { requests ->
        requests.requestMatchers("/login/*", "/open", "/guarded", "/class", "/broken").permitAll()
            .requestMatchers("/ruled").access(twoFactor.required(Duration.ofMinutes(5)))
            .requestMatchers("/factor").hasAuthority(TwinlockFactor.AUTHORITY)
            .anyRequest().access(twoFactor.ifEnabled())
    }.build()
}

@RestController
class TestCalls(private val web: TwoFactorWeb) {
    @PostMapping("/login/{name}")
    fun login(@PathVariable("name") name: String, request: HttpServletRequest, response: HttpServletResponse) {
        web.login(request, response, Person(name).signedIn("ROLE_USER"))
    }

    @GetMapping("/open", "/ruled", "/factor", "/whole")
    fun open() = "open"

    @GetMapping("/guarded")
    @RequiresSecondFactor(maxAge = 300)
    fun guarded() = "guarded"

    @GetMapping("/broken")
    fun broken(): String = throw IllegalStateException("the application's own")
}

@RestController
@RequiresSecondFactor
class GuardedCalls {
    @GetMapping("/class")
    fun guarded() = "guarded"
}
