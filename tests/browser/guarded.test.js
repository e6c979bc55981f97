// The client of a front end of one's own: `fetch` that asks for a code when the server wants one.
import assert from 'node:assert/strict';
import { refuse } from './lib/answers.js';
import { counted, openShop } from './lib/client.js';
import { story } from './lib/suite.js';

const ME = '**/api/user/me';
const proof = (page) => page.locator('twinlock-step-up');

/** At the shop, signed in, with a client whose guarded calls are begun by `window.pay()`. */
async function atShop(ada, page) {
  await ada.register();
  await ada.enable();
  await openShop(page);
  await page.evaluate(() => {
    const { createClient, stepUpDialog } = window.twinlock;
    window.refreshed = 0;
    const csrf = () => /(?:^|; )csrf=([^;]*)/.exec(document.cookie)?.[1] ?? '';
    window.client = createClient({
      base: '/api/auth/2fa',
      // Examples with sessions have one; where there is none it changes nothing.
      csrfCookie: 'csrf',
      stepUp: stepUpDialog(),
      refresh: () => (window.refreshed++, fetch('/api/auth/refresh', { method: 'POST', headers: { 'X-CSRF-Token': csrf() } })),
    });
    window.pay = () => (window.paid = window.client.fetch('/api/user/me').then((answer) => answer.status));
  });
}

story('a refused call opens the step-up, and is sent once more when the code is right', async (ada, page) => {
  await atShop(ada, page);
  const me = counted(page, '/api/user/me');
  await refuse(page, ME, 401, 'assurance_required');
  await page.evaluate(() => void window.pay());
  await proof(page).locator('.tl-code').fill(ada.phone.wrong());
  await proof(page).getByRole('alert').filter({ hasText: 'That code is not right' }).waitFor();
  await proof(page).locator('.tl-code').fill(await ada.phone.code());
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => window.paid), 200);
  assert.equal(me.calls, 2);
  assert.equal(await page.locator('dialog').count(), 0);
  assert.equal(await page.evaluate(() => window.refreshed), 0);
});

story('the dialog comes with its style sheet, once, and has the focus', async (ada, page) => {
  await atShop(ada, page);
  for (let round = 0; round < 2; round++) {
    await refuse(page, ME, 401, 'assurance_required');
    await page.evaluate(() => void window.pay());
    const field = proof(page).locator('.tl-code');
    await field.waitFor();
    assert.ok(await field.evaluate((element) => element === document.activeElement));
    await page.keyboard.press('Escape');
    assert.equal(await page.evaluate(() => window.paid), 401, 'the refusal is given to the caller');
  }
  const sheets = await page.evaluate(() => [...document.styleSheets].map(({ href }) => new URL(href).pathname));
  assert.deepEqual(sheets, ['/api/auth/2fa/web/twinlock.css']);
});

story('a refusal after the step-up is the answer: nobody is asked twice', async (ada, page) => {
  await atShop(ada, page);
  const me = counted(page, '/api/user/me');
  await refuse(page, ME, 401, 'assurance_required', 2);
  await page.evaluate(() => void window.pay());
  await proof(page).locator('.tl-code').fill(await ada.phone.code());
  assert.equal(await page.evaluate(() => window.paid), 401);
  assert.equal(me.calls, 2);
  assert.equal(await page.locator('dialog').count(), 0);
});

story('calls that are refused at once share one dialog, those of the contract too', async (ada, page) => {
  await atShop(ada, page);
  await refuse(page, ME, 401, 'assurance_required', 2);
  await refuse(page, '**/2fa/devices', 401, 'assurance_required');
  const all = page.evaluate(async () => {
    const { client } = window;
    const me = () => client.fetch('/api/user/me').then((answer) => answer.status);
    return Promise.all([me(), me(), client.devices().then(({ devices }) => devices.length)]);
  });
  await proof(page).locator('.tl-code').waitFor();
  assert.equal(await page.locator('dialog').count(), 1);
  await proof(page).locator('.tl-code').fill(await ada.phone.code());
  const [one, other, devices] = await all;
  assert.deepEqual([one, other], [200, 200]);
  assert.ok(devices > 0);
  assert.equal(await page.locator('dialog').count(), 0);
});

story('not_signed_in, and nothing else, refreshes the session, and no dialog opens', async (ada, page) => {
  await atShop(ada, page);
  const me = counted(page, '/api/user/me');
  for (const [status, code] of [[401, 'invalid_code'], [401, 'more_codes_required'], [403, 'not_enabled'], [429, 'throttled']]) {
    await refuse(page, ME, status, code);
    assert.equal(await page.evaluate(() => window.pay()), status);
  }
  assert.deepEqual([await page.evaluate(() => window.refreshed), me.calls], [0, 4]);

  // The application's access cookie is gone: its own refusal, its own refresh. One with sessions has none to lose.
  const tokens = (await ada.context.cookies()).some(({ name }) => name.includes('access'));
  if (tokens) await ada.context.clearCookies({ name: /access/ });
  else await refuse(page, ME, 401, 'not_signed_in', 3);
  assert.deepEqual(await page.evaluate(() => Promise.all([window.pay(), window.pay(), window.pay()])), [200, 200, 200]);
  assert.equal(await page.evaluate(() => window.refreshed), 1);
  assert.equal(await page.locator('dialog').count(), 0);
});

story('a page without a bundler has the same client from the pages’ own module', async (ada, page) => {
  await ada.atSettings();
  await refuse(page, ME, 401, 'assurance_required');
  const paid = page.evaluate(async () => {
    const { createClient, openStepUp } = await import('/api/auth/2fa/web/twinlock.js');
    const client = createClient({ base: '/api/auth/2fa', csrfCookie: 'csrf', stepUp: (by) => openStepUp({ client: by }) });
    return (await client.fetch('/api/user/me')).status;
  });
  await proof(page).locator('.tl-code').fill(await ada.phone.code());
  assert.equal(await paid, 200);
});
