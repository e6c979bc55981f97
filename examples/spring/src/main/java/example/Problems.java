package example;

import io.github.twinlock.HttpContract;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.web.HttpMediaTypeNotSupportedException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import tools.jackson.databind.json.JsonMapper;

/** Refusals as RFC 9457 problems, in the same shape as Twinlock's own. */
@RestControllerAdvice
class Problems {
    private record Own(int status, String title) {}

    private static final Map<String, Own> OWN = Map.of(
            "wrong_credentials", new Own(401, "the name or the password is wrong"),
            "session_ended", new Own(401, "the session has ended, sign in again"),
            "sign_in_again", new Own(403, "the password was given too long ago, sign in again"),
            "not_your_account", new Own(403, "this is somebody else's account"),
            "username_taken", new Own(409, "this user name is taken"),
            "email_taken", new Own(409, "this e-mail address is taken"),
            "too_many_requests", new Own(429, "too many attempts, wait a little"));

    private final JsonMapper json;

    Problems(JsonMapper json) {
        this.json = json;
    }

    @ExceptionHandler
    void problem(Problem problem, HttpServletResponse response) throws IOException {
        send(response, problem);
    }

    /** Unknown names and wrong passwords alike. */
    @ExceptionHandler
    void wrong(AuthenticationException error, HttpServletResponse response) throws IOException {
        send(response, new Problem("wrong_credentials"));
    }

    @ExceptionHandler
    void unreadable(HttpMessageNotReadableException error, HttpServletResponse response) throws IOException {
        send(response, Problem.malformed());
    }

    @ExceptionHandler
    void unsupported(HttpMediaTypeNotSupportedException error, HttpServletResponse response) throws IOException {
        send(response, new Problem("not_json"));
    }

    /** Also for filters, which no controller's advice hears of. */
    void send(HttpServletResponse response, Problem problem) throws IOException {
        Map<String, Object> body = body(problem);
        int status = ((Number) body.get("status")).intValue();
        response.setStatus(status);
        if (status == 401) response.setHeader(HttpHeaders.WWW_AUTHENTICATE, "Bearer realm=\"account\"");
        if (problem.retryAfter() != null) response.setHeader(HttpHeaders.RETRY_AFTER, problem.retryAfter().toString());
        response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
        response.getOutputStream().write(json.writeValueAsString(body).getBytes(StandardCharsets.UTF_8));
    }

    @SuppressWarnings("unchecked")
    private Map<String, Object> body(Problem problem) {
        Own own = OWN.get(problem.code());
        if (own == null) return json.readValue(HttpContract.problem(problem.code()), Map.class);
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("type", "about:blank");
        body.put("title", own.title());
        body.put("status", own.status());
        body.put("code", problem.code());
        if (problem.retryAfter() != null) body.put("retry_after", problem.retryAfter());
        return body;
    }
}
