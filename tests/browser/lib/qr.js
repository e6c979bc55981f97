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

/**
 * What an element shows to a camera: how many modules of light stand on each side of the code, and how light and dark it is
 * (0 to 255). The first dark row is the upper edge of a finder pattern, seven modules long (ISO/IEC 18004, 6.3.3).
 */
export async function qrOnScreen(page, element) {
  const png = (await element.screenshot()).toString('base64');
  return page.evaluate(async (data) => {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const { width, height } = picture;
    const canvas = new OffscreenCanvas(width, height).getContext('2d');
    canvas.drawImage(picture, 0, 0);
    const { data: pixels } = canvas.getImageData(0, 0, width, height);
    const light = (x, y) => Math.round((pixels[4 * (y * width + x)] + pixels[4 * (y * width + x) + 1] + pixels[4 * (y * width + x) + 2]) / 3);
    const box = { left: width, top: height, right: -1, bottom: -1 };
    let brightest = 0;
    let darkest = 255;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        brightest = Math.max(brightest, light(x, y));
        darkest = Math.min(darkest, light(x, y));
        if (light(x, y) >= 128) continue;
        box.left = Math.min(box.left, x);
        box.right = Math.max(box.right, x);
        box.top = Math.min(box.top, y);
        box.bottom = Math.max(box.bottom, y);
      }
    }
    let run = 0;
    while (light(box.left + run, box.top) < 128) run++;
    const module = run / 7;
    const sides = [box.left, box.top, width - 1 - box.right, height - 1 - box.bottom].map((room) => room / module);
    return { quiet: Math.min(...sides), brightest, darkest, corner: light(2, 2) };
  }, png);
}
