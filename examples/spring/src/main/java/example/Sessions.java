package example;

import io.github.twinlock.Clock;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.DataClassRowMapper;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The sign-ins and their refresh tokens, each of which works once. When a used one comes back, two parties hold it, one of them a
 * thief, and the whole sign-in ends.
 */
@Repository
class Sessions {
    /** What a sign-in or a refresh gives. */
    record Issued(Session session, String refreshToken) {
        @Override
        public String toString() {
            return "Issued";
        }
    }

    private static final RowMapper<Session> ROW = new DataClassRowMapper<>(Session.class);
    private static final String COLUMNS = "SELECT s.id, s.account_id, s.amr, s.tfa, s.began_at FROM session s ";
    private static final SecureRandom CHANCE = new SecureRandom();

    private final JdbcTemplate jdbc;
    private final TransactionTemplate transaction;
    private final Settings settings;
    private final Clock clock;

    Sessions(JdbcTemplate jdbc, TransactionTemplate transaction, Settings settings, Clock clock) {
        this.jdbc = jdbc;
        this.transaction = transaction;
        this.settings = settings;
        this.clock = clock;
    }

    /** Somebody has just signed in. */
    Issued begin(String accountId, String amr, String tfa) {
        Session session = new Session(UUID.randomUUID().toString(), accountId, amr, tfa, now());
        return transaction.execute(status -> {
            jdbc.update("DELETE FROM session WHERE expires_at <= ?", now());
            jdbc.update(
                    "INSERT INTO session (id, account_id, amr, tfa, began_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
                    session.id(), accountId, amr, tfa, session.beganAt(), end());
            return new Issued(session, newRefreshToken(session.id()));
        });
    }

    /** The session, while it goes on. */
    Optional<Session> find(String id, String accountId) {
        String sql = COLUMNS + "WHERE s.id = ? AND s.account_id = ? AND s.expires_at > ?";
        return jdbc.query(sql, ROW, id, accountId, now()).stream().findFirst();
    }

    /** Uses a refresh token up; nothing for one that is not good. */
    Optional<Issued> refresh(String token) {
        String hash = hash(token);
        return Optional.ofNullable(transaction.execute(status -> {
            boolean fresh = jdbc.update("UPDATE refresh_token SET used = 1 WHERE hash = ? AND used = 0", hash) == 1;
            String sql = COLUMNS + "JOIN refresh_token r ON r.session_id = s.id WHERE r.hash = ? AND s.expires_at > ?";
            Session session = jdbc.query(sql, ROW, hash, now()).stream().findFirst().orElse(null);
            if (session == null) return null;
            if (!fresh) {
                end(session.id());
                return null;
            }
            jdbc.update("UPDATE session SET expires_at = ? WHERE id = ?", end(), session.id());
            return new Issued(session, newRefreshToken(session.id()));
        }));
    }

    /** Goes on with a session whose user has proved a second factor just now. */
    Session prove(Session session, String amr, String tfa) {
        jdbc.update("UPDATE session SET amr = ?, tfa = ?, setup = NULL WHERE id = ?", amr, tfa, session.id());
        return new Session(session.id(), session.accountId(), amr, tfa, session.beganAt());
    }

    /** Signs out: refresh tokens are deleted with their session, access tokens name one that is not there. */
    void end(String id) {
        jdbc.update("DELETE FROM session WHERE id = ?", id);
    }

    /** The same by a refresh token. */
    void endByRefreshToken(String token) {
        jdbc.update("DELETE FROM session WHERE id IN (SELECT session_id FROM refresh_token WHERE hash = ?)", hash(token));
    }

    void endOthers(String accountId, String keep) {
        jdbc.update("DELETE FROM session WHERE account_id = ? AND id <> ?", accountId, keep);
    }

    /** Those from before the second factor. */
    void endUnproven(String accountId) {
        jdbc.update("DELETE FROM session WHERE account_id = ? AND tfa IS NULL", accountId);
    }

    /** Keeps an enrolment that was begun: another sign-in, perhaps a thief's, has nothing of it. */
    void keepSetup(Session session, String setup, long expiresAt) {
        jdbc.update("UPDATE session SET setup = ?, setup_expires_at = ? WHERE id = ?", setup, expiresAt, session.id());
    }

    Optional<String> setup(Session session) {
        String sql = "SELECT setup FROM session WHERE id = ? AND setup IS NOT NULL AND setup_expires_at > ?";
        List<String> found = jdbc.queryForList(sql, String.class, session.id(), now());
        return found.stream().findFirst();
    }

    long now() {
        return (long) clock.now();
    }

    private long end() {
        return now() + settings.refreshToken().toSeconds();
    }

    private String newRefreshToken(String sessionId) {
        byte[] random = new byte[32];
        CHANCE.nextBytes(random);
        String token = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        jdbc.update("INSERT INTO refresh_token (hash, session_id) VALUES (?, ?)", hash(token), sessionId);
        return token;
    }

    /** 256 random bits need no slow hash. */
    private static String hash(String token) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
