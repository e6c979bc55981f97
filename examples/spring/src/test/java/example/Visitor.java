package example;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.twinlock.testing.FakePhone;
import io.github.twinlock.testing.VirtualClock;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** An API client of one person, whose tokens it keeps. */
final class Visitor {
    static final String PASSWORD = "a walk in the park";
    static final String BASE = TwoFactorSetup.BASE;

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final JsonMapper JSON = new JsonMapper();

    private final String address;
    final String name;
    final Map<String, String> headers = new HashMap<>();
    String refreshToken;
    FakePhone phone;

    /** Somebody new. */
    Visitor(String address) {
        this(address, "p" + UUID.randomUUID().toString().substring(0, 12));
    }

    private Visitor(String address, String name) {
        this.address = address;
        this.name = name;
    }

    /** An answer. */
    record Answer(HttpResponse<byte[]> response) {
        String text() {
            return new String(response.body(), java.nio.charset.StandardCharsets.UTF_8);
        }

        JsonNode json() {
            return JSON.readTree(response.body());
        }

        String text(String member) {
            return json().path(member).asString(null);
        }

        Answer ok() {
            return status(200);
        }

        Answer status(int status) {
            assertThat(response.statusCode()).as(text()).isEqualTo(status);
            return this;
        }

        void refused(int status, String code) {
            assertThat(response.statusCode() + " " + (response.body().length == 0 ? "" : text("code")))
                    .isEqualTo(status + " " + code);
        }

        String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }
    }

    /** The same person elsewhere, signed out. */
    Visitor elsewhere() {
        Visitor other = new Visitor(address, name);
        other.phone = phone;
        return other;
    }

    String email() {
        return name + "@example.com";
    }

    Answer get(String path) {
        return call("GET", path, null, Map.of());
    }

    Answer post(String path, Object... members) {
        return call("POST", path, JSON.writeValueAsString(pairs(members)), Map.of());
    }

    Answer call(String method, String path, String body, Map<String, String> more) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(address + path))
                .method(method, body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
        Map<String, String> all = new LinkedHashMap<>(headers);
        if (body != null) all.put("Content-Type", "application/json");
        all.putAll(more);
        all.forEach(request::header);
        try {
            return new Answer(HTTP.send(request.build(), BodyHandlers.ofByteArray()));
        } catch (IOException error) {
            throw new AssertionError(error);
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
            throw new AssertionError(error);
        }
    }

    Visitor register() {
        post("/register", "username", name, "email", email(), "password", PASSWORD).status(201);
        return this;
    }

    /** The tutorial's sign-in; without a code where {@code otp} is {@code null}. */
    Answer signIn(String otp) {
        return otp == null
                ? post("/login", "email", email(), "password", PASSWORD)
                : post("/login", "email", email(), "password", PASSWORD, "otp", otp);
    }

    /** Keeps the tokens of an answer. */
    Answer keep(Answer answer) {
        answer.ok();
        headers.put("Authorization", "Bearer " + answer.text("access_token"));
        if (answer.text("refresh_token") != null) refreshToken = answer.text("refresh_token");
        return answer;
    }

    /** Registered and signed in by the password. */
    Visitor signedIn() {
        register();
        keep(signIn(null));
        return this;
    }

    /** Switches the second factor on by the contract, with a code that is used up. */
    List<String> enrol(VirtualClock clock) {
        JsonNode setup = post(BASE + "/setup", "password", PASSWORD).status(201).json();
        phone = new FakePhone(setup.path("otpauth_uri").asString(), clock);
        Answer enrolled = post(BASE + "/setup/confirm", "setup", setup.path("setup").asString(), "code", phone.code());
        keep(enrolled);
        clock.advance(30);
        return enrolled.json().path("backup_codes").valueStream().map(JsonNode::asString).toList();
    }

    private static Map<String, Object> pairs(Object... members) {
        Map<String, Object> all = new LinkedHashMap<>();
        for (int at = 0; at < members.length; at += 2) all.put((String) members[at], members[at + 1]);
        return all;
    }
}
