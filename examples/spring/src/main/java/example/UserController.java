package example;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.github.twinlock.BlockingTwoFactor;
import io.github.twinlock.spring.RequiresSecondFactor;
import io.github.twinlock.spring.TwoFactorWeb;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Map;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** The signed-in user's own account, and the tutorial's restricted resource. */
@RestController
class UserController {
    /** A sensitive action wants a code that is not older than this, in seconds. */
    private static final long FRESH = 300;

    private final Accounts accounts;
    private final Sessions sessions;
    private final Tokens tokens;
    private final BlockingTwoFactor twoFactor;
    private final TwoFactorWeb web;
    private final Tries tries;

    UserController(
            Accounts accounts, Sessions sessions, Tokens tokens, BlockingTwoFactor twoFactor, TwoFactorWeb web, Tries tries) {
        this.accounts = accounts;
        this.sessions = sessions;
        this.tokens = tokens;
        this.twoFactor = twoFactor;
        this.web = web;
        this.tries = tries;
    }

    /** Its rule is in {@link Security}: signed in, and with a code where there is a second factor or has to be one. */
    @GetMapping("/resource")
    Map<String, Object> resource(SignedIn user) {
        return Map.of("message", "you are in", "id", user.account().id());
    }

    @GetMapping("/api/user/me")
    Map<String, Object> me(SignedIn user) {
        Account account = user.account();
        return Map.of(
                "id", account.id(),
                "username", account.username(),
                "email", account.email(),
                "role", account.role(),
                "amr", user.session().amr().split(" "));
    }

    record PasswordChange(String password, @JsonProperty("new_password") String newPassword) {
        @Override
        public String toString() {
            return "PasswordChange";
        }
    }

    /** Every other session ends, trusted devices are asked for a code again. */
    @PostMapping("/api/user/password")
    @RequiresSecondFactor(maxAge = FRESH, ifEnabled = true)
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void changePassword(SignedIn user, @RequestBody PasswordChange given) {
        Account account = user.account();
        tries.take("password " + account.id());
        if (given.password() == null || !AuthController.isGoodPassword(given.newPassword())) throw Problem.malformed();
        if (!accounts.isPassword(account, given.password())) throw new Problem("wrong_password");
        accounts.changePassword(account, given.newPassword());
        sessions.endOthers(account.id(), user.session().id());
        twoFactor.passwordChanged(account.id());
    }

    /** First the second factor, then the account: nobody can ever sign in to one whose second factor is gone already. */
    @DeleteMapping("/api/user/account")
    @RequiresSecondFactor(maxAge = FRESH)
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void close(SignedIn user, HttpServletRequest request, HttpServletResponse response) {
        String id = user.account().id();
        accounts.close(id);
        twoFactor.erase(id);
        accounts.remove(id);
        web.forget(request, response);
        tokens.clear(response);
    }
}
