package server;

import io.github.twinlock.http.Verified;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The application's own tokens: in a cookie, or in the header {@code Authorization}. */
final class Tokens {
    record Token(Account account, String tfa) {}

    private final Map<String, Token> all = new ConcurrentHashMap<>();
    private final boolean inCookie;

    Tokens(boolean inCookie) {
        this.inCookie = inCookie;
    }

    Token of(HttpServletRequest request) {
        String name = nameIn(request);
        return name == null ? null : all.get(name);
    }

    /** Signs in; gives the members of the answer. */
    Map<String, Object> issue(Account account, Verified verified, HttpServletResponse response) {
        byte[] random = new byte[18];
        new SecureRandom().nextBytes(random);
        String name = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        String tfa = verified == null ? null : verified.getAssurance();
        all.put(name, new Token(account, tfa));
        if (!inCookie) return Map.of("access_token", name);
        response.addHeader("Set-Cookie", "host=" + name + "; Path=/; HttpOnly; SameSite=Lax");
        return Map.of();
    }

    void revoke(HttpServletRequest request, HttpServletResponse response) {
        String name = nameIn(request);
        if (name != null) all.remove(name);
        if (inCookie) response.addHeader("Set-Cookie", "host=; Path=/; Max-Age=0");
    }

    private String nameIn(HttpServletRequest request) {
        if (inCookie) {
            Cookie[] cookies = request.getCookies();
            if (cookies == null) return null;
            for (Cookie cookie : cookies) if (cookie.getName().equals("host")) return cookie.getValue();
            return null;
        }
        String header = request.getHeader("Authorization");
        return header != null && header.startsWith("Bearer ") ? header.substring("Bearer ".length()) : null;
    }
}
