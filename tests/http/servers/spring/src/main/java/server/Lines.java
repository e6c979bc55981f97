package server;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Everything that the process prints, so that the suite can look for secrets in it. */
final class Lines {
    private static final List<String> ALL = new CopyOnWriteArrayList<>();

    private Lines() {}

    static void capture() {
        System.setOut(new PrintStream(new Tee(System.out), true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(new Tee(System.err), true, StandardCharsets.UTF_8));
    }

    static List<String> all() {
        return List.copyOf(ALL);
    }

    private static final class Tee extends OutputStream {
        private final PrintStream to;
        private final ByteArrayOutputStream line = new ByteArrayOutputStream();

        Tee(PrintStream to) {
            this.to = to;
        }

        @Override
        public synchronized void write(int octet) {
            to.write(octet);
            if (octet != '\n') {
                line.write(octet);
                return;
            }
            ALL.add(line.toString(StandardCharsets.UTF_8));
            line.reset();
        }

        @Override
        public void flush() {
            to.flush();
        }
    }
}
