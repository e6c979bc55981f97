package example;

import com.nimbusds.jose.jwk.source.ImmutableSecret;
import io.github.twinlock.Clock;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseCookie;
import org.springframework.security.oauth2.core.DelegatingOAuth2TokenValidator;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;
import org.springframework.security.oauth2.jose.jws.MacAlgorithm;
import org.springframework.security.oauth2.jwt.JwsHeader;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtClaimsSet;
import org.springframework.security.oauth2.jwt.JwtEncoderParameters;
import org.springframework.security.oauth2.jwt.JwtException;
import org.springframework.security.oauth2.jwt.JwtIssuerValidator;
import org.springframework.security.oauth2.jwt.JwtTimestampValidator;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;
import org.springframework.security.oauth2.jwt.NimbusJwtEncoder;
import org.springframework.security.oauth2.server.resource.web.DefaultBearerTokenResolver;
import org.springframework.stereotype.Component;
import org.springframework.web.util.WebUtils;

/**
 * Access tokens, and how tokens travel: in HttpOnly cookies for our own pages, in bodies for API clients. A browser marks calls of our
 * own pages with {@code Sec-Fetch-Site: same-origin}, which no script can forge, so an injected script never gets hold of a token.
 */
@Component
class Tokens {
    private static final String ISSUER = "twinlock-example";
    private static final Duration DEVICE = Duration.ofDays(90);

    private final Settings settings;
    private final Sessions sessions;
    private final Accounts accounts;
    private final NimbusJwtEncoder encoder;
    private final NimbusJwtDecoder decoder;
    private final DefaultBearerTokenResolver header = new DefaultBearerTokenResolver();

    Tokens(Settings settings, Sessions sessions, Accounts accounts, Clock clock) {
        this.settings = settings;
        this.sessions = sessions;
        this.accounts = accounts;
        encoder = new NimbusJwtEncoder(new ImmutableSecret<>(settings.signingKey()));
        decoder = NimbusJwtDecoder.withSecretKey(settings.signingKey()).macAlgorithm(MacAlgorithm.HS256).build();
        JwtTimestampValidator times = new JwtTimestampValidator(Duration.ZERO);
        times.setClock(((InstantSource) () -> Instant.ofEpochMilli((long) (clock.now() * 1000))).withZone(ZoneOffset.UTC));
        times.setAllowEmptyExpiryClaim(false);
        decoder.setJwtValidator(new DelegatingOAuth2TokenValidator<>(times, new JwtIssuerValidator(ISSUER)));
    }

    /** Who brings a good access token whose sign-in goes on. */
    Optional<SignedIn> signedIn(HttpServletRequest request) {
        return accessToken(request).flatMap(this::decoded).flatMap(token -> sessions
                .find(token.getClaimAsString("sid"), token.getSubject())
                .flatMap(session -> accounts.byId(session.accountId()).map(account -> new SignedIn(account, said(token, session)))));
    }

    /** The members that tell of a sign-in or refresh, in the way this client is served; cookies are set on the response. */
    Map<String, Object> tell(HttpServletRequest request, HttpServletResponse response, Sessions.Issued issued) {
        Map<String, Object> told = tellAccess(request, response, issued.session());
        if (Doorkeeper.isOwnPage(request)) setCookie(response, "refresh", issued.refreshToken(), settings.refreshToken());
        else told.put("refresh_token", issued.refreshToken());
        return told;
    }

    /** The same for a session that goes on; its refresh token stays as it is. */
    Map<String, Object> tellAccess(HttpServletRequest request, HttpServletResponse response, Session session) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("expires_in", settings.accessToken().toSeconds());
        if (Doorkeeper.isOwnPage(request)) {
            setCookie(response, "access", encoded(session), settings.accessToken());
        } else {
            told.put("token_type", "Bearer");
            told.put("access_token", encoded(session));
        }
        return told;
    }

    /** Keeps the device token: in our cookie, or as a member that an API client sends back as {@code Twinlock-Device}. */
    Map<String, Object> tellDevice(HttpServletRequest request, HttpServletResponse response, String device) {
        if (device == null) return Map.of();
        if (!Doorkeeper.isOwnPage(request)) return Map.of("device", device);
        setCookie(response, "device", device, DEVICE);
        return Map.of();
    }

    String deviceOf(HttpServletRequest request) {
        String given = request.getHeader("Twinlock-Device");
        return given == null ? cookie(request, "device") : given;
    }

    /** Forgets the session in the browser; the device stays known. */
    void clear(HttpServletResponse response) {
        setCookie(response, "access", "", Duration.ZERO);
        setCookie(response, "refresh", "", Duration.ZERO);
    }

    /** {@code null} where the browser sent none. */
    String cookie(HttpServletRequest request, String name) {
        var cookie = WebUtils.getCookie(request, cookieName(name));
        return cookie == null ? null : cookie.getValue();
    }

    private String encoded(Session session) {
        Instant now = Instant.ofEpochSecond(sessions.now());
        JwtClaimsSet.Builder claims = JwtClaimsSet.builder()
                .issuer(ISSUER).subject(session.accountId()).id(UUID.randomUUID().toString())
                .issuedAt(now).expiresAt(now.plus(settings.accessToken()))
                .claim("sid", session.id()).claim("amr", Arrays.asList(session.amr().split(" ")));
        if (session.tfa() != null) claims.claim("tfa", session.tfa());
        JwsHeader algorithm = JwsHeader.with(MacAlgorithm.HS256).build();
        return encoder.encode(JwtEncoderParameters.from(algorithm, claims.build())).getTokenValue();
    }

    private Optional<Jwt> decoded(String token) {
        try {
            return Optional.of(decoder.decode(token));
        } catch (JwtException notGood) {
            return Optional.empty();
        }
    }

    /** What the token says counts, not what the session has learnt since. */
    private static Session said(Jwt token, Session session) {
        String amr = String.join(" ", token.getClaimAsStringList("amr"));
        return new Session(session.id(), session.accountId(), amr, token.getClaimAsString("tfa"), session.beganAt());
    }

    /** Of the header {@code Authorization}, whatever it holds, and else of our own cookie. */
    private Optional<String> accessToken(HttpServletRequest request) {
        if (request.getHeader(HttpHeaders.AUTHORIZATION) == null) return Optional.ofNullable(cookie(request, "access"));
        try {
            return Optional.ofNullable(header.resolve(request));
        } catch (OAuth2AuthenticationException malformed) {
            return Optional.empty();
        }
    }

    private void setCookie(HttpServletResponse response, String name, String value, Duration age) {
        ResponseCookie cookie = ResponseCookie.from(cookieName(name), value)
                .path("/").maxAge(age).httpOnly(true).secure(settings.https()).sameSite("Lax").build();
        response.addHeader(HttpHeaders.SET_COOKIE, cookie.toString());
    }

    private String cookieName(String name) {
        return settings.https() ? "__Host-" + name : name;
    }
}
