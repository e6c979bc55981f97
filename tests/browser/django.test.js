// The Django example, which keeps tokens in its session: what a reload does; and its pages in a browser that runs no script.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch } from './lib/browser.js';
import { startExample } from './lib/example.js';
import { Person } from './lib/person.js';
import { Phone } from './lib/phone.js';
import { promised } from './lib/promises.js';
import { readQr } from './lib/qr.js';

let example;
let browser;

before(async () => {
  example = await startExample({ example: 'django' });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await example?.stop();
});

async function signIn(ada, page, next) {
  await page.goto(`/accounts/login/?next=${next}`);
  await page.locator('input[name=username]').fill(ada.name);
  await page.locator('input[name=password]').fill(ada.password);
  await page.locator('[type=submit]').click();
}

const press = (page, name) => page.getByRole('button', { name, exact: true }).click();
const code = (page) => page.getByLabel('Code', { exact: true });

async function switchOn(ada, page) {
  await page.getByRole('link', { name: 'Set up two-factor authentication' }).click();
  await press(page, 'Get started');
  await page.locator('figure svg').scrollIntoViewIfNeeded();
  ada.phone = new Phone(await readQr(page));
  await code(page).fill(ada.phone.wrong());
  await press(page, 'Turn on');
  await page.getByRole('alert').waitFor();
  await code(page).fill(await ada.phone.code());
  await press(page, 'Turn on');
  await page.getByRole('button', { name: 'I have saved them' }).waitFor();
  ada.backupCodes = await page.locator('.tw-codes code').allTextContents();
  assert.equal(ada.backupCodes.length, 10);
  await press(page, 'I have saved them');
  await page.getByText('Two-factor authentication is on.').waitFor();
}

async function switchOff(page) {
  await press(page, 'Switch two-factor authentication off');
  await page.getByText('Two-factor authentication is off.', { exact: true }).waitFor();
}

test(promised('U16'), async () => {
  const ada = await Person.arrive(browser, example.url);
  const { page } = ada;
  await ada.register();
  const first = await ada.beginSetup();
  const picture = await page.locator('.tl-qr img').getAttribute('src');
  const { phone } = ada;
  for (const reload of [() => page.reload(), () => page.goto('/account')]) {
    await reload();
    await page.locator('.tl-hero').waitFor();
    const again = await ada.beginSetup();
    assert.equal(again.otpauth_uri, first.otpauth_uri);
    assert.equal(again.expires_at, first.expires_at, 'and it runs no longer for it');
    assert.equal(await page.locator('.tl-qr img').getAttribute('src'), picture);
  }
  await page.locator('.tl-qr').scrollIntoViewIfNeeded();
  assert.equal(await readQr(page), first.otpauth_uri);
  await page.locator('.tl-code').fill(await phone.code());
  await page.locator('.tl-codes').waitFor();
  await ada.leave();
});

test(promised('U35'), async () => {
  const ada = await Person.arrive(browser, example.url, { javaScriptEnabled: false, permissions: [] });
  const { page } = ada;
  const account = { username: ada.name, email: `${ada.name}@example.com`, password: ada.password };
  const registered = await ada.context.request.post('/api/auth/register', { data: account });
  assert.equal(registered.status(), 201);
  await ada.context.clearCookies();

  await signIn(ada, page, '/2fa/');
  await switchOn(ada, page);

  await ada.context.clearCookies();
  await signIn(ada, page, '/2fa/');
  await page.waitForURL('**/2fa/verify/**');
  await code(page).fill(ada.phone.wrong(1));
  await press(page, 'Sign in');
  await page.getByRole('alert').waitFor();
  await code(page).fill(await ada.phone.code());
  await press(page, 'Sign in');
  await page.waitForURL('**/2fa/');

  await ada.context.clearCookies();
  await signIn(ada, page, '/2fa/');
  await code(page).fill(ada.backupCode().toLowerCase());
  await press(page, 'Sign in');
  await page.getByText('You have 9 backup codes left.', { exact: true }).waitFor();
  await switchOff(page);

  await ada.context.clearCookies();
  await signIn(ada, page, '/2fa/');
  await page.waitForURL('**/2fa/');
  await page.getByText('Two-factor authentication is off.', { exact: true }).waitFor();
  await ada.leave();
});
