package example;

import io.github.twinlock.KeyRing;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.springframework.boot.SpringApplication;

/** The application to be tried out on this machine: keys of its own, kept in {@code .demo/spring}, and the pretend phone. */
public final class Demo {
    private Demo() {}

    /** The same arguments as {@link Application#main}. */
    public static void main(String[] arguments) throws IOException {
        String given = System.getenv("TWINLOCK_DEMO_DATA");
        Path data = Path.of(given == null ? ".demo/spring" : given).toAbsolutePath().normalize();
        SpringApplication application = new SpringApplication(Application.class);
        application.setDefaultProperties(settings(data));
        String port = application.run(arguments).getEnvironment().getProperty("local.server.port");
        System.out.printf(WELCOME, port, data);
    }

    /** What a demonstration needs beside {@code application.properties}; keys are made once, readable by their owner alone. */
    static Map<String, Object> settings(Path data) throws IOException {
        Files.createDirectories(data, only("rwx------"));
        Map<String, Object> settings = new HashMap<>();
        settings.put("example.data", data.toString());
        settings.put("example.jwt-key", kept(data.resolve("jwt.key"), randomKey()));
        settings.put("example.frontend-url", "http://127.0.0.1:8000");
        settings.put("example.dev-phone", "true");
        settings.put("twinlock.issuer", "Twinlock Demo");
        if (System.getenv("TWINLOCK_KEYS") == null && System.getenv("TWINLOCK_KEYS_FILE") == null) {
            settings.put("twinlock.keys", kept(data.resolve("twinlock.keys"), KeyRing.generate().toText()));
        }
        return settings;
    }

    private static String kept(Path file, String otherwise) throws IOException {
        try {
            Files.createFile(file, only("rw-------"));
            Files.writeString(file, otherwise);
        } catch (FileAlreadyExistsException expected) {
            // Made by an earlier start.
        }
        return Files.readString(file).strip();
    }

    private static String randomKey() {
        byte[] key = new byte[32];
        new SecureRandom().nextBytes(key);
        return Base64.getEncoder().encodeToString(key);
    }

    private static FileAttribute<?> only(String permissions) {
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions));
    }

    private static final String WELCOME =
            """

              Twinlock demo: http://127.0.0.1:%s/

              1. Create an account and sign in.
              2. Under “Your account”, switch two-factor on. No phone at hand? The page has a pretend one.
              3. Sign out, sign in again: it asks for the code.

              Accounts are kept in %s. Ctrl+C stops.

            """;
}
