package server;

import io.github.twinlock.spring.TwoFactorAccount;
import java.io.Serializable;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.authority.AuthorityUtils;

/** A user of this application: exists as soon as it is named. */
record Account(String id) implements TwoFactorAccount, Serializable {
    @Override
    public String getTwoFactorId() {
        return id;
    }

    @Override
    public String getAccountName() {
        return id + "@example.com";
    }

    boolean hasPassword(Object given) {
        return ("password of " + id).equals(given);
    }

    Authentication signedIn() {
        return UsernamePasswordAuthenticationToken.authenticated(this, null, AuthorityUtils.NO_AUTHORITIES);
    }
}
