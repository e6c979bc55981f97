package server;

import io.github.twinlock.http.LoginOptions;
import io.github.twinlock.spring.RequiresSecondFactor;
import io.github.twinlock.spring.TwoFactorWeb;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.springframework.http.HttpStatus;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.web.authentication.logout.SecurityContextLogoutHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/** What any application has. */
@RestController
class ApplicationCalls {
    private final TwoFactorWeb twoFactor;
    private final Tokens tokens;

    ApplicationCalls(TwoFactorWeb twoFactor, Tokens tokens) {
        this.twoFactor = twoFactor;
        this.tokens = tokens;
    }

    @PostMapping("/login")
    void login(@RequestBody Map<String, Object> body, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        Account account = new Account(String.valueOf(body.get("username")));
        if (!account.hasPassword(body.get("password"))) {
            response.setStatus(401);
            response.setContentType("application/json");
            response.getWriter().write("{\"detail\":\"wrong password\"}");
            return;
        }
        List<String> nextCodes = given(body, "next_codes", List.class, List.of());
        if (!nextCodes.stream().allMatch(String.class::isInstance)) throw unreadable();
        LoginOptions options = new LoginOptions(
                given(body, "code", String.class, null),
                nextCodes,
                given(body, "trust_device", Boolean.class, false),
                given(body, "carry", String.class, null),
                given(body, "one_call", Boolean.class, false));
        twoFactor.login(request, response, account.signedIn(), options);
    }

    @PostMapping("/logout")
    Map<String, Object> logout(HttpServletRequest request, HttpServletResponse response) {
        twoFactor.forget(request, response);
        tokens.revoke(request, response);
        new SecurityContextLogoutHandler().logout(request, response, null);
        return Map.of();
    }

    @GetMapping("/guarded")
    @RequiresSecondFactor
    Map<String, Object> guarded(@AuthenticationPrincipal Account account) {
        return Map.of("id", account.id());
    }

    @GetMapping("/guarded/fresh")
    @RequiresSecondFactor(maxAge = 300)
    Map<String, Object> fresh(@AuthenticationPrincipal Account account) {
        return Map.of("id", account.id());
    }

    @GetMapping("/guarded/optional")
    @RequiresSecondFactor(ifEnabled = true)
    Map<String, Object> optional(@AuthenticationPrincipal Account account) {
        return Map.of("id", account.id());
    }

    @SuppressWarnings("unchecked")
    private static <T> T given(Map<String, Object> body, String name, Class<?> type, T otherwise) {
        Object value = body.get(name);
        if (value != null && !type.isInstance(value)) throw unreadable();
        return value == null ? otherwise : (T) value;
    }

    private static ResponseStatusException unreadable() {
        return new ResponseStatusException(HttpStatus.UNPROCESSABLE_CONTENT);
    }
}
