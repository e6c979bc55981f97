// The single-page application of examples/react before the Fastify application: one origin, tokens in cookies that no script sees.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { holdBack, refuse } from './lib/answers.js';
import { launch } from './lib/browser.js';
import { movableClock } from './lib/clock.js';
import { eventually } from './lib/eventually.js';
import { startExample } from './lib/example.js';
import { assertAccessible, assertFits } from './lib/looks.js';
import { Person } from './lib/person.js';
import { Phone } from './lib/phone.js';
import { readQr } from './lib/qr.js';
import { startSpa } from './lib/spa.js';
import { listenIn, nothingKept, sentBy } from './lib/wire.js';

const MINUTE = 60;
const DAY = 86_400;
const HEADINGS = { Account: 'Your account', Profile: 'Your profile', Activity: 'Activity' };

let clock;
let spa;
let example;
let browser;

before(async () => {
  clock = movableClock();
  spa = await startSpa({ example: 'react' });
  example = await startExample({ frontend: spa.url, example: 'fastify-prisma' });
  spa.use(example.url);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await example?.stop();
  await spa?.stop();
  clock?.remove();
});

/** A visit; at its end nothing was kept, and the page has behaved. */
function story(name, tell) {
  test(name, async () => {
    const ada = await Person.arrive(browser, spa.url);
    await listenIn(ada);
    try {
      await tell(ada, ada.page);
      await nothingKept(ada);
    } catch (failure) {
      const folder = process.env.TWINLOCK_BROWSER_SHOTS;
      if (folder) await ada.page.screenshot({ path: `${folder}/react-${name.slice(0, 50).replace(/\W+/g, '-')}.png` });
      await ada.context.close();
      throw failure;
    }
    await ada.leave();
  });
}

/** Switched on without the pages, by the server's clock. */
async function switchOn(ada) {
  const { setup, otpauth_uri: uri } = await ada.call('POST', '/setup', { password: ada.password });
  ada.phone = new Phone(uri);
  await ada.call('POST', '/setup/confirm', { setup, code: await clock.code(ada.phone) });
  await ada.settings();
}

async function open({ page }, name) {
  await page.getByRole('link', { name, exact: true }).click();
  await page.getByRole('heading', { name: HEADINGS[name], level: 1 }).waitFor();
}

