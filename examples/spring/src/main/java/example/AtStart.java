package example;

import io.github.twinlock.BlockingTwoFactor;
import java.util.List;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.stereotype.Component;

/** Finishes what an earlier start began, and makes administrators. */
@Component
class AtStart implements ApplicationRunner {
    private final Accounts accounts;
    private final BlockingTwoFactor twoFactor;

    AtStart(Accounts accounts, BlockingTwoFactor twoFactor) {
        this.accounts = accounts;
        this.twoFactor = twoFactor;
    }

    @Override
    public void run(ApplicationArguments arguments) {
        for (String id : accounts.closed()) {
            twoFactor.erase(id);
            accounts.remove(id);
        }
        List<String> names = arguments.getOptionValues("admin");
        if (names == null) return;
        for (String name : names) {
            if (!accounts.makeAdministrator(name)) throw new IllegalArgumentException("--admin: there is no account of that name");
        }
    }
}
