package example;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jwt.SignedJWT;
import io.github.twinlock.BeginOptions;
import io.github.twinlock.BlockingTwoFactor;
import io.github.twinlock.testing.FakePhone;
import io.github.twinlock.testing.VirtualClock;
import java.text.ParseException;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.jdbc.core.JdbcTemplate;

/** The tutorial's calls, line by line of the README's table. */
@Running
class TutorialTest {
    @Value("http://127.0.0.1:${local.server.port}")
    private String address;

    @Autowired
    private VirtualClock clock;

    @Autowired
    private JdbcTemplate jdbc;

    @Autowired
    private BlockingTwoFactor twoFactor;

    private Visitor ada;

    @BeforeEach
    void somebodyNew() {
        ada = new Visitor(address);
    }

    @Test
    void pictureIsAPngThatNobodyKeeps() {
        ada.signedIn();
        Visitor.Answer picture = ada.get("/generate-qr").ok();
        assertThat(picture.header("Content-Type")).isEqualTo("image/png");
        assertThat(picture.header("Cache-Control")).isEqualTo("no-store");
        assertThat(picture.response().body()).startsWith(0x89, 'P', 'N', 'G');
        assertThat(ada.get("/generate-qr").response().body()).as("shown again").isEqualTo(picture.response().body());
    }

    @Test
    void pictureIsForWhomIsSignedIn() {
        ada.register();
        ada.get("/generate-qr").refused(401, "not_signed_in");
        ada.keep(ada.signIn(null));
        ada.get("/generate-qr?email=" + ada.email()).ok();
        ada.get("/generate-qr?email=somebody@else.example").refused(403, "not_your_account");
    }

    @Test
    void pictureIsAnotherInAnotherSession() {
        ada.signedIn();
        Visitor thief = ada.elsewhere();
        thief.keep(thief.signIn(null));
        byte[] shown = thief.get("/generate-qr").ok().response().body();
        assertThat(ada.get("/generate-qr").ok().response().body()).isNotEqualTo(shown);
    }

    @Test
    void pictureWantsAPasswordOfTheLastMinutes() {
        ada.signedIn();
        clock.advance(301);
        ada.get("/generate-qr").refused(403, "sign_in_again");
    }

    @Test
    void confirmedCodeSwitchesOnAndAnswersBackupCodes() {
        ada.signedIn();
        Visitor elsewhere = ada.elsewhere();
        elsewhere.keep(elsewhere.signIn(null));
        enrolByPicture();
        ada.get("/resource").ok();
        ada.get("/generate-qr").refused(409, "already_enrolled");
        elsewhere.get("/api/user/me").refused(401, "not_signed_in");
    }

    @Test
    void wrongCodeSwitchesNothingOn() {
        ada.signedIn();
        ada.post("/confirm-qr", "otp", "123456").refused(410, "setup_expired");
        FakePhone phone = scanned();
        ada.post("/confirm-qr", "otp", phone.wrongCode()).refused(400, "invalid_code");
        ada.post("/confirm-qr").refused(400, "code_required");
        ada.post("/confirm-qr", "otp", 123456).refused(400, "malformed_request");
        ada.elsewhere().signIn(null).ok();
        clock.advance(601);
        ada.post("/confirm-qr", "otp", phone.code()).refused(410, "setup_expired");
    }

    @Test
    void signInIsOneCallWithACode() {
        ada.signedIn();
        enrolByPicture();
        Visitor again = ada.elsewhere();
        again.signIn(null).refused(400, "code_required");
        again.signIn(ada.phone.wrongCode()).refused(401, "invalid_code");
        again.signIn(ada.phone.codeAfter(-3)).refused(401, "invalid_code");
        again.signIn("abc").refused(400, "malformed_code");
        again.post("/login", "email", ada.email(), "password", "wrong", "otp", ada.phone.code()).refused(401, "wrong_credentials");
        again.post("/login", "email", "nobody@example.com", "password", "wrong").refused(401, "wrong_credentials");
        String code = ada.phone.code();
        Visitor.Answer answer = again.keep(again.signIn(code));
        assertThat(answer.text("method")).isEqualTo("totp");
        assertThat(answer.header("Set-Cookie")).isEmpty();
        again.get("/resource").ok();
        again.elsewhere().signIn(code).refused(401, "invalid_code");
    }

    @Test
    void backupCodeSignsInOnce() {
        ada.signedIn();
        String code = enrolByPicture().json().path("backup_codes").path(0).asString();
        Visitor again = ada.elsewhere();
        assertThat(again.keep(again.signIn(code)).text("method")).isEqualTo("backup_code");
        again.elsewhere().signIn(code).refused(401, "invalid_code");
    }

