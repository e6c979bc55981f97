package example;

import java.text.Normalizer;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.DataClassRowMapper;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.core.userdetails.UsernameNotFoundException;
import org.springframework.security.crypto.password.PasswordEncoder;
import org.springframework.stereotype.Repository;

/** The accounts themselves. A closed one is gone for everybody but {@link #closed}. */
@Repository
class Accounts implements UserDetailsService {
    private static final String SELECT = "SELECT id, username, email, password_hash, role FROM account WHERE closed = 0 AND ";
    private static final RowMapper<Account> ROW = new DataClassRowMapper<>(Account.class);

    private final JdbcTemplate jdbc;
    private final PasswordEncoder passwords;

    Accounts(JdbcTemplate jdbc, PasswordEncoder passwords) {
        this.jdbc = jdbc;
        this.passwords = passwords;
    }

    /** A new account; refused with {@code username_taken} or {@code email_taken}. */
    Account create(String username, String email, String password) {
        Account made = new Account(UUID.randomUUID().toString(), username, email, passwords.encode(password), "user");
        int rows = jdbc.update(
                "INSERT INTO account (id, username, username_key, email, email_key, password_hash) VALUES (?, ?, ?, ?, ?, ?)"
                        + " ON CONFLICT DO NOTHING",
                made.id(), username, fold(username), email, fold(email), made.passwordHash());
        if (rows == 1) return made;
        throw new Problem(find("username_key = ?", fold(username)).isPresent() ? "username_taken" : "email_taken");
    }

    Optional<Account> byId(String id) {
        return find("id = ?", id);
    }

    /** By user name or e-mail address: a user name has no {@code @}, so it is never somebody's address. */
    @Override
    public Account loadUserByUsername(String name) {
        String key = fold(name);
        return find("? IN (username_key, email_key)", key).orElseThrow(() -> new UsernameNotFoundException("nobody"));
    }

    /** At most 50, by part of the name or address. */
    List<Account> search(String part) {
        String sql = SELECT + "(instr(username_key, ?) > 0 OR instr(email_key, ?) > 0) ORDER BY username_key LIMIT 50";
        return jdbc.query(sql, ROW, fold(part), fold(part));
    }

    boolean isPassword(Account account, String password) {
        return passwords.matches(password, account.passwordHash());
    }

    void changePassword(Account account, String password) {
        jdbc.update("UPDATE account SET password_hash = ? WHERE id = ?", passwords.encode(password), account.id());
    }

    /** {@code false}: there is no such account. */
    boolean makeAdministrator(String name) {
        return jdbc.update("UPDATE account SET role = 'admin' WHERE username_key = ? AND closed = 0", fold(name)) == 1;
    }

    int count() {
        return jdbc.queryForObject("SELECT count(*) FROM account WHERE closed = 0", Integer.class);
    }

    /** From now on nobody signs in; {@link #remove} finishes. */
    void close(String id) {
        jdbc.update("UPDATE account SET closed = 1 WHERE id = ?", id);
    }

    void remove(String id) {
        jdbc.update("DELETE FROM account WHERE id = ? AND closed = 1", id);
    }

    /** Ids of accounts whose deletion was begun and not finished. */
    List<String> closed() {
        return jdbc.queryForList("SELECT id FROM account WHERE closed = 1", String.class);
    }

    /** The form in which names and addresses are compared. */
    static String fold(String name) {
        return Normalizer.normalize(name.strip(), Normalizer.Form.NFKC).toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT);
    }

    private Optional<Account> find(String condition, String value) {
        return jdbc.query(SELECT + condition, ROW, value).stream().findFirst();
    }
}
