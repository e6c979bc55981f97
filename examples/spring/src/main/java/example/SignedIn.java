package example;

import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.core.context.SecurityContextHolder;

/** Who is signed in, by an access token that is good. */
final class SignedIn extends AbstractAuthenticationToken {
    private final transient Account account;
    private final transient Session session;

    SignedIn(Account account, Session session) {
        super(account.getAuthorities());
        this.account = account;
        this.session = session;
        setAuthenticated(true);
    }

    /** {@code null}: nobody. */
    static SignedIn current() {
        return SecurityContextHolder.getContext().getAuthentication() instanceof SignedIn signedIn ? signedIn : null;
    }

    Account account() {
        return account;
    }

    Session session() {
        return session;
    }

    @Override
    public Object getPrincipal() {
        return account;
    }

    @Override
    public Object getCredentials() {
        return "";
    }

    @Override
    public String getName() {
        return account.id();
    }

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
