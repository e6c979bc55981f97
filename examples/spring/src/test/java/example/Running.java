package example;

import io.github.twinlock.KeyRing;
import io.github.twinlock.testing.VirtualClock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Primary;
import org.springframework.test.context.DynamicPropertyRegistrar;

/** The application on a port of its own, in a new database, by a clock that stands still. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {"example.frontend-url=http://127.0.0.1", "example.tries-per-minute=1000"})
@Import({Running.Place.class, Running.Time.class})
@interface Running {
    /** The clock of the application and of everybody's phone. */
    class Time {
        @Bean
        @Primary
        VirtualClock virtualClock() {
            return new VirtualClock();
        }
    }

    /** A folder and keys that nobody else has. */
    class Place {
        @Bean
        DynamicPropertyRegistrar place() {
            Path data = folder();
            String key = Base64.getEncoder().encodeToString(new byte[32]);
            String keys = KeyRing.generate().toText();
            return registry -> {
                registry.add("example.data", data::toString);
                registry.add("example.jwt-key", () -> key);
                registry.add("twinlock.keys", () -> keys);
            };
        }

        private static Path folder() {
            try {
                Path data = Files.createTempDirectory("twinlock-example-");
                Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(data.toFile())));
                return data;
            } catch (IOException error) {
                throw new UncheckedIOException(error);
            }
        }

        private static void delete(java.io.File file) {
            java.io.File[] inside = file.listFiles();
            if (inside != null) for (java.io.File one : inside) delete(one);
            file.delete();
        }
    }
}
