/*
 * The pages in a real browser, from "create an account" to "delete it", with the pretend phone as the phone.
 *   node examples/browse.mjs ADDRESS [FOLDER-FOR-SCREENSHOTS]
 * ADMIN is the command that makes an account an administrator, which gets the name as $1: then it looks at that page, too.
 * Prints what it saw. Failures are: errors in the console, a broken content policy included, and what axe finds.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [address, shots] = process.argv.slice(2);
const require = createRequire(new URL('../tests/browser/', import.meta.url));
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const executablePath = execFileSync('sh', ['-c', 'command -v chromium']).toString().trim();
const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const browser = await chromium.launch({ executablePath, args });
const context = await browser.newContext({ viewport: { width: 1180, height: 900 }, reducedMotion: 'reduce' });
const page = await context.newPage();
page.setDefaultTimeout(15_000);

const errors = [];
page.on('pageerror', (error) => errors.push(`${error}`));
page.on('console', (message) => {
  // The browser itself reports each refused call; those are part of the story.
  if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) errors.push(message.text());
});

const name = `page-${Date.now()}`;
const password = 'a quiet afternoon';
let picture = 0;
const saw = async (what) => {
  console.log(`  ${what}`);
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa'] }));
  errors.push(...violations.map(({ id, nodes }) => `${what}: ${id}: ${nodes.map((node) => node.html).join(' | ')}`));
  if (shots) await page.screenshot({ path: `${shots}/${String(++picture).padStart(2, '0')}.png`, fullPage: true });
};
const go = (path) => page.goto(address + path);
const phone = () => page.locator('.phone-code').first().inputValue().catch(() => page.locator('.phone-code').first().textContent());

/** A code that has not been used: waits for the phone to show another one. */
let used;
async function typeFreshCode(field = page.locator('input[autocomplete="one-time-code"]').first()) {
  await field.waitFor();
  if (used === (await phone())) await page.waitForFunction((old) => document.querySelector('.phone-code').value !== old, used, { timeout: 40_000 });
  used = await phone();
  await field.fill(used);
}
async function submit(within = page) {
  const button = within.locator('form button[type=submit]').first();
  if (await button.isVisible().catch(() => false)) await button.click().catch(() => null);
}

try {
  await go('/');
  await page.getByRole('heading', { name: 'A second lock on the door.' }).waitFor();
  await saw('home');

  await go('/account');
  await page.waitForURL('**/login?next=%2Faccount');
  await saw('account without a session leads to sign-in');

  await go('/register');
  await page.getByLabel('User name').fill(name);
  await page.getByLabel('E-mail address').fill(`${name}@example.com`);
  await page.getByLabel('Password').fill('short');
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.locator('#error').filter({ hasText: /\w/ }).waitFor();
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.waitForURL('**/account?notice=welcome');
  await page.locator('twinlock-settings').getByRole('button', { name: 'Set up' }).waitFor();
  await saw('registered, on the account page');

  await page.getByRole('button', { name: 'Delete my account' }).click();
  await page.locator('#sure').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('switch it on first').waitFor();
  await saw('deletion wants a second factor');

  await page.getByRole('button', { name: 'Set up' }).click();
  const begin = page.getByRole('button', { name: 'Get started' });
  await begin.click();
  await page.getByLabel('Your password').fill(password);
  await begin.click();
  await page.locator('.phone-code').waitFor();
  await page.getByRole('button', { name: 'Turn on' }).waitFor();
  await saw('the QR code, and the pretend phone has scanned it');
  await typeFreshCode();
  await submit(page.locator('twinlock-setup'));
  await page.getByText('I have saved these codes').waitFor();
  await saw('backup codes');
  const codes = await page.locator('twinlock-setup').innerText();
  const [backupCode, secondBackupCode] = codes.match(/[0-9A-Z]{4}(-?[0-9A-Z]{4}){3}/g) ?? [];
  assert.ok(secondBackupCode, 'backup codes are on the page');
  await page.getByText('I have saved these codes').click();
  await page.locator('twinlock-setup').getByRole('button', { name: /Done|Continue/ }).click();
  await page.getByText('password and code').waitFor();
  await saw('switched on');

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL('**/login?notice=signed-out');
  await signIn();
  await typeFreshCode();
  await submit(page.locator('twinlock-challenge'));
  await page.waitForURL('**/account');
  await page.locator('twinlock-settings').getByText('Authenticators').first().waitFor();
  await saw('signed in with a code');

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL('**/login?notice=signed-out');
  await signIn();
  await page.getByRole('button', { name: /backup code/ }).click();
  await page.locator('twinlock-challenge input').first().fill(backupCode);
  await saw('lost the phone: a backup code');
  await submit(page.locator('twinlock-challenge'));
  await page.waitForURL('**/account');

  await go('/admin');
  await page.getByText('Only an administrator').waitFor();
  await saw('not an administrator');

  if (process.env.ADMIN) {
    execFileSync('sh', ['-c', process.env.ADMIN, 'sh', name], { stdio: 'ignore' });
    await go('/admin');
    await page.locator('[data-figure=users]').filter({ hasText: /[1-9]/ }).waitFor();
    await page.getByPlaceholder('Name or address').fill(name);
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByRole('button', { name: `Second factor of ${name}` }).click();
    await page.locator('#user').getByText('9 of 10').waitFor();
    await saw('the admin page and one user');
    await page.locator('#unlock').click();
    await page.locator('#user-error').waitFor({ state: 'hidden' });
    await page.locator('#user-close').click();
  }

  const stored = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }) + document.cookie);
  assert.ok(!/access|refresh|eyJ/.test(stored), 'no token is within reach of a script');

  await go('/account');
  await page.getByLabel('Current password').fill(password);
  await page.getByLabel('New password').fill(`${password}!`);
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByText('Your password is changed').waitFor();
  await saw('password changed');

  // The change ended the proof of this session: the next sensitive thing asks for a fresh code.
  await page.getByRole('button', { name: 'Delete my account' }).click();
  await page.locator('#sure').getByRole('button', { name: 'Delete' }).click();
  const stepUp = page.locator('twinlock-step-up');
  await stepUp.waitFor();
  await page.locator('dialog .phone-code').waitFor();
  await saw('step-up, with the phone inside the dialog');
  await stepUp.getByRole('button', { name: /backup code/ }).click();
  await stepUp.locator('input').first().fill(secondBackupCode);
  await submit(stepUp);
  await page.waitForURL('**/login?notice=deleted');
  await saw('deleted');

  const docs = page.getByRole('link', { name: 'API documentation' });
  if (await docs.isVisible()) {
    await docs.click();
    await page.getByText('/api/auth/login').first().waitFor();
    console.log('  the API documentation');
  }
  assert.deepEqual(errors, []);
  console.log('all done');
} catch (error) {
  console.error(errors.join('\n'));
  console.error(await page.locator('main').innerText().catch(() => ''));
  if (shots) await page.screenshot({ path: `${shots}/failed.png`, fullPage: true });
  throw error;
} finally {
  await browser.close();
}

async function signIn() {
  await page.getByLabel('User name or e-mail address').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.locator('twinlock-challenge input').first().waitFor();
}
