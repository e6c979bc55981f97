// The README's pictures: the real pages of the FastAPI example, each in light and in dark, at most 60 kB.
//   npm run pictures        writes docs/pictures/*.webp
// Clock, names and the secret are fixed, so a picture changes only when the page does. The QR code is of a throw-away
// secret, made for these pictures and used nowhere.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { launch } from './lib/browser.js';
import { startExample } from './lib/example.js';
import { Person } from './lib/person.js';

const FOLDER = new URL('../../docs/pictures/', import.meta.url);
const MOST_BYTES = 60_000;
const NOW = new Date('2026-01-15T10:00:00Z');
const DAY = 24 * 3600;
const ENROLLMENT = JSON.parse(readFileSync(new URL('lib/throw-away-enrollment.json', import.meta.url), 'utf8'));
const CONTEXT = { viewport: { width: 800, height: 1200 }, deviceScaleFactor: 2, locale: 'en-GB', timezoneId: 'UTC' };

/** What differs from run to run, put right on its way; everything else is the server's own. */
async function settle(page) {
  await page.clock.setFixedTime(NOW);
  await page.route('**/2fa/setup', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: response.status() === 201 ? { ...(await response.json()), ...ENROLLMENT } : await response.json() });
  });
  await page.route('**/2fa/status', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: fixed(await response.json()) });
  });
}

function fixed(status) {
  const at = (days) => NOW.getTime() / 1000 - days * DAY;
  const names = ['Ada’s phone', 'Work phone'];
  const authenticators = status.authenticators.map((one, nth) => ({ ...one, name: names[nth], created_at: at(90), last_used_at: at(1) }));
  const devices = status.devices.map((one) => ({ ...one, label: 'Firefox on Linux', last_used_at: at(0), trusted: true }));
  const backup_codes = { ...status.backup_codes, saved: true };
  return { ...status, authenticators, devices, backup_codes };
}

/** Writes one picture for each of light and dark. */
async function take(page, name) {
  const element = page.locator('.tl').first();
  await page.evaluate(() => document.activeElement.blur());
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    const picture = await shoot(page, await element.boundingBox());
    const file = `${name}${colorScheme === 'dark' ? '-dark' : ''}.webp`;
    console.log(`docs/pictures/${file}: ${picture.length} bytes`);
    if (picture.length > MOST_BYTES) throw new Error(`${file} has more than ${MOST_BYTES} bytes`);
    writeFileSync(new URL(file, FOLDER), picture);
  }
}

// With a little of the page around it.
async function shoot(page, { x, y, width, height }) {
  const devtools = await page.context().newCDPSession(page);
  const clip = { x: x - 16, y: y - 16, width: width + 32, height: height + 32, scale: 1 };
  const { data } = await devtools.send('Page.captureScreenshot', { format: 'webp', quality: 90, clip, captureBeyondViewport: true });
  await devtools.detach();
  return Buffer.from(data, 'base64');
}

async function takeAll(ada) {
  const { page } = ada;
  await settle(page);
  await ada.register();
  // Without the welcome of the page that a new account comes to.
  await ada.settings();
  await ada.beginSetup();
  await take(page, 'enrolment');
  await page.unroute('**/2fa/setup');
  await ada.enable();
  await ada.settings();
  await take(page, 'settings');
  await ada.signOut();
  await ada.signInToChallenge();
  await take(page, 'challenge');
}

mkdirSync(fileURLToPath(FOLDER), { recursive: true });
const example = await startExample({ example: 'fastapi' });
const browser = await launch();
try {
  await takeAll(await Person.arrive(browser, example.url, CONTEXT));
} finally {
  await browser.close();
  await example.stop();
}
