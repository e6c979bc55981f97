// The server's clock, moved by a test: what expires after minutes expires at once, and is not forged.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codeAt } from './phone.js';

const PERIOD = 30;

/**
 * Call it before `startExample`: a server of Python or Node that is started afterwards, by this test file, reads its clock through it.
 * Gives `{advance, code, remove}`.
 */
export function movableClock() {
  const folder = mkdtempSync(join(tmpdir(), 'twinlock-clock-'));
  const file = join(folder, 'ahead');
  let ahead = 0;
  const write = () => writeFileSync(file, String(ahead));
  write();
  process.env.CLOCK_AHEAD_FILE = file;
  process.env.PYTHONPATH = fileURLToPath(new URL('clock', import.meta.url));
  process.env.NODE_OPTIONS = `--import ${new URL('clock/ahead.mjs', import.meta.url)}`;
  return {
    /** Moves the server's clock on, by whole periods of a code. */
    advance(seconds) {
      ahead += Math.ceil(seconds / PERIOD) * PERIOD;
      write();
    },
    /** A code of this phone that is right now on the server, and that nobody has used. */
    async code(phone) {
      const steps = ahead / PERIOD;
      const latest = phone.used;
      phone.used = Math.max(0, latest - steps);
      await phone.code();
      phone.used += steps;
      return codeAt(phone.secret, phone.used);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
