// U8, U9, U36: other directions, longer words, other languages. All states are toured once, turned round and lengthened where they stand.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { eventually, settled } from './lib/eventually.js';
import { assertAccessible } from './lib/looks.js';
import { LANGUAGES, crookedDigits, cutOff, inLanguage, longer, pseudoLocale, shownTexts, turned } from './lib/languages.js';
import { promise, story, visit } from './lib/suite.js';
import { promised } from './lib/promises.js';
import { judged } from './lib/states.js';

const MODULE = '/api/auth/2fa/web/twinlock.js';
const LIMIT = 15 * 1024;

/** `{state: {turned, longer, both}}` of all states. */
const everyState = judged(async (page) => {
  const upright = await turned(page, async () => [...(await crookedDigits(page)), ...(await cutOff(page))]);
  const long = await longer(page, () => cutOff(page));
  const both = await turned(page, () => longer(page, () => cutOff(page)));
  return { turned: upright, longer: long, both };
});

function faults(found, kind) {
  return Object.fromEntries(Object.entries(found).filter(([, state]) => state[kind].length).map(([state, all]) => [state, all[kind]]));
}

test(promised('U8'), async () => {
  const found = await everyState();
  assert.ok(Object.keys(found).length > 25);
  assert.deepEqual(faults(found, 'turned'), {});
  await visit('Arabic', async (ada, page) => {
    await ada.register();
    await inLanguage(page, 'ar', 'rtl');
    await page.goto('/account');
    await page.getByRole('button', { name: 'إعداد' }).click();
    await page.getByRole('button', { name: 'ابدأ' }).click();
    await page.getByLabel('كلمة مرورك').fill(ada.password);
    await page.keyboard.press('Enter');
    await page.locator('.tl-qr img').waitFor();
    await page.locator('.tl-details summary').click();
    assert.equal(await page.locator('.tl').first().evaluate((element) => getComputedStyle(element).direction), 'rtl');
    // What is written right to left begins at the right: the heading ends where its card's content ends.
    const gap = await page.locator('.tl-card .tl-h2').evaluate((head) => {
      const range = document.createRange();
      range.selectNodeContents(head);
      return head.getBoundingClientRect().right - range.getBoundingClientRect().right;
    });
    assert.ok(Math.abs(gap) < 2, `the heading keeps ${gap} px from the right`);
    assert.deepEqual([...(await crookedDigits(page)), ...(await cutOff(page))], []);
    await assertAccessible(page, 'scan, in Arabic');
  });
});

test(promised('U9'), async () => {
  const found = await everyState();
  assert.deepEqual(faults(found, 'longer'), {});
  assert.deepEqual(faults(found, 'both'), {});
  // And by a catalogue that really is longer, in which nothing is left that no catalogue can reach.
  await visit('pseudo-locale', async (ada, page) => {
    await ada.atSettings();
    await pseudoLocale(page, MODULE);
    await page.getByRole('heading', { name: /ļōŋġ/ }).first().waitFor();
    const short = (await shownTexts(page)).filter((text) => !/ļōŋġ/.test(text) && /\p{L}/u.test(text));
    // Names that the server gave: they are no texts of the pages.
    assert.deepEqual(short.filter((text) => !/^(Authenticator \d|Chrom|Mozilla|HeadlessChrome)/.test(text)), []);
    assert.deepEqual(await cutOff(page), []);
  });
});

