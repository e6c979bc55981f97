package bench;

import io.github.twinlock.BlockingTwoFactor;
import io.github.twinlock.FirstFactorOptions;
import io.github.twinlock.KeyRing;
import io.github.twinlock.MemoryStorage;
import io.github.twinlock.TwoFactorException;
import io.github.twinlock.testing.EnrollKt;
import io.github.twinlock.testing.EnrolledPhone;
import io.github.twinlock.testing.VirtualClock;
import java.util.ArrayList;
import java.util.List;
import kotlin.Unit;

/**
 * A whole {@code verify} over {@code MemoryStorage}. Timed: open the challenge, load, open the record, decide, seal, save, answer.
 * Challenge and code are made before, on a clock that stands still.
 */
final class SignIn {
    private static final String USER = "42";
    /** Seconds after which every code of the window is an unused one. */
    private static final int PAST_THE_WINDOW = 90;

    private final VirtualClock clock = new VirtualClock();
    private final MemoryStorage storage = new MemoryStorage();
    private final KeyRing keys = KeyRing.generate();
    private final BlockingTwoFactor twoFactor =
            BlockingTwoFactor.builder("Acme", storage).keys(keys).clock(clock).build();
    private final EnrolledPhone enrolled = EnrollKt.enroll(twoFactor, USER, clock);

    /** The names are those that {@code bench/measure/kotlin.py} shows. */
    static List<Contestant> contestants() {
        return List.of(
                new Contestant("right code, known browser", count -> new SignIn().known(count)),
                new Contestant("right code, new browser each time", count -> new SignIn().unknown(count)),
                new Contestant("wrong code, counted", count -> new SignIn().counted(count)),
                new Contestant("used code again", count -> new SignIn().replayed(count)),
                new Contestant("any code while throttled", count -> new SignIn().throttled(count)),
                new Contestant("right code, known browser, suspending", count -> new SignIn().suspending(count)));
    }

    private String challenge(String user, String device) {
        return twoFactor.afterFirstFactor(user, FirstFactorOptions.builder().device(device).fresh(true).build()).getChallenge();
    }

    private List<Try> tries(int count, String device) {
        List<Try> tries = new ArrayList<>();
        for (int number = 0; number < count; number++) {
            clock.advance(PAST_THE_WINDOW);
            tries.add(new Try(clock.now(), challenge(USER, device), enrolled.getPhone().code()));
        }
        return tries;
    }

    private Contestant.Tries signIns(int count, String device) {
        List<Try> tries = tries(count, device);
        return () -> {
            for (Try each : tries) {
                clock.set(each.now());
                twoFactor.verify(each.challenge(), each.code());
            }
        };
    }

    private Contestant.Tries known(int count) {
        return signIns(count, enrolled.getEnrolled().getDevice());
    }

    private Contestant.Tries unknown(int count) throws Exception {
        signIns(20, null).run(); // the record is full now: 10 devices, 16 challenges
        return signIns(count, null);
    }

    private Contestant.Tries counted(int count) {
        List<Try> tries = new ArrayList<>();
        for (int number = 0; number < count; number++) {
            // One user each: a second wrong code soon meets the throttle.
            String user = "user " + number;
            String wrong = EnrollKt.enroll(twoFactor, user, clock).getPhone().wrongCode();
            tries.add(new Try(clock.now(), challenge(user, null), wrong));
        }
        clock.advance(PAST_THE_WINDOW);
        return () -> {
            for (Try each : tries) refused(each.challenge(), each.code(), "invalid_code");
        };
    }

    private Contestant.Tries replayed(int count) {
        return refusals(challenge(USER, null), enrolled.getPhone().code(), "invalid_code", count); // enrollment has used it
    }

    private Contestant.Tries throttled(int count) {
        clock.advance(PAST_THE_WINDOW); // a window with used steps is charged less
        String challenge = challenge(USER, null);
        String wrong = enrolled.getPhone().wrongCode();
        for (int number = 0; number < 4; number++) refused(challenge, wrong, "invalid_code");
        return refusals(challenge, wrong, "throttled", count);
    }

    private Contestant.Tries refusals(String challenge, String code, String expected, int count) {
        return () -> {
            for (int number = 0; number < count; number++) refused(challenge, code, expected);
        };
    }

    private void refused(String challenge, String code, String expected) {
        try {
            twoFactor.verify(challenge, code);
        } catch (TwoFactorException refusal) {
            if (refusal.getCode().equals(expected)) return;
            throw refusal;
        }
        throw new IllegalStateException("a wrong code was taken");
    }

    private Contestant.Tries suspending(int count) {
        Suspending other = new Suspending(storage, keys, clock);
        List<Try> tries = tries(count, enrolled.getEnrolled().getDevice());
        return () -> other.signIns(tries, now -> {
            clock.set(now);
            return Unit.INSTANCE;
        });
    }
}
