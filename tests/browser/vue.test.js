// The Vue application, built, under the strict policy, before the real FastAPI server. What expires does so by the server's clock.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch } from './lib/browser.js';
import { refuse } from './lib/answers.js';
import { counted } from './lib/client.js';
import { movableClock } from './lib/clock.js';
import { startExample } from './lib/example.js';
import { assertAccessible, assertFits } from './lib/looks.js';
import { Person } from './lib/person.js';
import { Phone } from './lib/phone.js';
import { readQr } from './lib/qr.js';
import { assertNothingKept, startSpa } from './lib/spa.js';

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

/** Somebody at this application's own pages. */
class Visitor extends Person {
  heading(name) {
    return this.page.getByRole('heading', { name, level: 1 }).waitFor();
  }

  link(name) {
    return this.page.getByRole('navigation').getByRole('link', { name }).click();
  }

  async register() {
    const { page } = this;
    await page.goto('/register');
    await page.getByLabel('User name').fill(this.name);
    await page.getByLabel('E-mail address').fill(`${this.name}@example.com`);
    await page.getByLabel('Password', { exact: true }).fill(this.password);
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.locator('.tl-hero').waitFor();
  }

  /** The password, on the page that asks for it. */
  async givePassword() {
    const { page } = this;
    await page.getByLabel('User name or e-mail address').fill(this.name);
    await page.getByLabel('Password', { exact: true }).fill(this.password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  }

  async giveCode() {
    await this.page.locator('.tl-code').fill(await clock.code(this.phone));
  }

  async signOut() {
    await this.page.getByRole('button', { name: 'Sign out' }).click();
    await this.page.getByText('You are signed out.').waitFor();
  }

  /** From "Set up" to the last "Close", by what the screen shows. */
  async enableOnScreen() {
    const { page } = this;
    await this.beginSetup();
    this.phone = new Phone(await readQr(page));
    await this.giveCode();
    await page.getByRole('heading', { name: 'Save your backup codes' }).waitFor();
    await page.getByLabel('I have saved these codes').check();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByText('10 of 10 left.').waitFor();
  }

  /** Registered, switched on, at the profile; the proof is fresh. */
  async atProfile() {
    await this.register();
    await this.enableOnScreen();
    await this.link('Profile');
    await this.heading('Your profile');
  }

  /** Fills in the change of the password, and sends it. */
  async changePassword() {
    const { page } = this;
    await page.getByLabel('Current password').fill(this.password);
    await page.getByLabel('New password').fill((this.password = `${this.password}!`));
    await page.getByRole('button', { name: 'Change password' }).click();
  }

  /** Requests from now on, by what they are. */
  count() {
    const { page } = this;
    const ends = { password: '/api/user/password', stepUp: '/2fa/step-up', refresh: '/auth/refresh', status: '/2fa/status' };
    const counts = Object.entries(ends).map(([name, end]) => [name, counted(page, end)]);
    return () => Object.fromEntries(counts.map(([name, count]) => [name, count.calls]));
  }
}

/** A test with a visitor; at its end the page has behaved and kept nothing. */
function story(name, tell, site = () => spa) {
  test(name, async () => {
    const ada = await Visitor.arrive(browser, site().url);
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

story('a page that the browser had kept whole goes when its session is over, or another’s', async (ada, page) => {
  await ada.atProfile();
  const kept = await ada.context.cookies();
  const back = () => page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })));
  await ada.context.clearCookies({ name: /access|refresh/ });
  await back();
  await page.waitForURL('**/sign-in?next=/profile');
  assert.equal(await page.getByText(ada.name).count(), 0);

  // Somebody else signs in, in another tab, and the page of the first is shown again.
  await ada.context.addCookies(kept);
  await page.goto('/profile');
  await page.getByText(`${ada.name}@example.com`).waitFor();
  const grace = await Visitor.arrive(browser, spa.url);
  await grace.register();
  await ada.context.addCookies(await grace.context.cookies());
  await back();
  await page.getByText(`${grace.name}@example.com`).waitFor();
  assert.equal(await page.getByText(ada.name).count(), 0);
  await grace.leave();
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
  const activity = (tab) => tab.getByRole('link', { name: 'Activity' }).click();
  await Promise.all([activity(page), activity(other)]);
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
