package example;

import io.pebbletemplates.pebble.PebbleEngine;
import io.pebbletemplates.pebble.loader.ClasspathLoader;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.StringWriter;
import java.util.Map;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ResponseBody;
import org.springframework.web.servlet.config.annotation.ResourceHandlerRegistry;
import org.springframework.web.servlet.config.annotation.ViewControllerRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/** The pages that all examples share: plain HTML around a few small scripts, and Twinlock's custom elements. */
@Controller
class Pages {
    /** Paths that everybody may read. */
    static final String[] OPEN = {"/", "/register", "/login", "/account", "/admin", "/favicon.ico", "/static/**", "/dev/**"};

    private static final Map<String, String> TITLES = Map.of(
            "home", "A second lock on the door",
            "register", "Create an account",
            "login", "Sign in",
            "account", "Your account",
            "admin", "Administration");

    private final PebbleEngine templates;
    private final Settings settings;
    private final Tokens tokens;

    Pages(Settings settings, Tokens tokens) {
        this.settings = settings;
        this.tokens = tokens;
        ClasspathLoader loader = new ClasspathLoader(Pages.class.getClassLoader());
        loader.setPrefix("pages/templates");
        // Escapes what it prints, unless told otherwise.
        templates = new PebbleEngine.Builder().loader(loader).build();
    }

    @GetMapping(value = {"/", "/register", "/login", "/account", "/admin"}, produces = MediaType.TEXT_HTML_VALUE + ";charset=UTF-8")
    @ResponseBody
    String page(HttpServletRequest request) throws IOException {
        String path = request.getServletPath().substring(1);
        String name = path.isEmpty() ? "home" : path;
        StringWriter html = new StringWriter();
        templates.getTemplate(name + ".html").evaluate(html, Map.of(
                "page", name,
                "title", TITLES.get(name),
                "base", TwoFactorSetup.BASE,
                "dev_phone", settings.devPhone(),
                "session", tokens.cookie(request, "refresh") != null,
                "remember", false,
                "docs", false));
        return html.toString();
    }

    /** Scripts and styles; the pretend phone where it is wanted and nowhere else. */
    @Configuration(proxyBeanMethods = false)
    static class Files implements WebMvcConfigurer {
        private final Settings settings;

        Files(Settings settings) {
            this.settings = settings;
        }

        @Override
        public void addResourceHandlers(ResourceHandlerRegistry registry) {
            registry.addResourceHandler("/static/**").addResourceLocations("classpath:/pages/static/");
            if (settings.devPhone()) registry.addResourceHandler("/dev/**").addResourceLocations("classpath:/pages/dev/");
        }

        @Override
        public void addViewControllers(ViewControllerRegistry registry) {
            registry.addRedirectViewController("/favicon.ico", "/static/icon.svg");
        }
    }
}
