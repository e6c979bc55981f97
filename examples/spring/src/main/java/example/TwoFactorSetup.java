package example;

import io.github.twinlock.Clock;
import io.github.twinlock.TwoFactorEvent;
import io.github.twinlock.http.Answered;
import io.github.twinlock.http.Occasion;
import io.github.twinlock.http.Verified;
import io.github.twinlock.spring.AssuranceReader;
import io.github.twinlock.spring.DeviceReader;
import io.github.twinlock.spring.PasswordCheck;
import io.github.twinlock.spring.SignIn;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;

/** What ties Twinlock's starter to our accounts and tokens; the rest is in application.properties. */
@Configuration(proxyBeanMethods = false)
class TwoFactorSetup {
    /** Where the contract stands, as application.properties says. */
    static final String BASE = "/api/auth/2fa";

    private static final Logger LOG = LoggerFactory.getLogger("audit");
    private static final Set<String> CODES = Set.of("totp", "backup_code");

    @Bean
    Clock clock() {
        return Clock.SYSTEM;
    }

    /**
     * Makes the tokens of somebody who has proved who they are. A sign-in begins a session; setup and step-up go on with the one there
     * is. Sessions of this account from before the second factor end.
     */
    @Bean
    SignIn signIn(Sessions sessions, Tokens tokens) {
        return (request, response, verified) -> {
            String amr = CODES.contains(verified.getMethod()) ? Session.PASSWORD_AND_CODE : Session.PASSWORD;
            Map<String, Object> told = begins(verified)
                    ? tokens.tell(request, response, sessions.begin(verified.getUserId(), amr, verified.getAssurance()))
                    : tokens.tellAccess(
                            request, response, sessions.prove(SignedIn.current().session(), amr, verified.getAssurance()));
            if (verified.getAssurance() != null) sessions.endUnproven(verified.getUserId());
            told.putAll(tokens.tellDevice(request, response, verified.getDevice()));
            return Answered.members(told);
        };
    }

    private static boolean begins(Verified verified) {
        return verified.getOccasion() == Occasion.SIGN_IN;
    }

    /** The proof is the claim {@code tfa} of our access token. */
    @Bean
    AssuranceReader assurance() {
        return request -> SignedIn.current() == null ? null : SignedIn.current().session().tfa();
    }

    @Bean
    DeviceReader device(Tokens tokens) {
        return tokens::deviceOf;
    }

    /** Setup and switching off want the password again; guesses at an open session count for the account. */
    @Bean
    PasswordCheck passwordCheck(Accounts accounts, Tries tries) {
        return (user, password) -> {
            tries.take("password " + user.getId());
            return accounts.byId(user.getId()).map(account -> accounts.isPassword(account, password)).orElse(false);
        };
    }

    /** Events hold no code, secret or token. */
    @EventListener
    void audit(TwoFactorEvent event) {
        LOG.info("{} user={} success={}", event.getType(), event.getUserId(), event.getSuccess());
    }
}
