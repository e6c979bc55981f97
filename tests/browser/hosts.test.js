// What the pages are put into: other people's HTML, Vue and React, under a strict policy.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ageProof } from './lib/answers.js';
import { POLICY, bundle, serve } from './lib/bundle.js';
import { eventually } from './lib/eventually.js';
import { promised } from './lib/promises.js';
import { TOURS } from './lib/states.js';
import { promise, visit } from './lib/suite.js';

const BASE = '/api/auth/2fa';
const press = (page, name) => page.getByRole('button', { name, exact: true }).click();

/** Goes to one of the pages in hosts/, served from the application's own address under that policy. */
async function open(page, html, script) {
  const text = readFileSync(new URL(`hosts/${html}`, import.meta.url), 'utf8');
  const source = await bundle(`tests/browser/hosts/${script}`);
  await serve(page, { path: '/of-somebody', html: text, script: '/host.js', source });
  const answer = await page.goto('/of-somebody');
  assert.equal(answer.headers()['content-security-policy'], POLICY);
  await page.waitForFunction(() => window.shop);
}

/** Shows one element more on the page. */
function show(page, name) {
  return page.evaluate(
    ([tag, base]) => {
      const element = document.createElement(tag);
      element.setAttribute('base', base);
      element.setAttribute('csrf-cookie', 'csrf');
      document.querySelector('main').append(element);
    },
    [name, BASE],
  );
}

/** With a fresh proof by a backup code, where the dialog asks for one. */
async function stepUp(ada, page) {
  const dialog = page.locator('twinlock-step-up');
  await dialog.getByRole('button', { name: 'Lost your phone?' }).click();
  await dialog.getByLabel('Backup code').fill(ada.backupCode());
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
}

promise('U32', async (ada, page) => {
  await ada.register();
  await open(page, 'plain.html', 'plain.js');
  await show(page, 'twinlock-settings');
  await ada.beginSetup();
  await page.getByText('Enter the key by hand').click();
  await press(page, 'Copy setup key');
  await page.locator('twinlock-settings .tl-code').fill(await ada.phone.code());
  await page.locator('.tl-codes').waitFor();
  ada.backupCodes = await page.locator('.tl-codes code').allTextContents();
  await press(page, 'Copy all');
  const downloading = page.waitForEvent('download');
  await press(page, 'Download');
  await downloading;
  await page.evaluate(() => (window.print = () => {}));
  await press(page, 'Print');
  await page.getByLabel('I have saved these codes').check();
  await press(page, 'Done');
  await press(page, 'Close');
  await ageProof(page, '**/2fa/backup-codes');
  await press(page, 'Make new codes');
  await page.getByRole('dialog').getByRole('button', { name: 'Make new codes' }).click();
  await stepUp(ada, page);
  await page.locator('.tl-codes').waitFor();
  await page.getByLabel('I have saved these codes').check();
  await press(page, 'Done');
  await page.getByText('10 of 10 left.').waitFor();
  await page.evaluate((who) => window.shop.signIn(...who), [ada.name, ada.password]);
  await page.locator('twinlock-challenge .tl-code').fill(ada.phone.wrong());
  await page.getByRole('alert').filter({ hasText: 'That code is not right' }).waitFor();
  assert.deepEqual(ada.watch.faults, []);

  // The policy is in force, and who breaks it is seen.
  const blocked = await page.evaluate(() => {
    const style = document.createElement('style');
    style.textContent = 'h1 { color: red }';
    document.head.append(style);
    try {
      document.querySelector('h1').innerHTML = '<b>parsed</b>';
    } catch (refusal) {
      return refusal.name;
    }
  });
  assert.equal(blocked, 'TypeError');
  await eventually(() => assert.match(ada.watch.violations.join(' '), /style-src/));
  assert.match(ada.watch.violations.join(' '), /require-trusted-types-for/);
  ada.watch.violations.length = 0;
  ada.watch.console.length = 0;

  const account = await page.goto('/account');
  const own = account.headers()['content-security-policy'].split(/;\s*/);
  for (const directive of POLICY.split('; ')) assert.ok(own.includes(directive), `the example says ${directive}`);
});

