// <twinlock-setup>, inside the settings of the example: to the first code. What comes then is in codes.test.js.
import assert from 'node:assert/strict';
import { ageProof } from './lib/answers.js';
import { eventually } from './lib/eventually.js';
import { Phone } from './lib/phone.js';
import { qrOnScreen, readQr } from './lib/qr.js';
import { promise, story } from './lib/suite.js';

const SETUP = 'Set up two-factor authentication';
const backupCodes = (page) => page.getByRole('heading', { name: 'Save your backup codes' });
const qr = (page) => page.locator('.tl-qr img');

/** The focus is on a heading that says this. */
function onHeading(ada, page, text) {
  return eventually(async () => {
    assert.equal(await ada.focused(), text);
    assert.match(await page.evaluate(() => document.activeElement.localName), /^h[1-6]$/);
  });
}

/** A screen reader is told this, once the page has become calm. */
function announced(page, text) {
  return page.getByRole('status').filter({ hasText: new RegExp(`^${text}$`) }).waitFor({ state: 'attached' });
}

/** Clicks on what begins the setup and gives its phone. */
async function begun(page, begin) {
  const answered = page.waitForResponse((response) => response.url().endsWith('/setup') && response.status() === 201);
  await begin();
  return new Phone((await (await answered).json()).otpauth_uri);
}

promise('U2', async (ada, page) => {
  await ada.register();
  await page.getByRole('button', { name: 'Set up', exact: true }).click();
  await onHeading(ada, page, SETUP);
  await page.getByRole('button', { name: 'Get started' }).click();
  await page.getByLabel('Your password').fill(ada.password);
  ada.phone = await begun(page, () => page.keyboard.press('Enter'));
  await onHeading(ada, page, 'Scan the QR code');
  await page.locator('.tl-code').fill(await ada.phone.code());
  await onHeading(ada, page, 'Save your backup codes');
  await page.getByLabel('I have saved these codes').check();
  await page.getByRole('button', { name: 'Done' }).click();
  await onHeading(ada, page, 'Two-factor authentication is on');
  await page.getByRole('button', { name: 'Close' }).click();
  await onHeading(ada, page, 'Two-factor authentication');

  await page.getByRole('button', { name: 'Add an authenticator' }).click();
  await onHeading(ada, page, 'Add an authenticator');
  const second = await begun(page, () => page.getByRole('button', { name: 'Get started' }).click());
  await onHeading(ada, page, 'Scan the QR code');
  await page.locator('.tl-code').fill(await second.code());
  await onHeading(ada, page, 'The authenticator was added');
});

promise('U3', async (ada, page) => {
  await ada.register();
  await page.getByRole('button', { name: 'Set up', exact: true }).click();
  await page.getByText('Step 1 of 3').first().waitFor();
  await announced(page, 'Step 1 of 3');
  await ada.beginSetup({ open: false });
  await announced(page, 'Step 2 of 3');
  await page.locator('.tl-code').fill(await ada.phone.code());
  await announced(page, 'Step 3 of 3');
  await page.getByLabel('I have saved these codes').check();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('button', { name: 'Close' }).click();

  await page.getByRole('button', { name: 'Add an authenticator' }).click();
  await announced(page, 'Step 1 of 2');
  await begun(page, () => page.getByRole('button', { name: 'Get started' }).click());
  await announced(page, 'Step 2 of 2');
});

promise('U10', async (ada, page) => {
  await ada.register();
  const { otpauth_uri: uri } = await ada.beginSetup();
  await qr(page).scrollIntoViewIfNeeded();
  assert.equal(await readQr(page), uri);
});

promise('U11', async (ada, page) => {
  await ada.register();
  const { secret, setup, otpauth_uri: uri } = await ada.beginSetup();
  const alt = await qr(page).getAttribute('alt');
  assert.match(alt, /QR code for your authenticator app.*setup key/);
  assert.equal(await page.getByRole('img', { name: alt }).count(), 1, 'it is the image’s name');
  await page.getByText('Enter the key by hand').waitFor();
  const said = alt.replaceAll(/\s/g, '').toUpperCase();
  for (const told of [secret, ...secret.match(/.{8}/g), setup, uri]) assert.ok(!said.includes(told.toUpperCase()));
});

// Three pixels for one, so that a module of the code is measured well.
const FINE = { deviceScaleFactor: 3 };

async function keptInTheDark(ada, page) {
  await ada.register();
  const { otpauth_uri: uri } = await ada.beginSetup();
  for (const media of [{ colorScheme: 'light' }, { colorScheme: 'dark' }, { colorScheme: 'dark', forcedColors: 'active' }]) {
    const look = JSON.stringify(media);
    await page.emulateMedia({ forcedColors: 'none', ...media });
    await qr(page).scrollIntoViewIfNeeded();
    assert.equal(await readQr(page), uri, look);
    const { quiet, brightest, darkest, corner } = await qrOnScreen(page, qr(page));
    assert.ok(quiet > 3.8, `${look}: a quiet zone of four modules, not ${quiet}`);
    assert.deepEqual([brightest, corner, darkest < 48], [255, 255, true], `${look}: dark on light`);
    const { background, room } = await page.locator('.tl-qr').evaluate((frame) => {
      const style = getComputedStyle(frame);
      return { background: style.backgroundColor, room: parseFloat(style.paddingTop) };
    });
    assert.equal(background, 'rgb(255, 255, 255)', look);
    assert.ok(room >= 8, `${look}: and more room beyond that of the picture`);
  }
}

promise('U12', keptInTheDark, FINE);

