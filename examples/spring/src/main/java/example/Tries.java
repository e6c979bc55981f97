package example;

import io.github.twinlock.Clock;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.stereotype.Component;

/** So many tries in a minute for each address or account. Where there are several processes, keep them in a place that all share. */
@Component
class Tries {
    private static final double MINUTE = 60;
    private static final int KEPT = 10_000;

    private record Minute(double began, int used) {}

    private final Map<String, Minute> minutes = new ConcurrentHashMap<>();
    private final int most;
    private final Clock clock;

    Tries(Settings settings, Clock clock) {
        this.most = settings.triesPerMinute();
        this.clock = clock;
    }

    /** Counts one; refused with {@code too_many_requests}. */
    void take(String key) {
        double now = clock.now();
        if (minutes.size() > KEPT) minutes.values().removeIf(one -> now - one.began >= MINUTE);
        Minute minute = minutes.compute(key, (ignored, one) ->
                one == null || now - one.began >= MINUTE ? new Minute(now, 1) : new Minute(one.began, one.used + 1));
        if (minute.used > most) throw new Problem("too_many_requests", (long) (minute.began + MINUTE - now) + 1);
    }
}
