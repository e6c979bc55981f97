package example;

import static org.springframework.security.authorization.AuthorityAuthorizationManager.hasRole;
import static org.springframework.security.authorization.AuthorizationManagers.allOf;

import com.password4j.Argon2Function;
import com.password4j.types.Argon2;
import io.github.twinlock.spring.TwoFactorAuthorization;
import jakarta.servlet.DispatcherType;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpMethod;
import org.springframework.security.authentication.AuthenticationManager;
import org.springframework.security.authentication.ProviderManager;
import org.springframework.security.authentication.dao.DaoAuthenticationProvider;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.annotation.web.configurers.HeadersConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.crypto.password.PasswordEncoder;
import org.springframework.security.crypto.password4j.Argon2Password4jPasswordEncoder;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.AnonymousAuthenticationFilter;
import org.springframework.security.web.header.writers.ReferrerPolicyHeaderWriter.ReferrerPolicy;

/** Who may call what. What a second factor is needed for stands beside it, or on the handler. */
@Configuration(proxyBeanMethods = false)
class Security {
    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
                    + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

    /** OWASP: argon2id, 19 MiB, two passes. */
    @Bean
    PasswordEncoder passwords() {
        return new Argon2Password4jPasswordEncoder(Argon2Function.getInstance(19_456, 2, 1, 32, Argon2.ID));
    }

    /** The first factor. Unknown names take as long as known ones. */
    @Bean
    AuthenticationManager authenticationManager(UserDetailsService accounts, PasswordEncoder passwords) {
        DaoAuthenticationProvider provider = new DaoAuthenticationProvider(accounts);
        provider.setPasswordEncoder(passwords);
        return new ProviderManager(provider);
    }

    @Bean
    SecurityFilterChain chain(HttpSecurity http, Tokens tokens, Problems problems, TwoFactorAuthorization twoFactor) {
        return http
                // Forged requests are refused by Doorkeeper: where cookies count, the origin has to be ours.
                .csrf(AbstractHttpConfigurer::disable)
                .sessionManagement(sessions -> sessions.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .requestCache(AbstractHttpConfigurer::disable)
                .logout(AbstractHttpConfigurer::disable)
                .headers(Security::headers)
                .exceptionHandling(handling -> handling
                        .authenticationEntryPoint((request, response, error) -> problems.send(response, new Problem("not_signed_in")))
                        .accessDeniedHandler((request, response, error) ->
                                problems.send(response, new Problem("not_administrator"))))
                .addFilterBefore(new Doorkeeper(tokens, problems), AnonymousAuthenticationFilter.class)
                .authorizeHttpRequests(requests -> requests
                        .dispatcherTypeMatchers(DispatcherType.ERROR).permitAll()
                        .requestMatchers(HttpMethod.GET, Pages.OPEN).permitAll()
                        .requestMatchers(HttpMethod.POST, "/register", "/login", "/refresh", "/logout", "/api/auth/*").permitAll()
                        .requestMatchers("/api/admin/**").access(allOf(hasRole("ADMIN"), twoFactor.ifEnabled()))
                        .requestMatchers("/resource").access(twoFactor.ifEnabled())
                        .anyRequest().authenticated())
                .build();
    }

    private static void headers(HeadersConfigurer<HttpSecurity> headers) {
        headers.contentSecurityPolicy(policy -> policy.policyDirectives(POLICY))
                .referrerPolicy(referrer -> referrer.policy(ReferrerPolicy.SAME_ORIGIN));
    }
}