promise('U13', async (ada, page) => {
  await ada.register();
  const { otpauth_uri: uri } = await ada.beginSetup();
  const link = page.getByRole('link', { name: 'Open in an app on this device' });
  assert.match(uri, /^otpauth:\/\/totp\//);
  assert.equal(await link.getAttribute('href'), uri);
  assert.equal(await link.getAttribute('target'), null);
});

promise('U14', async (ada, page) => {
  await ada.register();
  const { secret, account_name: account, issuer } = await ada.beginSetup();
  await page.getByText('Enter the key by hand').click();
  const groups = await page.locator('.tl-key span').allTextContents();
  assert.deepEqual(groups, secret.match(/.{1,4}/g));
  const [first, second] = await page.locator('.tl-key span').evaluateAll((spans) => spans.map((span) => span.getBoundingClientRect().toJSON()));
  assert.ok(second.left - first.right >= 4, 'the groups are seen');
  await page.getByRole('button', { name: 'Copy setup key' }).click();
  await announced(page, 'Copied.');
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), secret);
  // Selected with the mouse it has no spaces either.
  const selected = await page.locator('.tl-key').evaluate((key) => {
    getSelection().selectAllChildren(key);
    return getSelection().toString();
  });
  assert.equal(selected, secret);
  const facts = await page.locator('.tl-facts').innerText();
  for (const fact of [account, issuer, '6 digits', '30 seconds']) assert.ok(facts.includes(fact), fact);
});

/** Every place where a page could leave something behind, but what it shows. */
function traces(page) {
  return page.evaluate(async () => ({
    storage: [JSON.stringify(localStorage), JSON.stringify(sessionStorage)],
    databases: await indexedDB.databases(),
    caches: await caches.keys(),
    workers: (await navigator.serviceWorker.getRegistrations()).length,
    cookies: document.cookie,
    history: [JSON.stringify(history.state), ...navigation.entries().map((entry) => [entry.url, JSON.stringify(entry.getState() ?? null)])],
    place: [location.href, document.title, document.referrer, window.name],
  }));
}

promise('U15', async (ada, page) => {
  const referrers = [];
  page.on('request', (request) => referrers.push(request.headers()['referer'] ?? ''));
  await ada.register();
  const { setup } = await ada.beginSetup();
  const scanning = await traces(page);
  await page.locator('.tl-code').fill(await ada.phone.code());
  await backupCodes(page).waitFor();
  const codes = await page.locator('.tl-codes code').allTextContents();
  const saving = await traces(page);
  await page.getByLabel('I have saved these codes').check();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('button', { name: 'Close' }).click();
  await page.locator('.tl-hero').waitFor();
  const after = { ...(await traces(page)), document: await page.content() };
  await page.goto('/login');
  const elsewhere = await traces(page);
  for (const { databases, caches, workers } of [scanning, saving, after, elsewhere]) assert.deepEqual([databases, caches, workers], [[], [], 0]);

  const urls = ada.watch.urls.filter((url) => !url.startsWith('data:'));
  const everywhere = JSON.stringify([scanning, saving, after, elsewhere, urls, referrers, ada.watch.console]);
  for (const secret of [ada.phone.secret, setup, ...codes]) assert.ok(!everywhere.includes(secret));
  assert.ok(urls.length > 5 && referrers.some(Boolean), 'there was something to look at');
});

story('the password is asked for, a wrong one is told and kept', async (ada, page) => {
  await ada.register();
  await page.getByRole('button', { name: 'Set up', exact: true }).click();
  await page.getByRole('button', { name: 'Get started' }).click();
  const field = page.getByLabel('Your password');
  await field.fill('not this one');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').filter({ hasText: 'That password is not right' }).waitFor();
  assert.equal(await field.inputValue(), 'not this one');
  assert.equal(await field.getAttribute('aria-invalid'), 'true');
  await eventually(async () => assert.ok(await field.evaluate((input) => input === document.activeElement)));
});

story('a phone whose clock is off is asked for three codes, and taken', async (ada, page) => {
  await ada.register();
  await ada.beginSetup();
  const codes = ada.phone.three(8);
  await page.locator('.tl-code').fill(codes[0]);
  await page.getByRole('alert').filter({ hasText: 'three codes in a row' }).waitFor();
  const labels = ['Code shown now', 'Next code', 'The one after'];
  const sent = page.waitForRequest('**/setup/confirm');
  for (const [at, label] of labels.entries()) await page.getByLabel(label).fill(codes[at]);
  const body = (await sent).postDataJSON();
  assert.deepEqual([body.code, ...body.next_codes], codes, 'the oldest is `code`');
  await backupCodes(page).waitFor();
});

story('a setup that is no longer valid begins again and says why', async (ada, page) => {
  await ada.register();
  await ada.beginSetup();
  await page.route('**/setup/confirm', (route) =>
    route.continue({ postData: JSON.stringify({ ...route.request().postDataJSON(), setup: 'AAAA' }) }),
  );
  await page.locator('.tl-code').fill(await ada.phone.code());
  await page.getByRole('alert').filter({ hasText: 'no longer valid' }).waitFor();
  await onHeading(ada, page, SETUP);
  await page.getByRole('button', { name: 'Get started' }).waitFor();
});

story('no secret is shown before the step-up', async (ada, page) => {
  await ada.atSettings();
  await page.getByRole('button', { name: 'Add an authenticator' }).click();
  await ageProof(page, '**/2fa/setup');
  await page.getByRole('button', { name: 'Get started' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  assert.equal(await page.locator('.tl-qr').count(), 0);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('alert').filter({ hasText: 'needs a fresh code' }).waitFor();
  assert.equal(await page.locator('.tl-qr').count(), 0);
});
