// The elements on a front end of another origin, with bearer tokens instead of cookies.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Watch, launch } from './lib/browser.js';
import { startExample } from './lib/example.js';
import { startFrontend } from './lib/frontend.js';
import { Phone } from './lib/phone.js';

let front;
let example;
let browser;

before(async () => {
  front = await startFrontend();
  example = await startExample({ frontend: front.url, example: 'fastapi' });
  front.allow(example.url);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await example?.stop();
  await front?.stop();
});

/** What a front end does itself: sign in, keep the tokens in a variable, refresh, show an element. */
function frontend(api) {
  const session = { calls: [] };
  const post = async (path, body) => {
    session.calls.push(path);
    const request = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
    return (await fetch(api + path, request)).json();
  };
  window.front = {
    session,
    post,
    async getToken({ refresh }) {
      if (refresh) Object.assign(session, await post('/api/auth/refresh', { refresh_token: session.refresh_token }));
      return session.access_token;
    },
    show(name, properties = {}) {
      const element = document.createElement(name);
      element.setAttribute('base', `${api}/api/auth/2fa`);
      Object.assign(element, { getToken: window.front.getToken, ...properties });
      for (const event of ['twinlock-verified', 'twinlock-stepped-up']) {
        element.addEventListener(event, ({ detail }) => Object.assign(session, detail));
      }
      document.querySelector('main').append(element);
    },
  };
}

test('setup, sign-in, step-up and refresh with bearer tokens, none of them kept in the browser', async () => {
  const context = await browser.newContext();
  const watch = new Watch(front.url, example.url);
  await watch.attach(context);
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const arrive = async () => {
    await page.goto(front.url);
    await page.evaluate(frontend, example.url);
  };
  const person = { username: 'grace', email: 'grace@example.com', password: 'correct horse battery' };

  await arrive();
  await page.evaluate(async (who) => {
    await window.front.post('/api/auth/register', who);
    Object.assign(window.front.session, await window.front.post('/api/auth/login', who));
    window.front.show('twinlock-settings');
  }, person);
  await page.getByRole('button', { name: 'Set up', exact: true }).click();
  await page.getByRole('button', { name: 'Get started' }).click();
  const begun = page.waitForResponse((response) => response.url().endsWith('/setup') && response.status() === 201);
  await page.getByLabel('Your password').fill(person.password);
  await page.keyboard.press('Enter');
  const phone = new Phone((await (await begun).json()).otpauth_uri);
  await page.locator('.tl-code').fill(await phone.code());
  await page.getByLabel('I have saved these codes').check();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('button', { name: 'Close' }).click();
  await page.getByText('10 of 10 left.').waitFor();

  // A new visit: nothing was kept, so it begins with the password.
  await arrive();
  const next = await page.evaluate(async (who) => {
    const answer = await window.front.post('/api/auth/login', who);
    window.front.show('twinlock-challenge', { nextStep: answer });
    return answer;
  }, person);
  assert.equal(next.two_factor_required, true);
  await page.locator('.tl-code').fill(await phone.code());
  await page.getByRole('heading', { name: 'You are signed in' }).waitFor();
  await page.waitForFunction(() => window.front.session.access_token);

  // The access token is refused: it is refreshed, once, and the call goes through.
  await page.evaluate(() => {
    window.front.session.access_token = 'expired';
    window.front.session.calls.length = 0;
    document.querySelector('twinlock-challenge').remove();
    window.front.show('twinlock-settings');
  });
  await page.getByText('10 of 10 left.').waitFor();
  assert.deepEqual(await page.evaluate(() => window.front.session.calls), ['/api/auth/refresh']);

  await page.getByRole('button', { name: 'Turn off', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Turn off' }).click();
  await page.getByLabel('Your password').fill(person.password);
  await page.keyboard.press('Enter');
  await page.getByText('Your account is protected by your password alone.').waitFor();

  const kept = await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]);
  assert.deepEqual(kept, [0, 0, '']);
  assert.deepEqual(await context.cookies(), []);
  assert.ok(!watch.urls.some((url) => /eyJ|token|code=/.test(url)), 'no token in an address');
  assert.deepEqual(watch.faults, []);
  await context.close();
});
