// Backup codes: shown once, kept by their owner, gone from the page.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { eventually } from './lib/eventually.js';
import { promise, story } from './lib/suite.js';

const shown = (page) => page.locator('.tl-codes code');
const done = (page) => page.getByRole('button', { name: 'Done' });
const tick = (page) => page.getByLabel('I have saved these codes');

/** Set up to the last step; gives the codes on the screen. */
async function toBackupCodes(ada, page) {
  await ada.register();
  await ada.beginSetup();
  await page.locator('.tl-code').fill(await ada.phone.code());
  await page.getByRole('heading', { name: 'Save your backup codes' }).waitFor();
  const codes = await shown(page).allTextContents();
  assert.equal(codes.length, 10);
  return codes;
}

/** None of the codes is anywhere in the document, its fields included. */
async function assertGone(page, codes) {
  const held = await page.evaluate(() => [
    document.documentElement.outerHTML,
    ...[...document.querySelectorAll('input, textarea')].map((field) => field.value),
  ]);
  const left = held.join('\n').replaceAll('-', '');
  for (const code of codes) assert.ok(!left.includes(code.replaceAll('-', '')));
}

promise('U26', async (ada, page) => {
  const codes = await toBackupCodes(ada, page);
  const list = page.getByRole('list', { name: 'Backup codes' });
  assert.deepEqual(await list.getByRole('listitem').allTextContents(), codes);
  // Monospaced is what it looks like: an i is as wide as a W.
  const { family, widths } = await list.locator('code').first().evaluate((code) => {
    const own = code.cloneNode();
    code.parentElement.append(own);
    const wide = (text) => {
      own.textContent = text;
      return own.getBoundingClientRect().width;
    };
    const seen = { family: getComputedStyle(code).fontFamily, widths: ['iiiiiiii', 'WWWWWWWW', '00000000'].map(wide) };
    own.remove();
    return seen;
  });
  assert.match(family, /monospace$/);
  assert.deepEqual(new Set(widths).size, 1, `${widths}`);
});

promise('U27', async (ada, page) => {
  const codes = await toBackupCodes(ada, page);
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
  assert.match(await page.evaluate(() => window.printed), /tl-printing/);
  await page.emulateMedia({ media: 'print' });
  const paper = await page.locator('body').innerText();
  for (const code of codes) assert.ok(paper.includes(code));
  assert.ok(!paper.includes('Your account'), 'only the codes are on the paper');
  await page.evaluate(() => dispatchEvent(new Event('afterprint')));
  await page.emulateMedia({ media: 'screen' });
  await page.locator('.tl-sheet').waitFor({ state: 'detached' });
});

promise('U28', async (ada, page) => {
  const codes = await toBackupCodes(ada, page);
  await done(page).click();
  await page.getByRole('alert').filter({ hasText: 'tick the box' }).waitFor();
  assert.deepEqual(await shown(page).allTextContents(), codes, 'they are still there');
  assert.equal(await page.getByRole('button', { name: 'Cancel' }).count(), 0, 'no way out past the codes');
  const warned = page.waitForEvent('dialog');
  const leaving = page.goto('/login').catch(() => {});
  const dialog = await warned;
  assert.equal(dialog.type(), 'beforeunload');
  await dialog.dismiss();
  await leaving;
  assert.deepEqual(await shown(page).allTextContents(), codes, 'who stays still has them');
  await tick(page).check();
  const saved = page.waitForResponse('**/backup-codes/saved');
  await done(page).click();
  assert.equal((await saved).status(), 204);
  // Nobody is warned any more: a dialog would be left open, and this would not arrive.
  await page.getByRole('button', { name: 'Close' }).click();
  await page.goto('/login');
});

async function goneForGood(ada, page) {
  const codes = await toBackupCodes(ada, page);
  // Away and back, the page out of the browser's memory: they are not on it any more, and it says why.
  page.on('dialog', (dialog) => dialog.accept());
  await page.evaluate(() => {
    window.wasHere = true;
    addEventListener('pageshow', ({ persisted }) => (window.cameBack = persisted));
  });
  await page.goto('/login');
  await page.goBack({ waitUntil: 'commit' });
  await eventually(async () => assert.equal(await page.evaluate(() => window.cameBack), true, 'the browser kept the page'));
  assert.equal(await page.evaluate(() => window.wasHere), true);
  await assertGone(page, codes);
  await page.getByText('For your safety the codes are no longer shown.').waitFor();
  await done(page).click();
  await page.getByRole('button', { name: 'Close' }).click();

  // A new set, to its end: gone with "Done", and neither forward nor back brings it again.
  await page.getByRole('button', { name: 'Make new codes' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Make new codes' }).click();
  await shown(page).first().waitFor();
  const renewed = await shown(page).allTextContents();
  await tick(page).check();
  await done(page).click();
  await page.getByText('10 of 10 left.').waitFor();
  await assertGone(page, renewed);
  await page.goto('/login');
  await page.goBack({ waitUntil: 'commit' });
  await page.locator('.tl-hero').waitFor();
  await assertGone(page, [...codes, ...renewed]);
}

promise('U29', goneForGood, { pageCache: true });

story('without the page cache the codes are gone with the page, too', async (ada, page) => {
  const codes = await toBackupCodes(ada, page);
  page.on('dialog', (dialog) => dialog.accept());
  await page.goto('/login');
  await page.goBack();
  await page.locator('.tl-hero').waitFor();
  await assertGone(page, codes);
});
