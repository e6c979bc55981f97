package io.github.twinlock.spring

import io.github.twinlock.BlockingStorage
import io.github.twinlock.BlockingTwoFactor
import io.github.twinlock.Clock
import io.github.twinlock.spring.test.WithTwoFactor
import io.github.twinlock.testing.FakePhone
import io.github.twinlock.testing.VirtualClock
import io.github.twinlock.testing.enroll
import io.github.twinlock.testing.proof
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test
import org.springframework.beans.factory.annotation.Autowired
import org.springframework.boot.test.context.SpringBootTest
import org.springframework.http.MediaType
import org.springframework.mock.web.MockHttpServletResponse
import org.springframework.mock.web.MockHttpSession
import org.springframework.security.core.context.SecurityContext
import org.springframework.security.test.web.servlet.request.SecurityMockMvcRequestPostProcessors.authentication
import org.springframework.security.test.web.servlet.request.SecurityMockMvcRequestPostProcessors.csrf
import org.springframework.security.test.web.servlet.request.SecurityMockMvcRequestPostProcessors.testSecurityContext
import org.springframework.security.test.web.servlet.setup.SecurityMockMvcConfigurers.springSecurity
import org.springframework.test.web.servlet.MockMvc
import org.springframework.test.web.servlet.request.MockHttpServletRequestBuilder
import org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get
import org.springframework.test.web.servlet.request.MockMvcRequestBuilders.post
import org.springframework.test.web.servlet.setup.DefaultMockMvcBuilder
import org.springframework.test.web.servlet.setup.MockMvcBuilders
import org.springframework.web.context.WebApplicationContext

