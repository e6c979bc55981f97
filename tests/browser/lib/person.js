// Somebody at a browser: what the tests let people do with the example application.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { request } from 'playwright-core';
import { Watch } from './browser.js';
import { Phone } from './phone.js';

const BASE = '/api/auth/2fa';

export class Person {
  static async arrive(browser, url, options = {}) {
    const person = new this();
    person.url = url;
    person.name = `ada-${randomBytes(4).toString('hex')}`;
    person.password = 'correct horse battery';
    person.context = await browser.newContext({
      baseURL: url,
      reducedMotion: 'reduce',
      permissions: ['clipboard-read', 'clipboard-write'],
      ...options,
    });
    person.watch = new Watch(url);
    await person.watch.attach(person.context);
    person.page = await person.context.newPage();
    person.page.setDefaultTimeout(15_000);
    return person;
  }

  /** Ends the visit; the page must have behaved. */
  async leave() {
    const { faults } = this.watch;
    await this.context.close();
    assert.deepEqual(faults, [], 'errors, policy violations or foreign requests');
  }

  async register() {
    const { page } = this;
    await page.goto('/register');
    await page.getByLabel('User name').fill(this.name);
    await page.getByLabel('E-mail address').fill(`${this.name}@example.com`);
    await page.getByLabel('Password', { exact: true }).fill(this.password);
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.waitForURL('**/account*');
    await page.locator('.tl-hero').waitFor();
  }

  /** The password; where a second factor is due the challenge is on the page afterwards. */
  async signIn() {
    const { page } = this;
    await page.goto('/login');
    await page.getByLabel('User name or e-mail address').fill(this.name);
    await page.getByLabel('Password', { exact: true }).fill(this.password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  }

  async signInToChallenge() {
    await this.signIn();
    await this.page.locator('twinlock-challenge .tl-code').waitFor();
  }

  async signOut() {
    await this.page.getByRole('button', { name: 'Sign out' }).click();
    await this.page.waitForURL('**/login*');
  }

  async settings() {
    await this.page.goto('/account');
    await this.page.locator('.tl-hero').waitFor();
  }

  /** From the settings (or, not to `open` it, the introduction) to the password and the QR code; gives the setup's answer. */
  async beginSetup({ open = true } = {}) {
    const { page } = this;
    if (open) await page.getByRole('button', { name: 'Set up', exact: true }).click();
    await page.getByRole('button', { name: 'Get started' }).click();
    const answered = page.waitForResponse((response) => response.url().endsWith('/setup') && response.status() === 201);
    await page.getByLabel('Your password').fill(this.password);
    await page.keyboard.press('Enter');
    const enrollment = await (await answered).json();
    await page.locator('.tl-qr img').waitFor();
    this.phone = new Phone(enrollment.otpauth_uri);
    return enrollment;
  }

  /** Switched on without the pages, for tests about something else: registered, signed in with a proof. */
  async enable() {
    const begun = await this.call('POST', '/setup', { password: this.password });
    this.phone = new Phone(begun.otpauth_uri);
    const done = await this.call('POST', '/setup/confirm', { setup: begun.setup, code: await this.phone.code() });
    this.backupCodes = done.backup_codes;
  }

  /** A call of the contract from the page itself, with its cookies. */
  async call(method, path, body) {
    const [status, answer] = await this.page.evaluate(
      async ([verb, address, json]) => {
        const response = await fetch(address, {
          method: verb,
          headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': /(?:^|; )csrf=([^;]*)/.exec(document.cookie)?.[1] ?? '' },
          body: json && JSON.stringify(json),
        });
        return [response.status, response.status === 204 ? null : await response.json()];
      },
      [method, BASE + path, body ?? null],
    );
    assert.ok(status < 300, `${method} ${path}: ${status} ${JSON.stringify(answer)}`);
    return answer;
  }

  /** Registered, switched on, and the password given in a browser that nobody knows: the challenge waits. */
  async atChallenge() {
    await this.register();
    await this.enable();
    await this.context.clearCookies();
    await this.signInToChallenge();
  }

  /** Registered, switched on, at the settings, the proof fresh. */
  async atSettings() {
    await this.register();
    await this.enable();
    await this.settings();
  }

  /** Wrong codes, in one sign-in after the other, until the account makes everybody wait; the challenge is on the page then. */
  async atLockedChallenge() {
    await this.atChallenge();
    const { page, name: username, password } = this;
    const guesses = Array.from({ length: 12 }, (_, nth) => this.phone.wrong(nth));
    const last = await page.evaluate(
      async ([base, credentials, codes]) => {
        const post = async (path, body) => {
          const request = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
          return (await fetch(path, request)).json();
        };
        let challenge;
        let answer;
        for (const code of codes) {
          challenge ??= (await post('/api/auth/login', credentials)).challenge;
          answer = await post(`${base}/verify`, { challenge, code });
          if (answer.code === 'throttled') break;
          // A challenge takes five wrong codes, then it is over.
          if (answer.code === 'challenge_expired') challenge = undefined;
        }
        return answer.code;
      },
      [BASE, { username, password }, guesses],
    );
    assert.equal(last, 'throttled');
  }

  /** So many backup codes are used up, by signing in somewhere else: nothing of that is known to this browser. */
  async spendBackupCodes(count) {
    const data = { username: this.name, password: this.password };
    for (const code of this.backupCodes.splice(0, count)) {
      const elsewhere = await request.newContext({ baseURL: this.url });
      const { challenge } = await (await elsewhere.post('/api/auth/login', { data })).json();
      const done = await elsewhere.post(`${BASE}/verify`, { data: { challenge, code } });
      assert.equal(done.status(), 200);
      await elsewhere.dispose();
    }
  }

  /** A backup code nobody has used. */
  backupCode() {
    return this.backupCodes.pop();
  }

  /** The text of the element that has the focus. */
  focused() {
    return this.page.evaluate(() => document.activeElement.textContent.trim());
  }
}
