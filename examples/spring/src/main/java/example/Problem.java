package example;

/** A refusal of the application's own, answered in the form of Twinlock's by {@link Problems}. */
final class Problem extends RuntimeException {
    private final String code;
    private final Long retryAfter;

    /** @param code one of {@link Problems}' own or of Twinlock's */
    Problem(String code) {
        this(code, null);
    }

    /** @param retryAfter seconds; {@code null}: nobody knows */
    Problem(String code, Long retryAfter) {
        super(code);
        this.code = code;
        this.retryAfter = retryAfter;
    }

    /** What the client sent lacks something. */
    static Problem malformed() {
        return new Problem("malformed_request");
    }

    String code() {
        return code;
    }

    Long retryAfter() {
        return retryAfter;
    }
}
