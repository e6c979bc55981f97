package example;

import static example.Visitor.BASE;
import static example.Visitor.PASSWORD;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.twinlock.testing.VirtualClock;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;

/** The two steps of the contract, the pages, and who may do what. */
@Running
class ApplicationTest {
    private static final Map<String, String> OWN_PAGE = Map.of("Sec-Fetch-Site", "same-origin");

    @Value("http://127.0.0.1:${local.server.port}")
    private String address;

    @Autowired
    private VirtualClock clock;

    @Autowired
    private Accounts accounts;

    @Autowired
    private Tries tries;

    private Visitor ada;

    @BeforeEach
    void somebodyNew() {
        ada = new Visitor(address);
    }

    @Test
    void signsInByTwoSteps() {
        ada.signedIn();
        assertThat(ada.enrol(clock)).hasSize(10);
        Visitor again = ada.elsewhere();
        Visitor.Answer waiting = again.post("/api/auth/login", "username", ada.name, "password", PASSWORD).ok();
        assertThat(waiting.json().path("two_factor_required").asBoolean()).isTrue();
        assertThat(waiting.text("access_token")).isNull();
        String challenge = waiting.text("challenge");
        again.post(BASE + "/verify", "challenge", challenge, "code", ada.phone.wrongCode()).refused(401, "invalid_code");
        again.keep(again.post(BASE + "/verify", "challenge", challenge, "code", ada.phone.code()));
        assertThat(again.get("/api/user/me").ok().json().path("amr").toString()).isEqualTo("[\"pwd\",\"otp\"]");
    }

    @Test
    void trustedDeviceIsNotAskedAgain() {
        ada.signedIn();
        ada.enrol(clock);
        Visitor again = ada.elsewhere();
        String challenge = again.post("/api/auth/login", "username", ada.name, "password", PASSWORD).text("challenge");
        Visitor.Answer in =
                again.post(BASE + "/verify", "challenge", challenge, "code", ada.phone.code(), "trust_device", true).ok();
        Visitor next = ada.elsewhere();
        next.headers.put("Twinlock-Device", in.text("device"));
        Visitor.Answer answer = next.keep(next.signIn(null));
        assertThat(answer.text("method")).isEqualTo("device");
        next.get("/resource").ok();
    }

    @Test
    void setupWantsThePasswordAgain() {
        ada.signedIn();
        ada.post(BASE + "/setup").refused(400, "password_required");
        ada.post(BASE + "/setup", "password", "wrong").refused(400, "wrong_password");
    }

    @Test
    void guessesAtThePasswordOfAnOpenSessionAreLimited() {
        ada.signedIn();
        String key = "password " + ada.get("/api/user/me").text("id");
        for (int count = 0; count < 1000; count++) tries.take(key);
        Visitor.Answer refused = ada.post(BASE + "/setup", "password", PASSWORD);
        refused.refused(429, "too_many_requests");
        assertThat(refused.header("Retry-After")).isNotEmpty();
    }

    @Test
    void administratorMustHaveASecondFactor() {
        ada.signedIn();
        ada.get("/api/admin/figures").refused(403, "not_administrator");
        accounts.makeAdministrator(ada.name);
        Visitor.Answer refused = ada.get("/api/admin/figures");
        refused.refused(403, "not_enabled");
        assertThat(refused.text("setup_url")).isEqualTo("/account");
        ada.get("/resource").refused(403, "not_enabled");
        ada.enrol(clock);
        assertThat(ada.get("/api/admin/figures").ok().json().path("users_with_2fa").asInt()).isPositive();
        assertThat(ada.get("/api/admin/users?search=" + ada.name.toUpperCase()).ok().json().path(0).path("role").asString())
                .isEqualTo("admin");
        ada.post(BASE + "/disable", "password", PASSWORD).refused(403, "required_by_policy");
    }

    @Test
    void administratorResetsALostSecondFactor() {
        ada.signedIn();
        ada.enrol(clock);
        String id = ada.get("/api/user/me").text("id");
        Visitor desk = new Visitor(address).signedIn();
        desk.post("/api/admin/2fa/users/" + id + "/reset", "reason", "lost phone").refused(403, "not_administrator");
        accounts.makeAdministrator(desk.name);
        desk.enrol(clock);
        desk.post("/api/admin/2fa/users/" + id + "/reset", "reason", "lost phone").status(204);
        ada.elsewhere().signIn(null).ok();
    }

