package example;

import io.github.twinlock.Enrolled;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Map;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** The tutorial's two calls. Whose second factor it is says the access token, nothing in the request. */
@RestController
class QRCodeController {
    private final QRCodeService service;
    private final Sessions sessions;
    private final Tokens tokens;

    QRCodeController(QRCodeService service, Sessions sessions, Tokens tokens) {
        this.service = service;
        this.sessions = sessions;
        this.tokens = tokens;
    }

    /** @param email may stand there, as in the tutorial: anybody else's is refused */
    @GetMapping("/generate-qr")
    ResponseEntity<byte[]> generate(SignedIn user, @RequestParam(required = false) String email) {
        boolean own = email == null || Accounts.fold(email).equals(Accounts.fold(user.account().email()));
        if (!own) throw new Problem("not_your_account");
        byte[] picture = service.picture(user);
        return ResponseEntity.ok().cacheControl(CacheControl.noStore()).contentType(MediaType.IMAGE_PNG).body(picture);
    }

    record Code(String otp) {
        @Override
        public String toString() {
            return "Code";
        }
    }

    /** Answers the backup codes, and an access token that carries the proof: this session goes on, others end. */
    @PostMapping("/confirm-qr")
    Map<String, Object> confirm(
            SignedIn user, @RequestBody Code given, HttpServletRequest request, HttpServletResponse response) {
        if (given.otp() == null) throw new Problem("code_required");
        Enrolled enrolled = service.confirm(user, given.otp());
        Session proved = sessions.prove(user.session(), Session.PASSWORD_AND_CODE, enrolled.getAssurance());
        sessions.endUnproven(user.account().id());
        Map<String, Object> told = tokens.tellAccess(request, response, proved);
        told.putAll(tokens.tellDevice(request, response, enrolled.getDevice()));
        told.put("backup_codes", enrolled.getBackupCodes());
        return told;
    }
}
