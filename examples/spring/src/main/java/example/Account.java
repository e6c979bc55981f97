package example;

import io.github.twinlock.spring.TwoFactorAccount;
import java.util.Collection;
import java.util.List;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
import org.springframework.security.core.userdetails.UserDetails;

/**
 * An account, as Spring Security and Twinlock know it.
 *
 * @param id never changes and never comes back
 * @param role {@code user} or {@code admin}
 */
public record Account(String id, String username, String email, String passwordHash, String role)
        implements UserDetails, TwoFactorAccount {
    @Override
    public String getTwoFactorId() {
        return id;
    }

    @Override
    public String getAccountName() {
        return email;
    }

    @Override
    public String getUsername() {
        return username;
    }

    @Override
    public String getPassword() {
        return passwordHash;
    }

    @Override
    public Collection<? extends GrantedAuthority> getAuthorities() {
        return List.of(new SimpleGrantedAuthority(role.equals("admin") ? "ROLE_ADMIN" : "ROLE_USER"));
    }

    /** Silent about the hash. */
    @Override
    public String toString() {
        return "Account";
    }
}
