package example;

import java.net.URI;
import java.time.Duration;
import java.util.Base64;
import java.util.Set;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The application's own settings; those of the second factor are {@code twinlock.*}.
 *
 * @param data folder of the database
 * @param jwtKey signs access tokens: base64 of 32 bytes
 * @param frontendUrl the address people open; over https cookies are {@code __Host-} and {@code Secure}
 * @param devPhone shows the pretend phone; on this machine only
 * @param accessToken how long an access token lasts
 * @param refreshToken how long a sign-in lasts without being used
 * @param triesPerMinute sign-ins per address, questions for the password per account
 */
@ConfigurationProperties("example")
public record Settings(
        String data,
        String jwtKey,
        URI frontendUrl,
        @DefaultValue("false") boolean devPhone,
        @DefaultValue("15m") Duration accessToken,
        @DefaultValue("30d") Duration refreshToken,
        @DefaultValue("30") int triesPerMinute) {
    private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "[::1]");

    /** Refuses what would be insecure, and says what to change. */
    public Settings {
        if (data == null || data.isBlank()) throw new IllegalArgumentException("set EXAMPLE_DATA to the folder of the database");
        if (key(jwtKey).getEncoded().length < 32) {
            throw new IllegalArgumentException("set EXAMPLE_JWT_KEY to 32 random bytes in base64: openssl rand -base64 32");
        }
        if (frontendUrl == null || frontendUrl.getHost() == null) {
            throw new IllegalArgumentException("set EXAMPLE_FRONTEND_URL to the address people open, such as https://app.example.com");
        }
        boolean local = LOOPBACK.contains(frontendUrl.getHost());
        if (!"https".equals(frontendUrl.getScheme()) && !(local && "http".equals(frontendUrl.getScheme()))) {
            throw new IllegalArgumentException("EXAMPLE_FRONTEND_URL must be https:// for any address but this machine");
        }
        if (devPhone && !local) throw new IllegalArgumentException("the pretend phone shows codes on screen: on this machine only");
    }

    boolean https() {
        return "https".equals(frontendUrl.getScheme());
    }

    SecretKey signingKey() {
        return key(jwtKey);
    }

    /** Silent about the key. */
    @Override
    public String toString() {
        return "Settings[frontendUrl=" + frontendUrl + "]";
    }

    private static SecretKey key(String base64) {
        byte[] bytes = base64 == null ? new byte[0] : Base64.getDecoder().decode(base64);
        return new SecretKeySpec(bytes.length == 0 ? new byte[1] : bytes, "HmacSHA256");
    }
}
