package server;

import io.github.twinlock.HttpContract;
import java.io.IOException;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ErrorReportValve;

/** What Tomcat refuses before any application sees it, such as a NUL in a path, in the words of the contract. */
public final class Refusals extends ErrorReportValve {
    @Override
    protected void report(Request request, Response response, Throwable thrown) {
        if (response.getStatus() != 400 || response.getContentWritten() > 0 || !response.setErrorReported()) return;
        response.setHeader("Cache-Control", "no-store");
        response.setContentType("application/problem+json");
        response.setCharacterEncoding("utf-8");
        try {
            response.getReporter().write(HttpContract.problem("malformed_request"));
            response.finishResponse();
        } catch (IOException gone) {
            containerLog.debug("nobody waits for the answer", gone);
        }
    }
}