/** On the page that asks for it, wherever that leads back to. */
async function givePassword({ page, name, password }) {
  await page.getByLabel('User name or e-mail address').fill(name);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

async function giveCode(ada, where) {
  await where.locator('.tl-code').fill(await clock.code(ada.phone));
}

async function changePassword({ page, password }) {
  await page.getByLabel('Current password').fill(password);
  await page.getByLabel('New password').fill(password);
  await page.getByRole('button', { name: 'Change password' }).click();
}

/** In the page: whether it waits for its turn to refresh. */
async function isWaiting() {
  const { pending } = await navigator.locks.query();
  return pending.some(({ name }) => name === 'refresh');
}

const REFRESH = 'POST /api/auth/refresh';
const PASSWORD = 'POST /api/user/password';
const STEP_UP = 'POST /api/auth/2fa/step-up';

story('register, switch on by the QR code, sign out, sign in with a code, see the profile, switch off, sign out', async (ada, page) => {
  const look = async (state) => {
    await assertAccessible(page, state);
    await assertFits(page, state);
    await nothingKept(ada);
  };
  await page.goto('/');
  await page.getByRole('heading', { name: 'A second lock on the door' }).waitFor();
  await look('home');
  await page.getByRole('link', { name: 'Create an account' }).click();
  await look('register');
  await ada.register();
  await look('account, off');

  await ada.beginSetup();
  ada.phone = new Phone(await readQr(page));
  await look('account, scan');
  await page.locator('.tl-code').fill(await clock.code(ada.phone));
  await page.getByRole('heading', { name: 'Save your backup codes' }).waitFor();
  await page.getByLabel('I have saved these codes').check();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('button', { name: 'Close' }).click();
  await page.getByText('10 of 10 left.').waitFor();
  await look('account, on');

  await ada.signOut();
  await page.getByText('You are signed out.').waitFor();
  await look('sign-in');
  await ada.signInToChallenge();
  assert.equal(new URL(page.url()).pathname, '/login/code');
  await look('code');
  await giveCode(ada, page);
  await page.waitForURL('**/account');

  await open(ada, 'Profile');
  await page.getByText('password and code').waitFor();
  await look('profile');
  await open(ada, 'Activity');
  await page.getByRole('cell', { name: 'verified' }).waitFor();
  await look('activity');

  await open(ada, 'Account');
  await page.getByRole('button', { name: 'Turn off', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Turn off' }).click();
  await page.getByLabel('Your password').fill(ada.password);
  await page.keyboard.press('Enter');
  await page.getByText('Your account is protected by your password alone.').waitFor();
  await ada.signOut();
  await page.goto('/nowhere');
  await page.getByRole('heading', { name: 'No such page' }).waitFor();
  await look('no such page');
});

story('who wants a guarded page signs in first and comes back to it', async (ada, page) => {
  await ada.register();
  await switchOn(ada);
  await ada.signOut();
  await page.goto('/activity');
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.equal(new URL(page.url()).search, '?next=%2Factivity');
  await givePassword(ada);
  await giveCode(ada, page);
  await page.getByRole('heading', { name: 'Activity' }).waitFor();
  assert.equal(new URL(page.url()).pathname, '/activity');
});

story('no address leads from sign-in to anywhere else', async (ada, page) => {
  await ada.register();
  for (const next of ['https://evil.example/', '//evil.example/', '/\\evil.example', 'javascript:alert(1)', '/api/user/me', '/nowhere']) {
    await page.goto(`/login?next=${encodeURIComponent(next)}`);
    await page.waitForURL(`${spa.url}/account`);
  }
});

story('the code has no page without the password, and none for who is in', async (ada, page) => {
  await page.goto('/login/code?next=/profile');
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.equal(new URL(page.url()).pathname, '/login');
  await ada.register();
  await page.goto('/login/code');
  await page.waitForURL('**/account');
});

story('a page about the second factor sends those who have none to switch it on', async (ada, page) => {
  await ada.register();
  await page.getByRole('link', { name: 'Activity' }).click();
  await page.getByText('please switch it on first').waitFor();
  assert.equal(new URL(page.url()).pathname, '/account');
});

story('going back after sign-out shows nothing private, in no tab', async (ada, page) => {
  await ada.register();
  await switchOn(ada);
  await open(ada, 'Activity');
  await page.getByRole('cell', { name: 'enrolled' }).waitFor();
  await open(ada, 'Profile');
  const other = await ada.context.newPage();
  await other.goto('/profile');
  await other.getByText(`${ada.name}@example.com`).waitFor();
  await page.bringToFront();
  await ada.signOut();
  await other.getByText('You are signed out.').waitFor();
  assert.ok(!(await other.content()).includes(ada.name));
  for (const left of [1, 0]) {
    await page.goBack();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    assert.ok(!(await page.content()).includes(ada.name), `${left} pages before`);
  }
  await page.goto('/profile');
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
});

story('a page out of the browser\'s cache of whole pages shows nothing private before the server has been asked', async (ada, page) => {
  await ada.register();
  await open(ada, 'Profile');
  const release = await holdBack(page, '**/api/user/me');
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })));
  await page.getByText('One moment').waitFor();
  assert.ok(!(await page.content()).includes(ada.name));
  release();
  await page.getByText(`${ada.name}@example.com`).waitFor();
});

story('a proof that has expired is asked for once, in a dialog, and the call is sent once more', async (ada, page) => {
  await ada.register();
  await switchOn(ada);
  await open(ada, 'Profile');
  clock.advance(6 * MINUTE);
  const proof = page.locator('.tl-dialog twinlock-step-up');
  const count = await sentBy(ada, async () => {
    await changePassword(ada);
    await proof.locator('.tl-code').waitFor();
    await assertAccessible(page, 'step-up');
    await giveCode(ada, proof);
    await page.getByText('Your password is changed.').waitFor();
  });
  assert.deepEqual([PASSWORD, STEP_UP, REFRESH].map(count), [2, 1, 0]);
  assert.equal(await page.locator('dialog[open]').count(), 0);
});

