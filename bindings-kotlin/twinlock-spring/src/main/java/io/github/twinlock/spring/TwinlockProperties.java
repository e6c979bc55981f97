package io.github.twinlock.spring;

import io.github.twinlock.http.ProofMode;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings of Twinlock.
 *
 * @param issuer what an authenticator app shows above the account name, at most 64 bytes; default {@code spring.application.name}
 * @param keys keys that seal the records, {@code id:base64,id:base64}, the active one first; else the file of {@code keys-file}
 * @param keysFile file that holds such keys, one a line
 * @param namespace keeps staging from production and one application from another where they share keys
 * @param storageTimeout how long the storage may take before the call is refused
 * @param sqliteFile file of the records where there is no DataSource; it must not be the application's own database
 * @param jdbc the storage on the application's DataSource
 * @param basePath where the contract and the pages are served
 * @param adminPath where the help desk's calls are served; default {@code base-path} and {@code /admin}
 * @param proof where the tokens of the second factor live
 * @param requiredFor authorities (such as {@code ROLE_ADMIN}) whose users must have a second factor
 * @param administrators authorities whose users may use the help desk's calls; nobody by default
 * @param namesAreIds take {@code Authentication.getName()} for the user's immutable id: right only where no name is ever changed or
 *     given to somebody else
 * @param allowedOrigins other sites whose pages may call, scheme and port included
 * @param setupUrl page where a user switches the second factor on: told to those whom a guard refuses because they have none
 * @param cookieMaxAge how long the browser keeps the proof with {@code proof=cookie}; default until it is closed
 * @param factorAuthority give {@code FACTOR_TWINLOCK} to users who proved a second factor, for Spring Security's multi-factor
 *     support; costs one load from the storage for each of their requests
 */
@ConfigurationProperties("twinlock")
public record TwinlockProperties(
        @Nullable String issuer,
        @Nullable String keys,
        @Nullable String keysFile,
        @DefaultValue("") String namespace,
        @DefaultValue("5s") Duration storageTimeout,
        @DefaultValue("twinlock.db") String sqliteFile,
        @DefaultValue Jdbc jdbc,
        @DefaultValue("/2fa") String basePath,
        @Nullable String adminPath,
        @DefaultValue("session") ProofMode proof,
        @DefaultValue Set<String> requiredFor,
        @DefaultValue Set<String> administrators,
        @DefaultValue("false") boolean namesAreIds,
        @DefaultValue Set<String> allowedOrigins,
        @Nullable String setupUrl,
        @Nullable Duration cookieMaxAge,
        @DefaultValue("false") boolean factorAuthority) {

    /** Silent about the keys. */
    @Override
    public String toString() {
        return "TwinlockProperties[basePath=" + basePath + ", proof=" + proof + "]";
    }

    /**
     * The storage on the application's DataSource.
     *
     * @param tablePrefix stands before the names of both tables
     * @param connections how many connections it takes at most at once, 1 to 64
     * @param timeout how long one call may take, 100 ms to 60 s, below {@code twinlock.storage-timeout}
     */
    public record Jdbc(
            @DefaultValue("") String tablePrefix, @DefaultValue("4") int connections, @DefaultValue("4s") Duration timeout) {}
}
