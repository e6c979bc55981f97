package example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

class RunningTest {
    @TempDir
    Path data;

    @Test
    void clientThatSharesNoCodeWithTwinlockGoesTheWholeWay() throws Exception {
        List<String> missing = List.of("curl", "zbarimg", "oathtool").stream().filter(tool -> !isThere(tool)).toList();
        assumeTrue(missing.isEmpty(), "missing programs: " + missing);
        SpringApplication application = new SpringApplication(Application.class);
        application.setDefaultProperties(Demo.settings(data));
        try (ConfigurableApplicationContext running = application.run("--server.port=0")) {
            String port = running.getEnvironment().getProperty("local.server.port");
            File output = data.resolve("walkthrough").toFile();
            Process walk = new ProcessBuilder("../walkthrough.sh", "http://127.0.0.1:" + port, "bearer")
                    .redirectErrorStream(true).redirectOutput(output).start();
            assertThat(walk.waitFor(4, TimeUnit.MINUTES)).as("it ends").isTrue();
            assertThat(walk.exitValue()).as(Files.readString(output.toPath())).isZero();
        }
    }

    @Test
    void demoKeepsItsKeys() throws IOException {
        Map<String, Object> made = Demo.settings(data);
        assertThat(Demo.settings(data)).isEqualTo(made);
        assertThat(Files.getPosixFilePermissions(data.resolve("jwt.key"))).hasSize(2);
    }

    @Test
    void productionMakesNothingUp() {
        String key = "A".repeat(43) + "=";
        assertThat(settings(key, "https://app.example.com", false).https()).isTrue();
        for (Runnable wrong : List.<Runnable>of(
                () -> settings(null, "https://app.example.com", false),
                () -> settings("AAAA", "https://app.example.com", false),
                () -> settings(key, "http://app.example.com", false),
                () -> settings(key, "https://app.example.com", true))) {
            assertThatThrownBy(wrong::run).isInstanceOf(IllegalArgumentException.class).message().doesNotContain(key);
        }
    }

    @Test
    void triesAreLimited() {
        double[] now = {0};
        Tries tries = new Tries(settings("A".repeat(43) + "=", "http://127.0.0.1", false), () -> now[0]);
        for (int count = 0; count < 3; count++) tries.take("ada");
        assertThatThrownBy(() -> tries.take("ada")).hasMessage("too_many_requests");
        tries.take("bob");
        now[0] = 60;
        tries.take("ada");
    }

    private Settings settings(String key, String frontend, boolean phone) {
        return new Settings(data.toString(), key, URI.create(frontend), phone, Duration.ofMinutes(15), Duration.ofDays(30), 3);
    }

    private static boolean isThere(String tool) {
        return Arrays.stream(System.getenv("PATH").split(":")).anyMatch(folder -> new File(folder, tool).canExecute());
    }
}
