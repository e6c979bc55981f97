// The Vue application, built, under the strict policy, before the real FastAPI server. What expires does so by the server's clock.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { refuse } from './lib/answers.js';
import { launch } from './lib/browser.js';
import { movableClock } from './lib/clock.js';
import { settled } from './lib/eventually.js';
import { startExample } from './lib/example.js';
import { assertAccessible, assertFits } from './lib/looks.js';
import { assertNothingKept, startSpa } from './lib/spa.js';
import { Visitor } from './lib/vue.js';

const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;
const clock = movableClock();
let spa;
let direct;
let example;
let browser;

before(async () => {
  spa = await startSpa({ example: 'vue' });
  direct = await startSpa({ example: 'vue', direct: true });
  example = await startExample({ frontend: direct.url, example: 'fastapi' });
  spa.use(example.url);
  direct.use(example.url);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await example?.stop();
  await spa?.stop();
  await direct?.stop();
  clock.remove();
});

/** A test with a visitor; at its end the page has behaved and kept nothing. */
function story(name, tell, site = () => spa) {
  test(name, async () => {
    const ada = await Visitor.arrive(browser, site().url);
    ada.clock = clock;
    if (site() === direct) ada.watch.origins.push(example.url);
    try {
      await tell(ada, ada.page);
      await assertNothingKept(ada.page);
      const told = ada.watch.urls.filter((url) => /eyJ|token|code=|challenge=/.test(url));
      assert.deepEqual(told, [], 'no token in an address');
    } catch (failure) {
      const folder = process.env.TWINLOCK_BROWSER_SHOTS;
      if (folder) await ada.page.screenshot({ path: `${folder}/vue-${name.slice(0, 60).replace(/\W+/g, '-')}.png` });
      await ada.context.close();
      throw failure;
    }
    await ada.leave();
  });
}