    @Test
    void refreshRotatesAndKeepsTheProof() throws ParseException {
        ada.signedIn();
        enrolByPicture();
        clock.advance(901);
        ada.get("/resource").refused(401, "not_signed_in");
        String used = ada.refreshToken;
        Visitor.Answer refreshed = ada.keep(ada.post("/refresh", "refresh_token", used));
        assertThat(ada.refreshToken).isNotEqualTo(used);
        SignedJWT token = SignedJWT.parse(refreshed.text("access_token"));
        assertThat(token.getJWTClaimsSet().getStringClaim("tfa")).isNotEmpty();
        assertThat(token.getJWTClaimsSet().getStringListClaim("amr")).containsExactly("pwd", "otp");
        assertThat(refreshed.json().path("expires_in").asInt()).isEqualTo(900);
        ada.get("/resource").ok();
    }

    @Test
    void refreshTokenThatComesBackEndsTheSignIn() {
        ada.signedIn();
        String used = ada.refreshToken;
        ada.keep(ada.post("/refresh", "refresh_token", used));
        ada.elsewhere().post("/refresh", "refresh_token", used).refused(401, "session_ended");
        ada.get("/resource").refused(401, "not_signed_in");
        ada.post("/refresh", "refresh_token", ada.refreshToken).refused(401, "session_ended");
    }

    @Test
    void unusedSignInEndsAfterThirtyDays() {
        ada.signedIn();
        clock.advance(30 * 86_400 + 1);
        ada.post("/refresh", "refresh_token", ada.refreshToken).refused(401, "session_ended");
    }

    @Test
    void logoutRevokesTheAccessTokenAndDeletesTheRefreshToken() {
        ada.signedIn();
        String id = ada.get("/resource").ok().text("id");
        ada.post("/logout").status(204);
        ada.get("/resource").refused(401, "not_signed_in");
        ada.post("/refresh", "refresh_token", ada.refreshToken).refused(401, "session_ended");
        String rows = "SELECT count(*) FROM refresh_token JOIN session s ON s.id = session_id WHERE account_id = ?";
        assertThat(jdbc.queryForObject(rows, Integer.class, id)).isZero();
        assertThat(jdbc.queryForObject("SELECT count(*) FROM refresh_token WHERE session_id NOT IN (SELECT id FROM session)", Integer.class))
                .isZero();
    }

    @Test
    void refreshTokenAloneSignsOut() {
        ada.signedIn();
        ada.elsewhere().post("/logout", "refresh_token", ada.refreshToken).status(204);
        ada.get("/resource").refused(401, "not_signed_in");
    }

    @Test
    void resourceWantsAGoodToken() {
        ada.get("/resource").refused(401, "not_signed_in");
        ada.signedIn();
        String token = ada.headers.get("Authorization");
        ada.get("/resource").ok();
        for (String bad : new String[] {token + "x", "Bearer", "Bearer a.b.c", "Basic YTpi"}) {
            assertThat(ada.call("GET", "/resource", null, Map.of("Authorization", bad)).response().statusCode()).isEqualTo(401);
        }
    }

    @Test
    void proofOfATokenEndsWithAReset() {
        ada.signedIn();
        enrolByPicture();
        String id = ada.get("/resource").ok().text("id");
        twoFactor.reset(id, "help desk", "lost phone");
        Visitor owner = ada.elsewhere();
        owner.keep(owner.signIn(null));
        owner.enrol(clock);
        ada.get("/resource").refused(401, "assurance_required");
    }

    /** Reads the picture by the setup that the session keeps: there is no QR reader in Java's library. */
    private FakePhone scanned() {
        ada.get("/generate-qr").ok();
        String id = ada.get("/api/user/me").ok().text("id");
        String setup = jdbc.queryForObject(
                "SELECT setup FROM session WHERE account_id = ? AND setup IS NOT NULL", String.class, id);
        return new FakePhone(
                twoFactor.beginEnrollment(id, ada.email(), BeginOptions.builder().setup(setup).build()).getUri(), clock);
    }

    private Visitor.Answer enrolByPicture() {
        ada.phone = scanned();
        Visitor.Answer enrolled = ada.keep(ada.post("/confirm-qr", "otp", ada.phone.code()));
        assertThat(enrolled.json().path("backup_codes").size()).isEqualTo(10);
        clock.advance(30);
        return enrolled;
    }
}
