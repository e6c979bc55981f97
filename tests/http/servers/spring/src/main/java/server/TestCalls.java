package server;

import io.github.twinlock.BlockingStorage;
import io.github.twinlock.Clock;
import io.github.twinlock.testing.VirtualClock;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.web.context.HttpSessionSecurityContextRepository;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** What only a test may have. */
@RestController
class TestCalls {
    private static final List<Class<?>> PLAIN = List.of(String.class, Number.class, Boolean.class, List.class, Map.class);

    private final FaultyStorage storage;
    private final VirtualClock clock;
    private final Tokens tokens;
    private final boolean inSession;

    TestCalls(BlockingStorage storage, Clock clock, Tokens tokens, @Value("${test.name}") String name) {
        this.storage = (FaultyStorage) storage;
        this.clock = (VirtualClock) clock;
        this.tokens = tokens;
        this.inSession = name.equals("session");
    }

    @PostMapping("/test/sign-in")
    Map<String, Object> signIn(@RequestBody Map<String, Object> body, HttpServletRequest request, HttpServletResponse response) {
        Account account = new Account((String) body.get("id"));
        if (!inSession) return tokens.issue(account, null, response);
        SecurityContext context = SecurityContextHolder.createEmptyContext();
        context.setAuthentication(account.signedIn());
        new HttpSessionSecurityContextRepository().saveContext(context, request, response);
        return Map.of();
    }

    @GetMapping("/test/clock")
    Map<String, Object> clock() {
        return Map.of("now", clock.now());
    }

    @PostMapping("/test/clock")
    Map<String, Object> advance(@RequestBody Map<String, Object> body) {
        clock.advance(((Number) body.get("advance")).longValue());
        return clock();
    }

    @GetMapping("/test/session")
    Map<String, Object> session(HttpServletRequest request) {
        HttpSession session = request.getSession();
        Map<String, Object> data = new HashMap<>();
        for (String name : Collections.list(session.getAttributeNames())) {
            Object value = session.getAttribute(name);
            data.put(name, PLAIN.stream().anyMatch(type -> type.isInstance(value)) ? value : String.valueOf(value));
        }
        return Map.of("id", session.getId(), "data", data);
    }

    @PostMapping("/test/session")
    Map<String, Object> fill(@RequestBody Map<String, Object> body, HttpSession session) {
        body.forEach(session::setAttribute);
        return Map.of();
    }

    @PostMapping("/test/storage")
    Map<String, Object> fault(@RequestBody Map<String, Object> body) {
        storage.fault = (String) body.get("fault");
        return Map.of();
    }

    @GetMapping("/test/logs")
    Map<String, Object> logs() {
        return Map.of("lines", Lines.all());
    }
}
