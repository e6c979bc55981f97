package bench;

import com.eatthepath.otp.TimeBasedOneTimePasswordGenerator;
import com.warrenstrange.googleauth.GoogleAuthenticator;
import io.github.twinlock.testing.FakePhone;
import io.github.twinlock.testing.VirtualClock;
import java.security.Key;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import javax.crypto.spec.SecretKeySpec;
import org.apache.commons.codec.binary.Base32;

/**
 * Bare checks of a wrong code, window ±1, without user, storage, sealing, lockout or replay protection. The key is read from base32
 * each time, as a server does that loads it with the user.
 */
final class Peers {
    private static final String SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    private static final long NOW = 1_700_000_000;
    private static final FakePhone PHONE = new FakePhone(SECRET, new VirtualClock(NOW));

    private Peers() {}

    static java.util.List<Contestant> contestants() {
        return java.util.List.of(
                new Contestant("java-otp, key per call", count -> checks(Peers::javaOtp, count)),
                new Contestant("GoogleAuth, key per call", count -> checks(Peers::googleAuth, count)));
    }

    private interface Check {
        boolean takes(int code) throws Exception;
    }

    private static Contestant.Tries checks(Check check, int count) throws Exception {
        if (!check.takes(Integer.parseInt(PHONE.code()))) throw new IllegalStateException("a right code was refused");
        int wrong = wrongCode();
        return () -> {
            for (int number = 0; number < count; number++) {
                if (check.takes(wrong)) throw new IllegalStateException("a wrong code was taken");
            }
        };
    }

    /** Above 0, which GoogleAuth refuses without a look. */
    private static int wrongCode() {
        Set<Integer> right = new HashSet<>();
        for (int step = -1; step <= 1; step++) right.add(Integer.parseInt(PHONE.codeAfter(step)));
        int wrong = 1;
        while (right.contains(wrong)) wrong++;
        return wrong;
    }

    private static final TimeBasedOneTimePasswordGenerator TOTP = new TimeBasedOneTimePasswordGenerator();

    private static boolean javaOtp(int code) throws Exception {
        Key key = new SecretKeySpec(new Base32().decode(SECRET), TOTP.getAlgorithm());
        for (int step = -1; step <= 1; step++) {
            if (TOTP.generateOneTimePassword(key, Instant.ofEpochSecond(NOW + step * 30L)) == code) return true;
        }
        return false;
    }

    private static final GoogleAuthenticator GOOGLE = new GoogleAuthenticator(); // its window of 3 is ±1

    private static boolean googleAuth(int code) {
        return GOOGLE.authorize(SECRET, code, NOW * 1000);
    }
}
