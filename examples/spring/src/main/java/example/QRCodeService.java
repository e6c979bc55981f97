package example;

import io.github.twinlock.BeginOptions;
import io.github.twinlock.BlockingTwoFactor;
import io.github.twinlock.Enrolled;
import io.github.twinlock.Enrollment;
import java.util.Optional;
import org.springframework.stereotype.Service;

/** Switching the second factor on by a picture and one code. */
@Service
class QRCodeService {
    /** The picture shows a secret: to a session whose password is not older than this, in seconds. */
    private static final long FRESH = 300;

    private final BlockingTwoFactor twoFactor;
    private final Sessions sessions;

    QRCodeService(BlockingTwoFactor twoFactor, Sessions sessions) {
        this.twoFactor = twoFactor;
        this.sessions = sessions;
    }

    /** The picture to scan, as PNG: the same one until it is confirmed or ten minutes old. */
    byte[] picture(SignedIn user) {
        Account account = user.account();
        if (twoFactor.status(account.id()).getEnabled()) throw new Problem("already_enrolled");
        if (sessions.now() - user.session().beganAt() > FRESH) throw new Problem("sign_in_again");
        Optional<String> begun = sessions.setup(user.session());
        Enrollment enrollment = twoFactor.beginEnrollment(
                account.id(), account.getAccountName(), BeginOptions.builder().setup(begun.orElse(null)).build());
        sessions.keepSetup(user.session(), enrollment.getSetup(), enrollment.getExpiresAt());
        return enrollment.qrPng();
    }

    /** Switches it on. */
    Enrolled confirm(SignedIn user, String code) {
        String setup = sessions.setup(user.session()).orElseThrow(() -> new Problem("setup_expired"));
        return twoFactor.confirmEnrollment(user.account().id(), setup, code);
    }
}
