package example;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Set;
import org.springframework.http.HttpHeaders;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Says who is calling, by the access token; a token that is not good is no token. And refuses what another site makes a browser send
 * in the user's name: where cookies count, an unsafe request comes from a page of ours.
 */
final class Doorkeeper extends OncePerRequestFilter {
    private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS");
    private static final long LONGEST = 10_000;

    private final Tokens tokens;
    private final Problems problems;

    Doorkeeper(Tokens tokens, Problems problems) {
        this.tokens = tokens;
        this.problems = problems;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (!SAFE.contains(request.getMethod()) && !isFromHere(request)) {
            problems.send(response, new Problem("origin_refused"));
        } else if (isTooLong(request)) {
            problems.send(response, new Problem("too_large"));
        } else {
            tokens.signedIn(request).ifPresent(Doorkeeper::letIn);
            goOn(request, response, chain);
        }
    }

    /** What our hooks refuse inside Twinlock's filter no controller's advice hears of. */
    private void goOn(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        try {
            chain.doFilter(request, response);
        } catch (Problem problem) {
            if (response.isCommitted()) throw problem;
            problems.send(response, problem);
        }
    }

    /** A request without a length is read by nobody here, except Twinlock, which stops by itself. */
    private static boolean isTooLong(HttpServletRequest request) {
        boolean chunked = request.getHeader(HttpHeaders.TRANSFER_ENCODING) != null;
        boolean twinlocks = request.getRequestURI().startsWith(TwoFactorSetup.BASE + "/");
        return !twinlocks && (chunked || request.getContentLengthLong() > LONGEST);
    }

    private static void letIn(SignedIn signedIn) {
        SecurityContext context = SecurityContextHolder.createEmptyContext();
        context.setAuthentication(signedIn);
        SecurityContextHolder.setContext(context);
    }

    /** Clients that are not browsers say nothing of an origin and pass; another site cannot send {@code Authorization} unasked. */
    private static boolean isFromHere(HttpServletRequest request) {
        if (request.getHeader(HttpHeaders.AUTHORIZATION) != null) return true;
        String site = request.getHeader("Sec-Fetch-Site");
        if (site != null) return site.equals("same-origin") || site.equals("none");
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        return origin == null || origin.equals(originOf(request));
    }

    /** Whether the request comes from a page that this application served; browsers of before 2023 say so by {@code Origin}. */
    static boolean isOwnPage(HttpServletRequest request) {
        String site = request.getHeader("Sec-Fetch-Site");
        if (site != null) return site.equals("same-origin");
        return originOf(request).equals(request.getHeader(HttpHeaders.ORIGIN));
    }

    private static String originOf(HttpServletRequest request) {
        int usual = request.getScheme().equals("https") ? 443 : 80;
        String port = request.getServerPort() == usual ? "" : ":" + request.getServerPort();
        return request.getScheme() + "://" + request.getServerName() + port;
    }
}