story('the elements and our own calls share one proof', async (ada, page) => {
  await ada.register();
  await switchOn(ada);
  clock.advance(6 * MINUTE);
  const count = await sentBy(ada, async () => {
    await page.getByRole('button', { name: 'Make new codes' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Make new codes' }).click();
    await giveCode(ada, page.locator('twinlock-step-up'));
    await page.locator('.tl-codes').waitFor();
    await open(ada, 'Profile');
    await changePassword(ada);
    await page.getByText('Your password is changed.').waitFor();
  });
  assert.deepEqual(['POST /api/auth/2fa/backup-codes', STEP_UP, PASSWORD].map(count), [2, 1, 1]);
});

story('who closes the dialog is told why nothing happened, and a proof that does not help is not asked for twice', async (ada, page) => {
  await ada.register();
  await switchOn(ada);
  await open(ada, 'Profile');
  clock.advance(6 * MINUTE);
  const closed = await sentBy(ada, async () => {
    await changePassword(ada);
    await page.locator('.tl-dialog .tl-code').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('alert').filter({ hasText: 'This needs a fresh code.' }).waitFor();
  });
  assert.deepEqual([PASSWORD, STEP_UP].map(closed), [1, 0]);
  await refuse(page, '**/api/user/password', 401, 'assurance_required', 2);
  const refused = await sentBy(ada, async () => {
    await changePassword(ada);
    await giveCode(ada, page.locator('.tl-dialog'));
    await page.locator('.tl-dialog').waitFor({ state: 'detached' });
    await page.getByRole('alert').filter({ hasText: 'This needs a fresh code.' }).waitFor();
  });
  assert.deepEqual([PASSWORD, STEP_UP].map(refused), [2, 1]);
});

story('an access token that has expired is refreshed once, and on no other refusal', async (ada, page) => {
  await ada.register();
  await switchOn(ada);
  await open(ada, 'Profile');
  clock.advance(16 * MINUTE);
  const expired = await sentBy(ada, async () => {
    await open(ada, 'Activity');
    await page.getByRole('cell', { name: 'enrolled' }).waitFor();
  });
  assert.deepEqual([REFRESH, 'GET /api/user/audit', STEP_UP].map(expired), [1, 1, 0]);

  await ada.context.clearCookies({ name: 'access' });
  const gone = await sentBy(ada, () => open(ada, 'Profile').then(() => open(ada, 'Activity')));
  assert.deepEqual([REFRESH, STEP_UP].map(gone), [1, 0], 'as when the browser dropped it');

  await open(ada, 'Profile');
  for (const [status, code] of [[401, 'wrong_credentials'], [401, 'invalid_code'], [401, 'session_ended'], [403, 'origin_refused'], [403, 'not_enabled']]) {
    await refuse(page, '**/api/user/password', status, code);
    const count = await sentBy(ada, async () => {
      await changePassword(ada);
      await page.locator('form .error:not(:empty)').waitFor();
    });
    assert.deepEqual([PASSWORD, REFRESH, STEP_UP].map(count), [1, 0, 0], code);
  }
  await refuse(page, '**/api/user/password', 401, 'not_signed_in', 2);
  const refused = await sentBy(ada, async () => {
    await changePassword(ada);
    await page.getByRole('alert').filter({ hasText: 'You are signed out.' }).waitFor();
  });
  assert.deepEqual([PASSWORD, REFRESH].map(refused), [2, 1], 'not for ever');
});

story('tabs refresh one after the other: a refresh token works once, and its second use would end the session', async (ada, page) => {
  await ada.register();
  await switchOn(ada);
  const other = await ada.context.newPage();
  let refreshes = 0;
  other.on('request', (request) => (refreshes += request.url().endsWith('/auth/refresh')));
  await other.goto('/profile');
  await other.getByText('password and code').waitFor();
  clock.advance(16 * MINUTE);
  const release = await holdBack(page, '**/api/auth/refresh');
  const begun = page.waitForRequest('**/api/auth/refresh');
  await page.getByRole('link', { name: 'Activity' }).click();
  await begun;
  await other.getByRole('link', { name: 'Activity' }).click();
  await eventually(async () => assert.ok(await other.evaluate(isWaiting)));
  assert.equal(refreshes, 0, 'the other tab waits');
  release();
  for (const tab of [page, other]) await tab.getByRole('cell', { name: 'enrolled' }).waitFor();
});

story('a session that has ended leads to sign-in and back, with nothing private on the way', async (ada, page) => {
  await ada.register();
  await switchOn(ada);
  clock.advance(31 * DAY);
  const count = await sentBy(ada, async () => {
    await page.getByRole('link', { name: 'Activity' }).click();
    await page.waitForURL('**/login?next=%2Factivity');
  });
  assert.equal(count(REFRESH), 1);
  assert.ok(!(await page.content()).includes(ada.name));
  await givePassword(ada);
  await giveCode(ada, page);
  await page.getByRole('heading', { name: 'Activity' }).waitFor();
});

story('an account is deleted after a fresh code', async (ada, page) => {
  await ada.register();
  const remove = async () => {
    await page.getByRole('button', { name: 'Delete my account' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  };
  await open(ada, 'Profile');
  await remove();
  await page.getByText('switch it on first').waitFor();
  await switchOn(ada);
  await open(ada, 'Profile');
  await remove();
  await page.getByText('Your account is deleted.').waitFor();
  await ada.signIn();
  await page.getByText('The name or the password is wrong.').waitFor();
});

story('a server that does not answer keeps what was typed, and can be asked again', async (ada, page) => {
  await page.goto('/login');
  await page.route('**/api/auth/login', (route) => route.abort(), { times: 1 });
  await givePassword(ada);
  await page.getByText('The server cannot be reached.').waitFor();
  assert.equal(await page.getByLabel('User name or e-mail address').inputValue(), ada.name);
  await page.route('**/api/user/me', (route) => route.abort(), { times: 1 });
  await page.goto('/profile');
  await page.getByText('The server cannot be reached.').waitFor();
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.waitForURL('**/login?next=%2Fprofile');
});
