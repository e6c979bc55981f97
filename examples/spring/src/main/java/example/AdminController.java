package example;

import io.github.twinlock.BlockingTwoFactor;
import io.github.twinlock.Stats;
import java.util.List;
import java.util.Map;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** What an administrator sees, with a second factor only. A user's is reset under {@code /api/admin/2fa}. */
@RestController
@RequestMapping("/api/admin")
class AdminController {
    private final Accounts accounts;
    private final BlockingTwoFactor twoFactor;

    AdminController(Accounts accounts, BlockingTwoFactor twoFactor) {
        this.accounts = accounts;
        this.twoFactor = twoFactor;
    }

    @GetMapping("/figures")
    Map<String, Object> figures() {
        Stats stats = twoFactor.stats();
        return Map.of(
                "users", accounts.count(),
                "users_with_2fa", stats.getEnabledUsers(),
                "enabled_30d", stats.getEnabled30d(),
                "disabled_30d", stats.getDisabled30d(),
                "failed_30d", stats.getFailed30d());
    }

    @GetMapping("/users")
    List<Map<String, Object>> users(@RequestParam(defaultValue = "") String search) {
        return accounts.search(search).stream().map(AdminController::told).toList();
    }

    private static Map<String, Object> told(Account account) {
        return Map.of("id", account.id(), "username", account.username(), "email", account.email(), "role", account.role());
    }
}
