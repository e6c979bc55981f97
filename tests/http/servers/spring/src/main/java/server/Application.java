package server;

import io.github.twinlock.BlockingStorage;
import io.github.twinlock.Clock;
import io.github.twinlock.KeyRing;
import io.github.twinlock.http.Answered;
import io.github.twinlock.http.Occasion;
import io.github.twinlock.spring.Administrators;
import io.github.twinlock.spring.AssuranceReader;
import io.github.twinlock.spring.PasswordCheck;
import io.github.twinlock.spring.SecondFactorRequirement;
import io.github.twinlock.spring.SessionSignIn;
import io.github.twinlock.spring.SignIn;
import io.github.twinlock.spring.TwoFactorUsers;
import io.github.twinlock.testing.VirtualClock;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnExpression;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.intercept.AuthorizationFilter;
import org.springframework.security.web.csrf.CsrfToken;
import org.springframework.security.web.csrf.DefaultCsrfToken;
import org.springframework.security.web.firewall.HttpFirewall;
import org.springframework.security.web.firewall.StrictHttpFirewall;
import org.springframework.security.web.session.DisableEncodeUrlFilter;
import org.springframework.web.filter.OncePerRequestFilter;

/** An application with its own users and its own way to remember who is signed in. */
@Configuration
@EnableAutoConfiguration
@Import({ApplicationCalls.class, TestCalls.class})
class Application {
    @Value("${test.name}")
    private String name;

    @Bean
    BlockingStorage storage() {
        return new FaultyStorage();
    }

    @Bean
    KeyRing keys() {
        return KeyRing.generate();
    }

    @Bean
    Clock clock() {
        return new VirtualClock();
    }

    @Bean
    Tokens tokens() {
        return new Tokens(name.equals("cookie"));
    }

    @Bean
    SignIn signIn(Tokens tokens, TwoFactorUsers users) {
        SignIn inSession = new SessionSignIn(users);
        return (request, response, verified) -> {
            Map<String, Object> told = new HashMap<>();
            told.put("occasion", verified.getOccasion().getText());
            told.put("carry", verified.getCarry());
            told.put("enrollment_required", verified.getEnrollmentRequired());
            if (name.equals("session")) inSession.signIn(request, response, verified);
            else told.putAll(tokens.issue(new Account(verified.getUserId()), verified, response));
            return Answered.members(told);
        };
    }

    @Bean
    SecondFactorRequirement requirement() {
        return user -> user.getId().startsWith("must-");
    }

    @Bean
    @ConditionalOnExpression("'${test.name}' != 'strict'")
    Administrators administrators() {
        return authentication -> ((Account) authentication.getPrincipal()).id().startsWith("admin-");
    }

    @Bean
    @ConditionalOnProperty(name = "test.name", havingValue = "strict")
    PasswordCheck passwords() {
        return (user, password) -> new Account(user.getId()).hasPassword(password);
    }

    @Bean
    @ConditionalOnProperty(name = "test.name", havingValue = "claim")
    AssuranceReader claim(Tokens tokens) {
        return request -> {
            Tokens.Token token = tokens.of(request);
            return token == null ? null : token.tfa();
        };
    }

    /** Ids of users hold whatever they hold, and are never a path of ours. */
    @Bean
    HttpFirewall firewall() {
        StrictHttpFirewall firewall = new StrictHttpFirewall();
        firewall.setAllowUrlEncodedSlash(true);
        firewall.setAllowUrlEncodedDoubleSlash(true);
        firewall.setAllowUrlEncodedPercent(true);
        firewall.setAllowUrlEncodedPeriod(true);
        firewall.setAllowUrlEncodedLineFeed(true);
        firewall.setAllowUrlEncodedCarriageReturn(true);
        firewall.setAllowNull(true);
        firewall.setAllowSemicolon(true);
        firewall.setAllowBackSlash(true);
        return firewall;
    }

    @Bean
    SecurityFilterChain security(HttpSecurity http, Tokens tokens) throws Exception {
        return http.csrf(AbstractHttpConfigurer::disable)
                .logout(AbstractHttpConfigurer::disable)
                .authorizeHttpRequests(requests -> requests.anyRequest().permitAll())
                .addFilterBefore(new AccessLog(name), DisableEncodeUrlFilter.class)
                .addFilterBefore(new TokenFilter(name, tokens), AuthorizationFilter.class)
                .build();
    }

    /** As a server's access log. */
    private static final class AccessLog extends OncePerRequestFilter {
        private final String name;

        AccessLog(String name) {
            this.name = name;
        }

        @Override
        protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
                throws ServletException, IOException {
            if (name.equals("session")) {
                CsrfToken token = new DefaultCsrfToken("X-CSRF-TOKEN", "_csrf", "csrf-token");
                request.setAttribute(CsrfToken.class.getName(), token);
            }
            chain.doFilter(request, response);
            String query = request.getQueryString() == null ? "" : "?" + request.getQueryString();
            System.out.println(request.getMethod() + " " + request.getRequestURI() + query + " " + response.getStatus());
        }
    }

    /** Who is signed in, where that is not in the session. */
    private static final class TokenFilter extends OncePerRequestFilter {
        private final String name;
        private final Tokens tokens;

        TokenFilter(String name, Tokens tokens) {
            this.name = name;
            this.tokens = tokens;
        }

        @Override
        protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
                throws ServletException, IOException {
            Tokens.Token token = name.equals("session") ? null : tokens.of(request);
            if (token != null) {
                var context = SecurityContextHolder.createEmptyContext();
                context.setAuthentication(token.account().signedIn());
                SecurityContextHolder.setContext(context);
            }
            chain.doFilter(request, response);
        }
    }
}
