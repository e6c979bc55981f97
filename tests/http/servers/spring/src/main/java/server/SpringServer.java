package server;

import jakarta.servlet.ServletContext;
import java.net.InetAddress;
import java.nio.file.Files;
import java.util.Map;
import java.util.Set;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.core.StandardHost;
import org.apache.catalina.startup.Tomcat;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.servlet.support.SpringBootServletInitializer;

/** The server under test for Spring Boot: the applications that README.md describes, each deployed under its name, on {@code $PORT}. */
public final class SpringServer {
    private static final String[] NAMES = {"session", "cookie", "bearer", "strict", "claim"};

    private SpringServer() {}

    public static void main(String[] arguments) throws Exception {
        Lines.capture();
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(Files.createTempDirectory("spring-server").toString());
        Connector connector = new Connector();
        connector.setPort(Integer.parseInt(System.getenv("PORT")));
        connector.setProperty("address", InetAddress.getLoopbackAddress().getHostAddress());
        // An administrator's call may name any user: slashes of both kinds in an id come as %2F and %5C.
        connector.setEncodedSolidusHandling("passthrough");
        connector.setEncodedReverseSolidusHandling("passthrough");
        // What Tomcat itself would answer is not the contract's: odd characters and the longest tokens have to come through.
        connector.setProperty("relaxedQueryChars", "[]|{}^\\`\"<>");
        connector.setProperty("maxHttpRequestHeaderSize", "65536");
        tomcat.setConnector(connector);
        ((StandardHost) tomcat.getHost()).setErrorReportValveClass(Refusals.class.getName());
        for (String name : NAMES) {
            Context context = tomcat.addContext("/" + name, null);
            context.addServletContainerInitializer((classes, servlets) -> deploy(name, servlets), Set.of());
        }
        start(tomcat);
    }

    private static void start(Tomcat tomcat) throws LifecycleException {
        tomcat.start();
        tomcat.getServer().await();
    }

    private static void deploy(String name, ServletContext servlets) {
        try {
            new Deployment(name).onStartup(servlets);
        } catch (jakarta.servlet.ServletException error) {
            throw new IllegalStateException(error);
        }
    }

    /** As a WAR is deployed. */
    private static final class Deployment extends SpringBootServletInitializer {
        private final String name;

        Deployment(String name) {
            this.name = name;
            setRegisterErrorPageFilter(false);
        }

        @Override
        protected SpringApplicationBuilder configure(SpringApplicationBuilder builder) {
            boolean inBrowser = name.equals("session") || name.equals("cookie");
            return builder.sources(Application.class).properties(Map.of(
                    "test.name", name,
                    "twinlock.issuer", "Acme",
                    "twinlock.proof", inBrowser ? name : "bearer",
                    "twinlock.allowed-origins", "https://app.example",
                    "twinlock.setup-url", "/settings/two-factor",
                    "twinlock.factor-authority", String.valueOf(inBrowser),
                    "spring.jmx.enabled", "false",
                    "spring.main.banner-mode", "off",
                    "server.servlet.register-default-servlet", "false"));
        }
    }
}
