package io.github.twinlock.testing;

import io.github.twinlock.BeginOptions;
import io.github.twinlock.BlockingTwoFactor;
import io.github.twinlock.ConfirmOptions;
import io.github.twinlock.FirstFactorOptions;
import io.github.twinlock.ImportOptions;
import io.github.twinlock.VerifyOptions;

/** {@code BlockingTwoFactor} as Java uses it. */
final class JavaFace implements Face {
    private final BlockingTwoFactor twoFactor;

    JavaFace(BlockingTwoFactor twoFactor) {
        this.twoFactor = twoFactor;
    }

    @Override
    public Object call(String operation, String user, Arguments given) {
        given.known();
        String context = given.textOrNull("context");
        switch (operation) {
            case "begin_enrollment":
                return twoFactor.beginEnrollment(user, given.text("account_name"), BeginOptions.builder()
                        .assurance(given.textOrNull("assurance")).setup(given.textOrNull("setup"))
                        .issuer(given.textOrNull("issuer")).context(context).build());
            case "confirm_enrollment":
                return twoFactor.confirmEnrollment(user, given.text("setup"), given.text("code"), ConfirmOptions.builder()
                        .nextCodes(given.texts("next_codes")).name(given.textOrNull("name")).context(context).build());
            case "import_authenticator":
                Long drift = given.longOrNull("drift");
                return twoFactor.importAuthenticator(user, given.text("actor"), ImportOptions.builder()
                        .secret(given.textOrNull("secret")).uri(given.textOrNull("uri")).name(given.textOrNull("name"))
                        .lastUsedStep(given.longOrNull("last_used_step")).drift(drift == null ? 0 : drift.intValue())
                        .context(context).build());
            case "after_first_factor":
                return twoFactor.afterFirstFactor(user, FirstFactorOptions.builder()
                        .device(given.textOrNull("device")).required(given.flag("required")).fresh(given.flag("fresh"))
                        .carry(given.textOrNull("carry")).context(context).build());
            case "verify":
                return twoFactor.verify(given.text("challenge"), given.text("code"), VerifyOptions.builder()
                        .nextCodes(given.texts("next_codes")).trustDevice(given.flag("trust_device"))
                        .userId(given.textOrNull("user_id")).context(context).build());
            case "check_assurance":
                return twoFactor.checkAssurance(user, given.text("assurance"), given.longOrNull("max_age"));
            case "regenerate_backup_codes":
                return twoFactor.regenerateBackupCodes(user, given.text("assurance"), context);
            case "status":
                return twoFactor.status(user, given.textOrNull("device"), given.textOrNull("assurance"));
            case "reseal":
                return twoFactor.reseal(user);
            default:
                change(operation, user, given, context);
                return null;
        }
    }

    private void change(String operation, String user, Arguments given, String context) {
        switch (operation) {
            case "backup_codes_saved" -> twoFactor.backupCodesSaved(user, context);
            case "rename_authenticator" ->
                    twoFactor.renameAuthenticator(user, given.text("assurance"), given.text("id"), given.text("name"), context);
            case "remove_authenticator" ->
                    twoFactor.removeAuthenticator(user, given.text("assurance"), given.text("id"), context);
            case "disable" -> twoFactor.disable(user, given.text("assurance"), context);
            case "revoke_device" -> twoFactor.revokeDevice(user, given.text("id"), context);
            case "revoke_all_devices" -> twoFactor.revokeAllDevices(user, context);
            case "reset" -> twoFactor.reset(user, given.text("actor"), given.text("reason"), context);
            case "unlock" -> twoFactor.unlock(user, given.text("actor"), context);
            case "password_changed" -> twoFactor.passwordChanged(user, context);
            case "erase" -> twoFactor.erase(user);
            default -> throw new IllegalArgumentException("unknown call: " + operation);
        }
    }
}