story('from registering to signing out for good, every page accessible and nothing kept on the way', async (ada, page) => {
  const look = async (state) => {
    await assertAccessible(page, state);
    await assertFits(page, state);
    await assertNothingKept(page);
  };
  await page.goto('/');
  await ada.heading('A second lock on the door.');
  await look('home');
  await page.goto('/register');
  await ada.heading('Create an account');
  await look('register');
  await ada.register();
  await page.getByText('Welcome. Your password opens the door alone so far').waitFor();
  await look('security, off');
  await ada.enableOnScreen();
  assert.equal(await page.getByText('Welcome.').count(), 0);
  await look('security, on');

  await ada.signOut();
  await look('sign in');
  await ada.givePassword();
  await page.locator('twinlock-challenge .tl-code').waitFor();
  await look('code');
  await ada.giveCode();
  await ada.heading('Your profile');
  await page.getByText('password and code').waitFor();
  await look('profile');
  await ada.link('Activity');
  await page.getByRole('cell', { name: 'enrolled' }).waitFor();
  await look('activity');

  await ada.link('Security');
  await page.getByRole('button', { name: 'Turn off', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Turn off' }).click();
  await page.getByLabel('Your password').fill(ada.password);
  await page.keyboard.press('Enter');
  await page.getByText('Your account is protected by your password alone.').waitFor();
  await ada.signOut();
  await ada.givePassword();
  await ada.heading('Your profile');
});

story('a proof that has expired opens the step-up once, and the call is sent once more', async (ada, page) => {
  await ada.atProfile();
  clock.advance(6 * MINUTE);
  const counts = ada.count();
  await ada.changePassword();
  await page.getByRole('dialog').locator('.tl-code').waitFor();
  await ada.giveCode();
  await page.getByText('Your password is changed.').waitFor();
  assert.deepEqual(counts(), { password: 2, stepUp: 1, refresh: 0, status: 0 });
  assert.equal(await page.getByRole('dialog').count(), 0);
});

story('a step-up that the user closes leaves the refusal in words, and nothing is sent again', async (ada, page) => {
  await ada.atProfile();
  clock.advance(6 * MINUTE);
  const counts = ada.count();
  await ada.changePassword();
  await page.getByRole('dialog').locator('.tl-code').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('alert').filter({ hasText: /\w/ }).waitFor();
  assert.deepEqual(counts(), { password: 1, stepUp: 0, refresh: 0, status: 0 });
});

story('an access token that has expired is refreshed once, for all calls of the page', async (ada, page) => {
  await ada.atProfile();
  clock.advance(16 * MINUTE);
  const counts = ada.count();
  await ada.link('Activity');
  await page.getByRole('cell', { name: 'enrolled' }).waitFor();
  assert.equal(counts().refresh, 1);
  // The proof, too, is past its five minutes: refreshed first, then asked for.
  clock.advance(16 * MINUTE);
  await ada.link('Profile');
  await ada.changePassword();
  await page.getByRole('dialog').locator('.tl-code').waitFor();
  await ada.giveCode();
  await page.getByText('Your password is changed.').waitFor();
  const { password, stepUp, refresh } = counts();
  assert.deepEqual({ password, stepUp, refresh }, { password: 3, stepUp: 1, refresh: 2 });
});

story('no other refusal refreshes anything, nor opens a dialog', async (ada, page) => {
  await ada.atProfile();
  const counts = ada.count();
  const refusals = [[401, 'invalid_code'], [401, 'wrong_credentials'], [403, 'not_enabled'], [403, 'origin_refused'], [409, 'not_enabled'], [429, 'throttled']];
  for (const [status, code] of refusals) {
    await refuse(page, '**/api/user/password', status, code);
    await page.getByLabel('Current password').fill(ada.password);
    await page.getByLabel('New password').fill(`${ada.password}?`);
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByRole('alert').filter({ hasText: code.slice(1) }).waitFor();
    await page.getByRole('button', { name: 'Change password' }).and(page.locator(':enabled')).waitFor();
  }
  assert.deepEqual(counts(), { password: refusals.length, stepUp: 0, refresh: 0, status: 0 });
  assert.equal(await page.getByRole('dialog').count(), 0);

  // The server's own: a wrong password and a wrong code are answered with 401, too.
  await ada.signOut();
  const { password } = ada;
  await Object.assign(ada, { password: 'not the password' }).givePassword();
  await page.getByRole('alert').filter({ hasText: 'The name or the password is wrong.' }).waitFor();
  await Object.assign(ada, { password }).givePassword();
  await page.locator('twinlock-challenge .tl-code').fill(ada.phone.wrong());
  await page.getByRole('alert').filter({ hasText: 'That code is not right' }).waitFor();
  assert.equal(counts().refresh, 0);
});

story('each page has its title, and the focus goes along', async (ada, page) => {
  const arrived = async (title) => {
    await page.waitForFunction((wanted) => document.title === wanted, `${title} · Twinlock with Vue`);
    await page.locator('main:focus, main :focus').waitFor();
  };
  await page.goto('/');
  await ada.link('Register');
  await arrived('Create an account');
  await ada.register();
  await arrived('Security');
  await ada.link('Profile');
  await arrived('Your profile');
  await ada.signOut();
  await arrived('Sign in');
});

story('a session that is over leads to sign-in, and from there back to the page that was wanted', async (ada, page) => {
  await ada.atProfile();
  clock.advance(31 * DAY);
  await ada.link('Activity');
  await page.waitForURL('**/sign-in?next=/activity');
  assert.equal(await page.getByText(ada.name).count(), 0);
  await ada.givePassword();
  await page.locator('twinlock-challenge .tl-code').waitFor();
  await ada.giveCode();
  await ada.heading('Activity');
  await page.getByRole('cell', { name: 'enrolled' }).waitFor();

  await ada.link('Profile');
  clock.advance(31 * DAY);
  await ada.changePassword();
  await page.waitForURL('**/sign-in?next=/profile');
  assert.equal(await page.getByText(ada.name).count(), 0);
});

story('a page that the browser had kept whole shows nothing before the server has been asked', async (ada, page) => {
  // Chromium keeps no page while it is driven: the page is told what it would be told.
  const told = (event) => page.evaluate((name) => void dispatchEvent(new PageTransitionEvent(name, { persisted: true })), event);
  const shown = page.getByText(`${ada.name}@example.com`);
  await ada.atProfile();
  let answer;
  const asked = new Promise((resolve) => (answer = resolve));
  await page.route('**/api/user/me', (route) => asked.then(() => route.continue()), { times: 1 });
  await told('pagehide');
  await shown.waitFor({ state: 'hidden' });
  const sent = page.waitForRequest('**/api/user/me');
  await told('pageshow');
  await sent;
  assert.equal(await shown.isVisible(), false);
  answer();
  await shown.waitFor();

  // Somebody else has signed in meanwhile.
  const kept = await ada.context.cookies();
  const grace = await Visitor.arrive(browser, spa.url);
  await grace.register();
  await ada.context.addCookies(await grace.context.cookies());
  await told('pagehide');
  await told('pageshow');
  await page.getByText(`${grace.name}@example.com`).waitFor();
  assert.equal(await shown.count(), 0);
  await grace.leave();

  // The session is over, or nobody can be asked.
  for (const gone of [() => ada.context.clearCookies({ name: /access|refresh/ }), () => page.route('**/api/user/me', (route) => route.abort(), { times: 2 })]) {
    await ada.context.addCookies(kept);
    await page.goto('/profile');
    await shown.waitFor();
    await gone();
    await told('pageshow');
    await page.waitForURL('**/sign-in?next=/profile');
    assert.equal(await shown.count(), 0);
  }
});

story('a deep link to a guarded page comes back after sign-in, a link to elsewhere does not', async (ada, page) => {
  await ada.register();
  await ada.signOut();
  await page.goto('/security');
  await page.waitForURL('**/sign-in?next=/security');
  await ada.givePassword();
  await page.locator('.tl-hero').waitFor();
  assert.equal(new URL(page.url()).pathname, '/security');
  for (const next of ['//example.org/profile', 'https://example.org', '/sign-in/code', 'javascript:alert(1)']) {
    await ada.signOut();
    await page.goto(`/sign-in?next=${encodeURIComponent(next)}`);
    await ada.givePassword();
    await ada.heading('Your profile');
    assert.equal(new URL(page.url()).pathname, '/profile');
  }
});

story('a page for those with a second factor leads others to where it is switched on', async (ada, page) => {
  await ada.register();
  await ada.link('Activity');
  await page.getByText('That page is for accounts with two-factor authentication').waitFor();
  await ada.enableOnScreen();
  await ada.link('Activity');
  await page.getByRole('cell', { name: 'enrolled' }).waitFor();
});

story('after signing out neither "back" nor an address shows anything private', async (ada, page) => {
  await ada.atProfile();
  await page.getByText(`${ada.name}@example.com`).waitFor();
  // Nobody is signed out before the server has said so.
  await page.route('**/api/auth/logout', (route) => route.abort(), { times: 1 });
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('alert').filter({ hasText: 'The server cannot be reached.' }).waitFor();
  await page.getByText(`${ada.name}@example.com`).waitFor();
  await ada.signOut();
  for (let back = 0; back < 3; back++) {
    await page.goBack();
    await page.getByRole('heading', { name: /Sign in|Create an account/ }).waitFor();
    assert.equal(await page.locator('twinlock-settings, .facts').count(), 0);
    assert.equal(await page.getByText(ada.name).count(), 0);
  }
  await page.goto('/profile');
  await page.waitForURL('**/sign-in?next=/profile');
  assert.deepEqual((await ada.context.cookies()).filter(({ name }) => name !== 'device'), []);
});

story('a challenge lives in memory: a reload begins again with the password', async (ada, page) => {
  await ada.atProfile();
  await ada.signOut();
  await page.goto('/sign-in/code');
  await page.waitForURL('**/sign-in');
  await ada.givePassword();
  await page.locator('twinlock-challenge .tl-code').waitFor();
  await assertNothingKept(page);
  await page.reload();
  await page.waitForURL('**/sign-in');
});

story('two tabs that refresh at the same moment both go on, and a sign-out is one for both', async (ada, page) => {
  await ada.atProfile();
  const other = await ada.context.newPage();
  await other.goto('/profile');
  await other.getByText(`${ada.name}@example.com`).waitFor();
  clock.advance(16 * MINUTE);
  // No refresh gets to the server before both tabs want theirs.
  const wanted = [page, other].map((tab) => tab.waitForResponse((answer) => answer.url().endsWith('/2fa/status') && answer.status() === 401));
  let go;
  const begun = new Promise((resolve) => (go = resolve));
  await ada.context.route('**/api/auth/refresh', (route) => begun.then(() => route.continue()), { times: 2 });
  for (const tab of [page, other]) await tab.getByRole('link', { name: 'Activity' }).click();
  await Promise.all(wanted);
  for (const tab of [page, other]) await settled(tab);
  go();
  for (const tab of [page, other]) await tab.getByRole('cell', { name: 'enrolled' }).waitFor();
  // A refresh token that was used twice would have ended the session by now.
  await page.reload();
  await page.getByRole('cell', { name: 'enrolled' }).waitFor();

  await ada.signOut();
  await other.waitForURL('**/sign-in?next=/activity');
  assert.equal(await other.getByRole('cell').count(), 0);
});

story('an account is deleted after a fresh code only', async (ada, page) => {
  await ada.atProfile();
  clock.advance(6 * MINUTE);
  await page.getByRole('button', { name: 'Delete my account' }).click();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByRole('dialog').locator('.tl-code').waitFor();
  await ada.giveCode();
  await page.getByText('Your account is deleted.').waitFor();
  await ada.givePassword();
  await page.getByRole('alert').filter({ hasText: 'The name or the password is wrong.' }).waitFor();
});

story('cookies are out of reach of scripts, and no answer holds a token', async (ada, page) => {
  const bodies = [];
  page.on('response', async (response) => {
    if (response.request().method() === 'POST') bodies.push(await response.text().catch(() => ''));
  });
  await ada.atProfile();
  const cookies = await ada.context.cookies();
  assert.deepEqual(cookies.map(({ name, httpOnly }) => [name, httpOnly]).sort(), [['access', true], ['device', true], ['refresh', true]]);
  assert.ok(bodies.length > 3);
  const tokens = cookies.map(({ value }) => value);
  assert.ok(!bodies.some((body) => /_token|"assurance"|"device"/.test(body) || tokens.some((token) => body.includes(token))));
  await assertNothingKept(page, tokens);
});

story('with a server of another origin, tokens stay in a variable and end with the page', async (ada, page) => {
  const tokens = [];
  page.on('response', async (response) => {
    if (!/\/api\//.test(response.url())) return;
    const answer = await response.json().catch(() => ({}));
    for (const name of ['access_token', 'refresh_token', 'assurance', 'device']) if (answer[name]) tokens.push(answer[name]);
  });
  await ada.atProfile();
  clock.advance(16 * MINUTE);
  const counts = ada.count();
  await ada.changePassword();
  await page.getByRole('dialog').locator('.tl-code').waitFor();
  await ada.giveCode();
  await page.getByText('Your password is changed.').waitFor();
  const { password, stepUp, refresh } = counts();
  // Each call to another origin is announced once: what is counted are the calls themselves.
  assert.deepEqual({ password, stepUp, refresh }, { password: 3, stepUp: 1, refresh: 1 });
  assert.ok(tokens.length > 4);
  await assertNothingKept(page, tokens);
  assert.deepEqual(await ada.context.cookies(), []);

  await page.reload();
  await page.waitForURL('**/sign-in?next=/profile');
  await ada.givePassword();
  await page.locator('twinlock-challenge .tl-code').waitFor();
  await ada.giveCode();
  await ada.heading('Your profile');
  await ada.signOut();
  await page.goBack();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
}, () => direct);
