package example;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/** The application as it runs for real: it makes no keys up. {@link Demo} starts it to be tried out. */
@SpringBootApplication
@ConfigurationPropertiesScan
public class Application {
    /** {@code --admin=NAME} makes that account an administrator. */
    public static void main(String[] arguments) {
        SpringApplication.run(Application.class, arguments);
    }
}
