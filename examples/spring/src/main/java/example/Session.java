package example;

/**
 * One sign-in and everything that came of it by refreshing.
 *
 * @param amr how the user proved who they are, separated by spaces: {@code pwd}, or {@code pwd otp}
 * @param tfa Twinlock's assurance, sealed; {@code null} without a second factor
 * @param beganAt when the password was given, Unix seconds
 */
record Session(String id, String accountId, String amr, String tfa, long beganAt) {
    static final String PASSWORD = "pwd";
    static final String PASSWORD_AND_CODE = "pwd otp";

    /** Silent about the assurance. */
    @Override
    public String toString() {
        return "Session";
    }
}
