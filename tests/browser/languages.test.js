// U8, U9: other directions, longer words.
import assert from 'node:assert/strict';
import { story } from './lib/suite.js';
import { assertFits } from './lib/looks.js';

const MODULE = '/api/auth/2fa/web/twinlock.js';

/** Turns the page round. The example itself is English: its skip link waits on the left, where RTL pages scroll to. */
async function turn(page, dir) {
  await page.evaluate((direction) => {
    document.documentElement.dir = direction;
    document.querySelector('.skip')?.remove();
  }, dir);
}

/** A language that is 40 % longer than English, so that nothing relies on how short English is. */
async function usePseudoLocale(page, dir) {
  await turn(page, dir);
  await page.evaluate(async (module) => {
    const { addCatalogue, english } = await import(module);
    const longer = (text) => text + ' ' + 'ļōŋġēř '.repeat(Math.ceil((text.length * 0.4) / 7)).trim();
    addCatalogue('xx', Object.fromEntries(Object.entries(english).map(([id, text]) => [id, longer(text)])));
    const old = document.querySelector('twinlock-settings');
    const fresh = document.createElement('twinlock-settings');
    fresh.setAttribute('base', old.getAttribute('base'));
    fresh.setAttribute('lang', 'xx');
    old.replaceWith(fresh);
  }, MODULE);
  await page.locator('.tl-hero').waitFor();
  await page.getByRole('heading', { name: /ļōŋġēř/ }).first().waitFor();
}

async function clipped(page) {
  return page.evaluate(() =>
    [...document.querySelectorAll('.tl *, .tl-dialog *')]
      .filter((element) => element.checkVisibility() && !element.closest('.tl-sr, svg') && element.tagName !== 'INPUT')
      .filter((element) => element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display !== 'inline')
      .map((element) => `${element.className}: ${element.textContent}`),
  );
}

for (const dir of ['ltr', 'rtl']) {
  story(`U8 U9 a language 40 % longer, written ${dir}, clips nothing`, async (ada, page) => {
    await ada.atSettings();
    await usePseudoLocale(page, dir);
    await assertFits(page, `settings ${dir}`);
    assert.deepEqual(await clipped(page), []);
    await page.getByRole('button', { name: /^Turn off/ }).click();
    await assertFits(page, `dialog ${dir}`);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /^Make new codes/ }).click();
    await page.getByRole('dialog').getByRole('button', { name: /^Make new codes/ }).click();
    await page.locator('.tl-codes').waitFor();
    await assertFits(page, `backup codes ${dir}`);
    assert.deepEqual(await clipped(page), []);
    assert.equal(await page.locator('.tl-codes').evaluate((list) => getComputedStyle(list).direction), 'ltr');
    await page.locator('.tl-check').check();
  });
}

story('U8 codes are written left to right where the page is written right to left', async (ada, page) => {
  await ada.atChallenge();
  await turn(page, 'rtl');
  assert.equal(await page.locator('.tl-code').evaluate((field) => getComputedStyle(field).direction), 'ltr');
  await assertFits(page, 'challenge rtl');
});