// Without any policy: nothing but the pages themselves keeps a request from being sent.
async function openly(page) {
  await page.route('**/*', async (route) => {
    if (!route.request().isNavigationRequest()) return route.fallback();
    const response = await route.fetch();
    const { 'content-security-policy': policy, ...headers } = response.headers();
    assert.ok(policy);
    return route.fulfill({ response, headers });
  });
}

promise('U33', async (ada, page) => {
  const tour = async (person, tab, tell) => {
    const begun = [];
    tab.on('request', (request) => begun.push(request.url()));
    tab.on('websocket', (socket) => begun.push(socket.url()));
    await openly(tab);
    const seen = [];
    await tell(person, tab, async (state) => seen.push(state));
    assert.ok(seen.length > 3 && begun.length > 10);
    const elsewhere = begun.filter((url) => !url.startsWith(`${person.url}/`) && !/^(data|blob):/.test(url));
    assert.deepEqual(elsewhere, []);
    const named = await tab.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => new URL(name).origin));
    assert.deepEqual([...new Set(named)], [new URL(person.url).origin]);
  };
  await tour(ada, page, TOURS.settingUp);
  for (const tell of [TOURS.signingIn, TOURS.steppingUp]) await visit('U33', (person, tab) => tour(person, tab, tell));
});

const HOSTS = { 'plain HTML': ['plain.html', 'plain.js'], 'Vue 3': ['app.html', 'vue.js'], 'React 19': ['app.html', 'react.jsx'] };

/** Properties, attributes and events, from the sign-in to the end, in one of these pages. */
async function useElements(ada, page, files) {
  await ada.register();
  await ada.enable();
  await ada.context.clearCookies();
  await open(page, ...files);
  const log = () => page.locator('#log li').allTextContents();
  const challenge = page.locator('twinlock-challenge');
  const settings = page.locator('twinlock-settings');

  const answered = page.waitForResponse('**/api/auth/login');
  await page.evaluate((who) => window.shop.signIn(...who), [ada.name, ada.password]);
  const login = await (await answered).json();
  await page.getByRole('heading', { name: 'Two-step sign-in', level: 3 }).waitFor();
  // Objects arrive as they are, not as text.
  const given = await challenge.evaluate((element) => [element.nextStep, element.getAttribute('nextStep'), element.getAttribute('nextstep')]);
  assert.deepEqual(given, [login, null, null]);
  await challenge.locator('.tl-code').fill(ada.phone.wrong());
  await eventually(async () => assert.deepEqual(await log(), ['invalid_code']));
  assert.ok(await challenge.getByRole('alert').filter({ hasText: 'That code is not right' }).isVisible(), 'and it was not rendered anew');
  await challenge.locator('.tl-code').fill(await ada.phone.code());
  await page.keyboard.press('Enter');

  await page.getByRole('heading', { name: 'Two-factor authentication', exact: true, level: 4 }).waitFor();
  assert.equal(await challenge.count(), 0);
  assert.deepEqual(await log(), ['invalid_code', 'verified by totp']);
  assert.ok(await settings.evaluate((element) => element.client === window.shop.client && !element.hasAttribute('client')));
  await ageProof(page, '**/2fa/disable');
  await press(page, 'Turn off');
  await page.getByRole('dialog').getByRole('button', { name: 'Turn off' }).click();
  await stepUp(ada, page);
  await page.getByLabel('Your password').fill(ada.password);
  await page.keyboard.press('Enter');
  await eventually(async () => assert.deepEqual(await log(), ['invalid_code', 'verified by totp', 'disabled']));
  await page.getByText('Your account is protected by your password alone.').waitFor();
}

test(promised('U34'), async (t) => {
  for (const [name, files] of Object.entries(HOSTS)) {
    await t.test(name, () => visit(name, (ada, page) => useElements(ada, page, files)));
  }
});
