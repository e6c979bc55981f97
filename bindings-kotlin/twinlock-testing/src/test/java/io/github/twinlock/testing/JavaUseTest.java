package io.github.twinlock.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.twinlock.AuthenticatorAccount;
import io.github.twinlock.BlockingStorage;
import io.github.twinlock.BlockingTwoFactor;
import io.github.twinlock.Enrollment;
import io.github.twinlock.InvalidCodeException;
import io.github.twinlock.KeyRing;
import io.github.twinlock.MalformedRequestException;
import io.github.twinlock.MemoryStorage;
import io.github.twinlock.Method;
import io.github.twinlock.Policy;
import io.github.twinlock.SqliteStorage;
import io.github.twinlock.StepStatus;
import io.github.twinlock.StorageErrorException;
import io.github.twinlock.StoredRecord;
import io.github.twinlock.TwoFactorEvent;
import io.github.twinlock.TwoFactorException;
import io.github.twinlock.Verification;
import io.github.twinlock.VerifyOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The package as a Java program uses it. */
class JavaUseTest {
    private final VirtualClock clock = new VirtualClock();

    private BlockingTwoFactor.Builder over(BlockingStorage storage) {
        return BlockingTwoFactor.builder("Acme", storage).keys(KeyRing.generate()).clock(clock);
    }

    @Test
    void a_user_enrols_and_signs_in(@TempDir Path folder) {
        List<String> told = new ArrayList<>();
        try (SqliteStorage storage = new SqliteStorage(folder.resolve("2fa.db").toString());
                BlockingTwoFactor twoFactor = over(storage).onEvent((event, durable) -> told.add(event.getType())).build()) {
            Enrollment enrollment = twoFactor.beginEnrollment("42", "ada@example.com");
            AuthenticatorAccount phone = AuthenticatorAccount.fromUri(enrollment.getUri());
            twoFactor.confirmEnrollment("42", enrollment.getSetup(), phone.codeAt(clock.now()));
            clock.advance(30);
            String challenge = twoFactor.afterFirstFactor("42").getChallenge();
            Verification verification = twoFactor.verify(
                    challenge, phone.codeAt(clock.now()), VerifyOptions.builder().trustDevice(true).build());
            assertEquals("42", verification.getUserId());
            assertEquals(Method.TOTP, verification.getMethod());
            assertEquals(StepStatus.NOT_REQUIRED, twoFactor.afterFirstFactor("43").getStatus());
            assertTrue(twoFactor.status("42").getEnabled());
            assertTrue(told.containsAll(List.of("enrolled", "verified", "device_trusted")), told.toString());
            assertEquals(told.size(), twoFactor.events("42").getEvents().size());
            assertEquals(1, twoFactor.stats().getEnabledUsers());
        }
    }

    @Test
    void a_refusal_has_its_code_status_and_problem() {
        BlockingTwoFactor twoFactor = over(new MemoryStorage()).build();
        FakePhone phone = EnrollKt.enroll(twoFactor, "42", clock).getPhone();
        clock.advance(30);
        String challenge = twoFactor.afterFirstFactor("42").getChallenge();
        TwoFactorException refusal =
                assertThrows(InvalidCodeException.class, () -> twoFactor.verify(challenge, phone.wrongCode()));
        assertEquals("invalid_code", refusal.getCode());
        assertEquals(401, refusal.httpStatus());
        assertEquals(400, refusal.httpStatus("step_up"));
        assertTrue(refusal.problem().contains("\"status\":401"), refusal.problem());
        assertNull(refusal.getRetryAfter());
    }

    @Test
    void null_is_refused_and_nobody_let_in() {
        BlockingTwoFactor twoFactor = over(new MemoryStorage()).build();
        assertThrows(NullPointerException.class, () -> twoFactor.afterFirstFactor(null));
        assertThrows(NullPointerException.class, () -> twoFactor.verify(null, "123456"));
        assertThrows(NullPointerException.class, () -> twoFactor.verify("token", null));
        VerifyOptions options = VerifyOptions.builder().nextCodes(Arrays.asList("123456", null)).build();
        assertThrows(MalformedRequestException.class, () -> twoFactor.verify("token", "123456", options));
        assertThrows(NullPointerException.class, () -> BlockingTwoFactor.builder("Acme", null));
        assertThrows(NullPointerException.class, () -> KeyRing.fromText(null));
    }

    @Test
    void what_a_storage_throws_is_the_cause() {
        IllegalStateException own = new IllegalStateException("the disk is gone");
        BlockingStorage broken = new BlockingStorage() {
            @Override
            public StoredRecord load(String userId) {
                throw own;
            }

            @Override
            public boolean save(String userId, Long expected, StoredRecord record, List<TwoFactorEvent> events) {
                throw own;
            }

            @Override
            public void erase(String userId) {
                throw own;
            }
        };
        BlockingTwoFactor twoFactor = over(broken).build();
        assertSame(own, assertThrows(StorageErrorException.class, () -> twoFactor.afterFirstFactor("42")).getCause());
        assertSame(own, assertThrows(StorageErrorException.class, () -> twoFactor.erase("42")).getCause());
    }

    @Test
    void a_policy_is_built() {
        Policy policy = Policy.builder().digits(8).backoff(List.of(0, 10)).build();
        assertEquals(8, policy.getDigits());
        assertEquals(List.of(0, 10), policy.getBackoff());
        assertEquals(policy, policy.toBuilder().build());
        assertTrue(Policy.getDEFAULT().getYearlyGuessProbability() < 1e-4);
    }
}
