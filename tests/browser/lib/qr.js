// A QR reader nobody here wrote: zbarimg, on a picture of the screen.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a camera would read from the page. */
export async function readQr(page) {
  const folder = mkdtempSync(join(tmpdir(), 'twinlock-qr-'));
  try {
    const path = join(folder, 'screen.png');
    await page.screenshot({ path });
    const options = ['--quiet', '--raw', '-Sdisable', '-Sqrcode.enable', path];
    // It complains of a missing D-Bus, which it needs for nothing here.
    return execFileSync('zbarimg', options, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
