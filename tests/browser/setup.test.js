// <twinlock-setup>, inside the settings of the example.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { story } from './lib/suite.js';
import { Phone } from './lib/phone.js';
import { readQr } from './lib/qr.js';

const backupCodes = (page) => page.getByRole('heading', { name: 'Save your backup codes' });

async function toBackupCodes(ada, page) {
  await ada.register();
  await ada.beginSetup();
  await page.locator('.tl-code').fill(await ada.phone.code());
  await backupCodes(page).waitFor();
  return page.locator('.tl-codes code').allTextContents();
}

story('U2 U3 each step moves the focus to its heading and is announced', async (ada, page) => {
  await ada.register();
  await page.getByRole('button', { name: 'Set up', exact: true }).click();
  await page.getByText('Step 1 of 3').waitFor();
  await page.getByRole('button', { name: 'Get started' }).click();
  await page.getByLabel('Your password').fill(ada.password);
  const begun = page.waitForResponse((response) => response.url().endsWith('/setup') && response.status() === 201);
  await page.keyboard.press('Enter');
  const phone = new Phone((await (await begun).json()).otpauth_uri);
  await page.getByRole('status').filter({ hasText: /^Step 2 of 3$/ }).waitFor({ state: 'attached' });
  assert.equal(await ada.focused(), 'Scan the QR code');
  await page.locator('.tl-code').fill(await phone.code());
  await page.getByRole('status').filter({ hasText: /^Step 3 of 3$/ }).waitFor({ state: 'attached' });
  assert.equal(await ada.focused(), 'Save your backup codes');
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
  assert.equal(await field.evaluate((input) => input === document.activeElement), true);
});

story('U10 U12 the QR code is read from a picture of the screen, in light and in dark', async (ada, page) => {
  await ada.register();
  const enrollment = await ada.beginSetup();
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    await page.locator('.tl-qr').scrollIntoViewIfNeeded();
    assert.equal(await readQr(page), enrollment.otpauth_uri, colorScheme);
  }
  const { background, padding } = await page.locator('.tl-qr').evaluate((frame) => {
    const style = getComputedStyle(frame);
    return { background: style.backgroundColor, padding: parseFloat(style.paddingTop) };
  });
  assert.equal(background, 'rgb(255, 255, 255)');
  assert.ok(padding >= 8, 'the quiet zone has room beyond that of the picture');
});

story('U11 U13 U14 the other ways: a link for this device, the key by hand', async (ada, page) => {
  await ada.register();
  const { secret, otpauth_uri: uri, account_name: account, issuer } = await ada.beginSetup();
  const alt = await page.locator('.tl-qr img').getAttribute('alt');
  assert.match(alt, /setup key/);
  assert.ok(!alt.includes(secret));
  assert.equal(await page.getByRole('link', { name: 'Open in an app on this device' }).getAttribute('href'), uri);

  await page.getByText('Enter the key by hand').click();
  const groups = await page.locator('.tl-key span').allTextContents();
  assert.deepEqual(groups, secret.match(/.{1,4}/g));
  await page.getByRole('button', { name: 'Copy setup key' }).click();
  await page.getByRole('status').filter({ hasText: 'Copied.' }).waitFor({ state: 'attached' });
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

story('U15 the secret and the backup codes are in no address, title, console, storage, history or referrer', async (ada, page) => {
  const codes = await toBackupCodes(ada, page);
  await page.getByLabel('I have saved these codes').check();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('button', { name: 'Close' }).click();
  await page.locator('.tl-hero').waitFor();
  const left = await page.evaluate(async () => ({
    storage: [JSON.stringify(localStorage), JSON.stringify(sessionStorage)],
    databases: (await indexedDB.databases()).length,
    caches: (await caches.keys()).length,
    cookies: document.cookie,
    history: JSON.stringify(history.state),
    place: [location.href, document.title, document.referrer],
    document: document.documentElement.outerHTML,
  }));
  assert.equal(left.databases + left.caches, 0);
  const everywhere = JSON.stringify([left, ada.watch.urls.filter((url) => !url.startsWith('data:')), ada.watch.console]);
  for (const secret of [ada.phone.secret, ...codes]) assert.ok(!everywhere.includes(secret));
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
  assert.equal(await ada.focused(), 'Set up two-factor authentication');
  await page.getByRole('button', { name: 'Get started' }).waitFor();
});

story('U26 U27 backup codes are a monospaced list to copy, download and print', async (ada, page) => {
  const codes = await toBackupCodes(ada, page);
  const list = page.getByRole('list', { name: 'Backup codes' });
  assert.equal(await list.getByRole('listitem').count(), 10);
  assert.match(await list.locator('code').first().evaluate((code) => getComputedStyle(code).fontFamily), /monospace/);

  await page.getByRole('button', { name: 'Copy all' }).click();
  await page.getByRole('status').filter({ hasText: 'Copied.' }).waitFor({ state: 'attached' });
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), codes.join('\n'));

  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download' }).click();
  const download = await downloading;
  assert.match(download.suggestedFilename(), /^backup-codes-.*\.txt$/);
  const text = readFileSync(await download.path(), 'utf8');
  for (const code of codes) assert.ok(text.includes(`${code}\n`));

  await page.evaluate(() => {
    window.print = () => (window.printed = document.documentElement.className);
  });
  await page.getByRole('button', { name: 'Print' }).click();
  await page.emulateMedia({ media: 'print' });
  const paper = await page.locator('body').innerText();
  for (const code of codes) assert.ok(paper.includes(code));
  assert.ok(!paper.includes('Your account'), 'only the codes are on the paper');
  await page.evaluate(() => dispatchEvent(new Event('afterprint')));
  await page.emulateMedia({ media: 'screen' });
  assert.equal(await page.locator('.tl-sheet').count(), 0);
});

story('U28 "Done" wants the tick, and leaving earlier warns', async (ada, page) => {
  await toBackupCodes(ada, page);
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('alert').filter({ hasText: 'tick the box' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Cancel' }).count(), 0, 'no way out past the codes');
  const warned = page.waitForEvent('dialog');
  const leaving = page.goto('/login').catch(() => {});
  const dialog = await warned;
  assert.equal(dialog.type(), 'beforeunload');
  await dialog.dismiss();
  await leaving;
  await page.getByLabel('I have saved these codes').check();
  const saved = page.waitForResponse('**/backup-codes/saved');
  await page.getByRole('button', { name: 'Done' }).click();
  assert.equal((await saved).status(), 204);
});

story('U29 the codes are gone after "Done", and do not come back with the back button', async (ada, page) => {
  const codes = await toBackupCodes(ada, page);
  page.on('dialog', (dialog) => dialog.accept());
  await page.goto('/login');
  await page.goBack();
  await page.waitForLoadState();
  const back = await page.content();
  for (const code of codes) assert.ok(!back.includes(code));
});