    @Test
    void accountIsDeletedWithAFreshCodeOnly() {
        ada.signedIn();
        Visitor.Answer refused = delete();
        refused.refused(403, "not_enabled");
        ada.enrol(clock);
        clock.advance(301);
        delete().refused(401, "assurance_required");
        ada.keep(ada.post(BASE + "/step-up", "code", ada.phone.code()));
        delete().status(204);
        ada.elsewhere().signIn(null).refused(401, "wrong_credentials");
        ada.get("/resource").refused(401, "not_signed_in");
    }

    @Test
    void changedPasswordEndsOtherSessions() {
        ada.signedIn();
        Visitor elsewhere = ada.elsewhere();
        elsewhere.keep(elsewhere.signIn(null));
        ada.post("/api/user/password", "password", "wrong", "new_password", "another walk").refused(400, "wrong_password");
        ada.post("/api/user/password", "password", PASSWORD, "new_password", "another walk").status(204);
        ada.get("/api/user/me").ok();
        elsewhere.get("/api/user/me").refused(401, "not_signed_in");
    }

    @Test
    void pageOfOurOwnNeverSeesAToken() {
        ada.register();
        String body = "{\"username\":\"" + ada.name + "\",\"password\":\"" + PASSWORD + "\"}";
        Visitor.Answer in = ada.call("POST", "/api/auth/login", body, OWN_PAGE).ok();
        assertThat(in.text()).doesNotContain("token");
        List<String> cookies = in.response().headers().allValues("Set-Cookie");
        assertThat(cookies).hasSize(2).allMatch(cookie -> cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"));
        String sent = String.join("; ", cookies.stream().map(cookie -> cookie.split(";")[0]).toList());
        ada.headers.put("Cookie", sent);
        ada.get("/api/user/me").ok();
        assertThat(ada.get("/account").ok().text()).contains("data-session");
        for (Map<String, String> foreign : List.of(
                Map.of("Sec-Fetch-Site", "cross-site"), Map.of("Sec-Fetch-Site", "same-site"), Map.of("Origin", "https://evil.example"))) {
            ada.call("POST", "/api/auth/logout", null, foreign).refused(403, "origin_refused");
            ada.call("POST", BASE + "/setup", "{}", foreign).refused(403, "origin_refused");
        }
        ada.get("/api/user/me").ok();
        ada.call("POST", "/api/auth/refresh", null, Map.of("Origin", address)).ok();
    }

    @Test
    void pagesAreThere() {
        for (String path : List.of("/", "/register", "/login", "/account", "/admin", "/static/shell.js", BASE + "/web/twinlock.js")) {
            Visitor.Answer page = ada.get(path).ok();
            assertThat(page.header("Content-Security-Policy")).as(path).startsWith("default-src 'none'");
        }
        assertThat(ada.get("/login").text()).doesNotContain("phone.js").doesNotContain("csrf");
        assertThat(ada.get("/login").header("Content-Type")).startsWith("text/html");
        assertThat(ada.get("/dev/phone.js").response().statusCode()).isEqualTo(404);
    }

    @Test
    void namesAreTakenOnceInAnySpelling() {
        ada.register();
        Visitor other = new Visitor(address);
        other.post("/register", "username", ada.name.toUpperCase(), "email", other.email(), "password", PASSWORD)
                .refused(409, "username_taken");
        other.post("/register", "username", other.name, "email", "P" + ada.email().substring(1), "password", PASSWORD)
                .refused(409, "email_taken");
        other.post("/register", "username", "x", "email", other.email(), "password", PASSWORD).refused(400, "malformed_request");
        other.post("/register", "username", other.name, "email", other.email(), "password", "short").refused(400, "malformed_request");
    }

    @Test
    void oddRequestsAreRefusedAsProblems() {
        ada.call("POST", "/login", "[", Map.of()).refused(400, "malformed_request");
        ada.call("POST", "/login", "{}", Map.of()).refused(400, "malformed_request");
        ada.call("POST", "/login", "a=b", Map.of("Content-Type", "application/x-www-form-urlencoded")).refused(415, "not_json");
        ada.call("POST", "/login", "{\"email\":\"" + "x".repeat(10_000) + "\"}", Map.of()).refused(413, "too_large");
    }

    private Visitor.Answer delete() {
        return ada.call("DELETE", "/api/user/account", null, Map.of());
    }
}