@SpringBootTest(
    classes = [TestApplication::class, GuardedCalls::class],
    properties = [
        "twinlock.issuer=Acme", "twinlock.factor-authority=true", "twinlock.required-for=ROLE_ADMIN", "twinlock.setup-url=/settings",
        "spring.autoconfigure.exclude=org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration",
    ],
)
class WebTest(
    @Autowired private val context: WebApplicationContext,
    @Autowired private val twoFactor: BlockingTwoFactor,
    @Autowired clock: Clock,
    @Autowired storage: BlockingStorage,
) {
    private val clock = clock as VirtualClock
    private val storage = storage as CutOff
    private val ada = Person("ada")
    private lateinit var mvc: MockMvc

    @BeforeEach
    fun start() {
        mvc = MockMvcBuilders.webAppContextSetup(context).apply<DefaultMockMvcBuilder>(springSecurity()).build()
        twoFactor.erase("ada")
    }

    @AfterEach
    fun comeBack() {
        storage.isOff = false
    }

    private fun phone(): FakePhone = enroll(twoFactor, "ada", clock).phone.also { clock.advance(30) }

    private fun ask(request: MockHttpServletRequestBuilder): MockHttpServletResponse = mvc.perform(request).andReturn().response

    private fun told(response: MockHttpServletResponse): Pair<Int, String?> =
        response.status to Regex("\"code\":\"(\\w+)\"").find(response.contentAsString)?.groupValues?.get(1)

    private fun MockHttpServletRequestBuilder.json(body: String) = contentType(MediaType.APPLICATION_JSON).content(body)

    @Test
    fun `the contract's calls need no rule of the application and hold their own guard`() {
        assertEquals(401 to "not_signed_in", told(ask(get("/2fa/status"))))
        assertEquals(200, ask(get("/2fa/status").with(authentication(ada.signedIn()))).status)
        phone()
        val half = ask(get("/2fa/status").with(authentication(ada.signedIn())))
        assertEquals(401 to "assurance_required", told(half))
        assertEquals("no-store", half.getHeader("Cache-Control"))
        assertEquals(200, ask(get("/2fa/web/twinlock.js")).status)
        assertEquals(403 to "not_administrator", told(ask(get("/2fa/admin/stats").with(authentication(ada.signedIn())))))
    }

    @Test
    fun `the framework's CSRF token is wanted as everywhere, and told`() {
        val setup = { post("/2fa/setup").with(authentication(ada.signedIn())) }
        assertEquals(403, ask(setup()).status)
        assertEquals(201, ask(setup().with(csrf())).status)
        assertTrue("\"csrf\":\"" in ask(get("/2fa/status").with(authentication(ada.signedIn()))).contentAsString)
    }

    @Test
    fun `nobody is signed in between password and code, then the session has a new id and all that was in it`() {
        val phone = phone()
        val session = MockHttpSession().apply { setAttribute("cart", "book") }
        assertTrue("\"challenge\"" in ask(post("/login/ada").with(csrf()).session(session)).contentAsString)
        assertNull(session.getAttribute("SPRING_SECURITY_CONTEXT"))
        val before = session.id
        val planted = ask(get("/2fa/status").session(session))
        assertEquals(401, planted.status)
        val verified = ask(post("/2fa/verify").with(csrf()).session(session).json("""{"code":"${phone.code()}"}"""))
        assertEquals(200, verified.status)
        assertNotEquals(before, session.id)
        assertEquals("book", session.getAttribute("cart"))
        val kept = (session.getAttribute("SPRING_SECURITY_CONTEXT") as SecurityContext).authentication
        assertEquals("ada", (kept?.principal as Person).twoFactorId)
        assertNull(session.getAttribute("twinlock_authentication"))
        for (path in listOf("/guarded", "/class", "/ruled", "/factor", "/whole")) {
            assertEquals(200, ask(get(path).session(session)).status, path)
        }
        assertFalse(kept.authorities.any { it.authority == TwinlockFactor.AUTHORITY })
    }

    @Test
    fun `an Authentication that waits for another user's code is not signed in`() {
        val phone = phone()
        val session = MockHttpSession()
        ask(post("/login/ada").with(csrf()).session(session))
        session.setAttribute("twinlock_authentication", Person("eve").signedIn("ROLE_ADMIN"))
        val refused = ask(post("/2fa/verify").with(csrf()).session(session).json("""{"code":"${phone.code()}"}"""))
        assertEquals(500 to "configuration_error", told(refused))
        assertNull(session.getAttribute("SPRING_SECURITY_CONTEXT"))
        assertNull(session.getAttribute("twinlock_assurance"))
    }

    @Test
    fun `without a second factor the password is enough, where none is wanted`() {
        val session = MockHttpSession()
        assertTrue("\"method\":\"none\"" in ask(post("/login/ada").with(csrf()).session(session)).contentAsString)
        assertEquals(200, ask(get("/whole").session(session)).status)
        for (path in listOf("/guarded", "/class", "/ruled", "/factor")) {
            val refused = ask(get(path).session(session))
            assertEquals(403 to "not_enabled", told(refused), path)
            assertTrue("\"setup_url\":\"/settings\"" in refused.contentAsString)
        }
    }

    @Test
    fun `who is not signed in is told so as a problem`() {
        for (path in listOf("/guarded", "/class", "/ruled", "/whole")) assertEquals(401 to "not_signed_in", told(ask(get(path))), path)
    }

    @Test
    fun `roles that must have a second factor get nowhere without one`() {
        val admin = ada.signedIn("ROLE_ADMIN")
        assertEquals(403 to "not_enabled", told(ask(get("/whole").with(authentication(admin)))))
        assertTrue("\"required\":true" in ask(get("/2fa/status").with(authentication(admin))).contentAsString)
        assertEquals(403 to "required_by_policy", told(ask(post("/2fa/disable").with(csrf()).with(authentication(admin)))))
    }

    @Test
    fun `a proof that is too old is asked for again`() {
        val session = signedInWithProof()
        clock.advance(301)
        for (path in listOf("/guarded", "/ruled")) {
            val refused = ask(get(path).session(session))
            assertEquals(401 to "assurance_required", told(refused), path)
            assertTrue("max_age=\"300\"" in checkNotNull(refused.getHeader("WWW-Authenticate")))
        }
        assertEquals(200, ask(get("/class").session(session)).status)
    }

    @Test
    fun `a factor that a session or a token brings along does not count`() {
        phone()
        val forged = ada.signedIn(TwinlockFactor.AUTHORITY)
        assertEquals(401 to "assurance_required", told(ask(get("/factor").with(authentication(forged)))))
    }

    @Test
    fun `a reset by the help desk ends the factor at once`() {
        val session = signedInWithProof()
        assertEquals(200, ask(get("/factor").session(session)).status)
        twoFactor.reset("ada", "desk", "lost")
        assertEquals(403 to "not_enabled", told(ask(get("/factor").session(session))))
    }

    @Test
    fun `while the storage fails, guards refuse and the rest goes on`() {
        val session = signedInWithProof()
        storage.isOff = true
        for (path in listOf("/guarded", "/class", "/ruled", "/factor", "/whole", "/2fa/status")) {
            assertEquals(503 to "storage_error", told(ask(get(path).session(session))), path)
        }
        assertEquals(200, ask(get("/open").session(session)).status)
    }

    private fun signedInWithProof(): MockHttpSession {
        val phone = phone()
        val session = MockHttpSession()
        ask(get("/open").with(authentication(ada.signedIn("ROLE_USER"))).session(session))
        ask(post("/login/ada").with(csrf()).session(session))
        ask(post("/2fa/verify").with(csrf()).session(session).json("""{"code":"${phone.code()}"}"""))
        return session
    }

    @Test
    fun `a sign-out of Spring Security's drops the proof`() {
        val session = signedInWithProof()
        assertEquals(302, ask(post("/logout").with(csrf()).session(session)).status)
        assertNull(session.getAttribute("twinlock_assurance"))
        assertEquals(401 to "not_signed_in", told(ask(get("/guarded").session(session))))
    }

    @Test
    @WithTwoFactor(username = "grace", id = "7", roles = ["ADMIN"])
    fun `a test can be signed in with a second factor`() {
        for (path in listOf("/guarded", "/class", "/ruled", "/factor", "/whole")) {
            assertEquals(200, ask(get(path).with(testSecurityContext())).status, path)
        }
        assertTrue(twoFactor.status("7").enabled)
        twoFactor.reset("7", "desk", "lost")
        assertEquals(403, ask(get("/guarded").with(testSecurityContext())).status)
    }

    @Test
    fun `a proof of somebody else is none`() {
        val other = enroll(twoFactor, "eve", clock)
        clock.advance(30)
        phone()
        val session = MockHttpSession().apply { setAttribute("twinlock_assurance", proof(twoFactor, "eve", other.phone)) }
        assertEquals(401 to "assurance_required", told(ask(get("/guarded").session(session).with(authentication(ada.signedIn())))))
    }
}
