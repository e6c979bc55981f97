/*
 * The pages without JavaScript, in a real browser that runs none: sign in, set up, sign out, sign in with the code, the admin.
 *   node browse-without-scripts.mjs ADDRESS
 * ADMIN is the command that makes an account an administrator, which gets the name as $1. Failures are: errors in the
 * console, a broken content policy included, what axe finds, and any script that ran.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [address] = process.argv.slice(2);
const require = createRequire(new URL('../../../tests/browser/', import.meta.url));
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const executablePath = execFileSync('sh', ['-c', 'command -v chromium']).toString().trim();
const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const browser = await chromium.launch({ executablePath, args });
const context = await browser.newContext({ javaScriptEnabled: false });
const page = await context.newPage();
page.setDefaultTimeout(15_000);

const errors = [];
page.on('console', (message) => {
  if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) errors.push(message.text());
});

const name = `still-${Date.now()}`;
const password = 'a quiet afternoon';

/** The page as it is, looked at by axe in a second window that may run scripts and loads nothing but it. */
async function saw(what) {
  console.log(`  ${what}`);
  const html = await page.content();
  assert.ok(!/<script/i.test(html), `${what}: holds no script`);
  const looking = await (await browser.newContext({ bypassCSP: true })).newPage();
  await looking.setContent(html);
  await looking.evaluate(axe);
  const rules = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa'] };
  const { violations } = await looking.evaluate((given) => window.axe.run(document, given), rules);
  errors.push(...violations.map(({ id, nodes }) => `${what}: ${id}: ${nodes.map((node) => node.html).join(' | ')}`));
  await looking.context().close();
}

/** RFC 6238 by itself: the pages are looked at from outside. */
function codeAt(secret, step) {
  const bits = [...secret].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac('sha1', key).update(counter).digest();
  return String((digest.readUInt32BE(digest[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** A code that was not used: the server takes one step either way. */
let last = 0;
async function freshCode(secret) {
  const now = () => Math.floor(Date.now() / 30_000);
  const step = Math.max(last + 1, now());
  while (step > now() + 1) await new Promise((resolve) => setTimeout(resolve, 500));
  last = step;
  return codeAt(secret, step);
}

async function enterPassword(path) {
  await page.goto(address + path);
  await page.locator('input[name=username]').fill(name);
  await page.locator('input[name=password]').fill(password);
  await page.locator('[type=submit]').click();
}

try {
  const registered = await context.request.post(`${address}/api/auth/register`, {
    data: { username: name, email: `${name}@example.com`, password },
  });
  assert.equal(registered.status(), 201);

  await page.goto(`${address}/2fa/`);
  await page.waitForURL('**/accounts/login/?next=/2fa/');
  await saw('the settings without a session lead to sign-in');
  await enterPassword('/accounts/login/?next=/2fa/');
  await page.waitForURL('**/2fa/');
  await saw('signed in by password alone');

  await page.getByRole('link', { name: 'Set up two-factor authentication' }).click();
  await saw('the introduction');
  await page.getByRole('button', { name: 'Get started' }).click();
  await page.locator('figure svg').waitFor();
  await page.getByText('Enter the key by hand').click();
  await saw('the QR code');
  const secret = (await page.locator('.tw-secret').textContent()).replace(/\s/g, '');
  await page.getByLabel('Code', { exact: true }).fill('000000');
  await page.getByRole('button', { name: 'Turn on' }).click();
  await page.getByRole('alert').waitFor();
  await saw('a wrong first code');
  await page.getByLabel('Code', { exact: true }).fill(await freshCode(secret));
  await page.getByLabel('Name of this authenticator').fill('Quiet phone');
  await page.getByRole('button', { name: 'Turn on' }).click();
  await page.getByRole('button', { name: 'I have saved them' }).waitFor();
  const codes = await page.locator('.tw-codes code').allTextContents();
  assert.equal(codes.length, 10);
  await saw('backup codes');
  await page.getByRole('button', { name: 'I have saved them' }).click();
  await page.getByRole('button', { name: 'Rename' }).waitFor();
  await saw('switched on');
  await page.getByRole('link', { name: 'What happened' }).click();
  await saw('what happened');

  await context.clearCookies();
  await enterPassword('/accounts/login/?next=/2fa/events/');
  await page.waitForURL('**/2fa/verify/**');
  await saw('the second step');
  await page.getByLabel('Code', { exact: true }).fill('000000');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').waitFor();
  await saw('a wrong code');
  await page.getByRole('link', { name: 'three codes in a row' }).click();
  await page.getByLabel('The one after').waitFor();
  await saw('three codes in a row');
  await page.getByRole('link', { name: 'a single code' }).click();
  await page.getByLabel('Code', { exact: true }).fill(await freshCode(secret));
  await page.getByLabel('Trust this browser').check();
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/2fa/events/');

  execFileSync('sh', ['-c', process.env.ADMIN, 'sh', name], { stdio: 'ignore' });
  await context.clearCookies();
  await enterPassword('/staff/login/?next=/staff/');
  await page.waitForURL('**/2fa/verify/**');
  await page.goto(`${address}/staff/`);
  assert.ok(page.url().includes('/staff/login/'), 'the password alone opens no page of the admin');
  await page.goto(`${address}/2fa/verify/?next=/staff/`);
  await page.getByLabel('Code', { exact: true }).fill(codes[0]);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${address}/staff/`);
  console.log("  Django's own admin, after a backup code");

  assert.deepEqual(errors, []);
  console.log('all done');
} catch (error) {
  console.error(errors.join('\n'));
  console.error(page.url(), await page.locator('main, body').first().innerText().catch(() => ''));
  throw error;
} finally {
  await browser.close();
}
