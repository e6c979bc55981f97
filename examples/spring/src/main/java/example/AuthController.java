package example;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.springframework.security.authentication.UsernamePasswordAuthenticationToken.unauthenticated;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.github.twinlock.http.LoginOptions;
import io.github.twinlock.spring.TwoFactorWeb;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.springframework.http.HttpStatus;
import org.springframework.security.authentication.AuthenticationManager;
import org.springframework.security.core.Authentication;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Register, sign in, refresh, sign out: under {@code /api/auth} for the pages, and under the tutorial's short paths. */
@RestController
class AuthController {
    // No @, so a user name is never somebody's e-mail address.
    private static final Pattern USERNAME = Pattern.compile("[\\p{L}\\p{N}._-]{3,32}");
    private static final Pattern EMAIL = Pattern.compile("[^@\\s\\p{Cc}]{1,64}@[^@\\s\\p{Cc}]{1,180}\\.[^@\\s\\p{Cc}.]{1,63}");
    /** What an authenticator app is told as the account's name, in bytes. */
    private static final int LONGEST_EMAIL = 128;

    private final AuthenticationManager passwords;
    private final TwoFactorWeb twoFactor;
    private final Accounts accounts;
    private final Sessions sessions;
    private final Tokens tokens;
    private final Tries tries;

    AuthController(
            AuthenticationManager passwords, TwoFactorWeb twoFactor, Accounts accounts, Sessions sessions, Tokens tokens, Tries tries) {
        this.passwords = passwords;
        this.twoFactor = twoFactor;
        this.accounts = accounts;
        this.sessions = sessions;
        this.tokens = tokens;
        this.tries = tries;
    }

    record Registration(String username, String email, String password) {
        boolean isGood() {
            return username != null && USERNAME.matcher(username).matches()
                    && email != null && EMAIL.matcher(email).matches()
                    && email.getBytes(UTF_8).length <= LONGEST_EMAIL
                    && isGoodPassword(password);
        }

        @Override
        public String toString() {
            return "Registration";
        }
    }

    static boolean isGoodPassword(String password) {
        return password != null && password.length() >= 8 && password.length() <= 256;
    }

    @PostMapping({"/api/auth/register", "/register"})
    @ResponseStatus(HttpStatus.CREATED)
    Map<String, Object> register(@RequestBody Registration given, HttpServletRequest request) {
        tries.take("register " + request.getRemoteAddr());
        if (!given.isGood()) throw Problem.malformed();
        Account account = accounts.create(given.username(), given.email(), given.password());
        return Map.of("id", account.id(), "username", account.username());
    }

    record Credentials(
            String username,
            String password,
            String code,
            @JsonProperty("next_codes") List<String> nextCodes,
            @JsonProperty("trust_device") Boolean trustDevice) {
        @Override
        public String toString() {
            return "Credentials";
        }
    }

    /** Tokens, or {@code two_factor_required} with a challenge for {@code POST /api/auth/2fa/verify}. */
    @PostMapping("/api/auth/login")
    void login(@RequestBody Credentials given, HttpServletRequest request, HttpServletResponse response) {
        Authentication user = authenticated(given.username(), given.password(), request);
        List<String> next = given.nextCodes() == null ? List.of() : given.nextCodes();
        twoFactor.login(request, response, user, new LoginOptions(given.code(), next, Boolean.TRUE.equals(given.trustDevice()), null, false));
    }

    record OneCall(String email, String password, String otp) {
        @Override
        public String toString() {
            return "OneCall";
        }
    }

    /** The tutorial's sign-in: everything in one call, {@code code_required} without a code where there is a second factor. */
    @PostMapping("/login")
    void oneCall(@RequestBody OneCall given, HttpServletRequest request, HttpServletResponse response) {
        Authentication user = authenticated(given.email(), given.password(), request);
        twoFactor.login(request, response, user, new LoginOptions(given.otp(), List.of(), false, null, true));
    }

    record Refresh(@JsonProperty("refresh_token") String refreshToken) {
        @Override
        public String toString() {
            return "Refresh";
        }
    }

    /** New tokens for a refresh token, which works once; the claim {@code tfa} goes on. */
    @PostMapping({"/api/auth/refresh", "/refresh"})
    Map<String, Object> refresh(
            @RequestBody(required = false) Refresh given, HttpServletRequest request, HttpServletResponse response) {
        String token = refreshToken(given, request);
        Sessions.Issued issued = token == null ? null : sessions.refresh(token).orElse(null);
        if (issued != null) return tokens.tell(request, response, issued);
        tokens.clear(response);
        throw new Problem("session_ended");
    }

    /** Ends the session of the access token and that of the refresh token. */
    @PostMapping({"/api/auth/logout", "/logout"})
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void logout(@RequestBody(required = false) Refresh given, HttpServletRequest request, HttpServletResponse response) {
        SignedIn user = SignedIn.current();
        if (user != null) sessions.end(user.session().id());
        String token = refreshToken(given, request);
        if (token != null) sessions.endByRefreshToken(token);
        twoFactor.forget(request, response);
        tokens.clear(response);
    }

    private Authentication authenticated(String name, String password, HttpServletRequest request) {
        tries.take("login " + request.getRemoteAddr());
        if (name == null || password == null) throw Problem.malformed();
        return passwords.authenticate(unauthenticated(name, password));
    }

    private String refreshToken(Refresh given, HttpServletRequest request) {
        return given != null && given.refreshToken() != null ? given.refreshToken() : tokens.cookie(request, "refresh");
    }
}