promise('U36', async (ada, page) => {
  const packed = gzipSync(readFileSync(new URL('../../web/dist/twinlock.js', import.meta.url)), { level: 9 }).length;
  assert.ok(packed <= LIMIT, `${packed} bytes gzip, at most ${LIMIT}`);
  await ada.atSettings();
  const files = () => ada.watch.urls.filter((url) => url.includes('/web/')).map((url) => url.slice(url.lastIndexOf('/') + 1));
  await settled(page);
  assert.deepEqual([...new Set(files())].sort(), ['twinlock.css', 'twinlock.js'], 'English needs no catalogue');
  await page.evaluate(() => void (document.documentElement.lang = 'de-AT'));
  await page.getByRole('heading', { name: 'Zwei-Faktor-Authentisierung', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Ausschalten' }).click();
  await page.keyboard.press('Escape');
  const [catalogue, ...more] = ada.watch.urls.filter((url) => url.includes('twinlock.de.js'));
  assert.deepEqual(more, [], 'once is enough');
  assert.equal(catalogue, `${ada.url}${MODULE.replace('twinlock.js', 'twinlock.de.js')}`, 'from the same origin');
  assert.deepEqual(ada.watch.strangers, []);
});

for (const [lang, { settings, code, dir }] of Object.entries(LANGUAGES)) {
  story(`settings and sign-in speak ${lang} where the page does, and fit`, async (ada, page) => {
    await ada.register();
    await ada.enable();
    await inLanguage(page, lang, dir);
    await page.goto('/account');
    await page.locator('.tl-hero').getByRole('heading', { name: settings }).waitFor();
    assert.equal(await page.locator('.tl').first().getAttribute('lang'), lang);
    const english = await page.evaluate(async (module) => Object.values((await import(module)).english), MODULE);
    const left = (await shownTexts(page)).filter((text) => english.includes(text));
    assert.deepEqual(left, [], 'texts left in English');
    assert.deepEqual(await cutOff(page), []);
    await ada.signOut();
    await ada.signIn();
    await page.getByLabel(code).waitFor();
    assert.deepEqual((await shownTexts(page)).filter((text) => english.includes(text)), []);
    assert.deepEqual(await cutOff(page), []);
  });
}

story('an element runs the way of its own words, on a page that runs the other way, too', async (ada, page) => {
  await ada.register();
  const direction = () => page.locator('twinlock-settings .tl').first().evaluate((root) => getComputedStyle(root).direction);
  await page.locator('twinlock-settings').evaluate((element) => void (element.lang = 'ar'));
  await page.getByRole('heading', { name: LANGUAGES.ar.settings }).waitFor();
  assert.equal(await direction(), 'rtl');
  // No catalogue of Hebrew: the words are English then.
  await page.evaluate(() => Object.assign(document.documentElement, { lang: 'he', dir: 'rtl' }));
  await page.locator('twinlock-settings').evaluate((element) => element.removeAttribute('lang'));
  await page.getByRole('heading', { name: 'Two-factor authentication' }).waitFor();
  assert.equal(await direction(), 'ltr');
});

story('a page that changes its language is followed, and what was typed is kept', async (ada, page) => {
  await ada.atChallenge();
  const speak = (lang) => page.evaluate((wanted) => void (document.documentElement.lang = wanted), lang);
  await speak('fr');
  await page.getByRole('heading', { name: 'Connexion en deux étapes' }).waitFor();
  await page.locator('.tl-code').fill('12');
  await speak('es');
  await page.waitForFunction(() => document.querySelector('twinlock-challenge .tl').lang === 'es');
  assert.equal(await page.locator('.tl-code').inputValue(), '12');
  await page.getByRole('heading', { name: 'Connexion en deux étapes' }).waitFor();
  await page.locator('.tl-code').fill(await ada.phone.code());
  await page.waitForURL('**/account*');
});

story('the element’s own language goes before the page’s, and is followed, too', async (ada, page) => {
  await ada.register();
  await page.locator('twinlock-settings').evaluate((element) => void (element.lang = 'pt'));
  await page.getByRole('heading', { name: 'Autenticação de dois fatores' }).waitFor();
  await page.evaluate(() => void (document.documentElement.lang = 'ja'));
  await page.getByRole('button', { name: 'Configurar' }).click();
  await page.getByRole('heading', { name: 'Configurar a autenticação de dois fatores' }).waitFor();
  await page.locator('twinlock-settings').evaluate((element) => element.removeAttribute('lang'));
  await page.locator('twinlock-setup').evaluate((element) => element.removeAttribute('lang'));
  await page.getByRole('heading', { name: '2要素認証を設定する' }).waitFor();
});

story('a catalogue that cannot be had leaves the page in English', async (ada, page) => {
  await ada.atSettings();
  await inLanguage(page, 'de');
  await page.route('**/twinlock.de.js', (route) => route.abort());
  await page.goto('/account');
  await page.locator('.tl-hero').getByRole('heading', { name: 'Two-factor authentication' }).waitFor();
  assert.equal(await page.locator('.tl').first().getAttribute('lang'), 'en');
});

story('a catalogue that does not come is not waited for longer than three seconds', async (ada, page) => {
  await ada.atSettings();
  await inLanguage(page, 'de');
  let asked;
  const wanted = new Promise((resolve) => (asked = resolve));
  await page.route('**/twinlock.de.js', () => asked());
  await page.clock.install();
  await page.goto('/account', { waitUntil: 'commit' });
  await wanted;
  await page.clock.runFor(2900);
  assert.equal(await page.locator('.tl-hero').count(), 0);
  await eventually(async () => {
    await page.clock.runFor(200);
    assert.equal(await page.locator('.tl-hero h1, .tl-hero h2').textContent({ timeout: 500 }), 'Two-factor authentication');
  });
});
