// Somebody at the pages of examples/vue.
import { counted } from './client.js';
import { Person } from './person.js';
import { Phone } from './phone.js';
import { readQr } from './qr.js';

/** Somebody at this application's own pages. */
export class Visitor extends Person {
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
    await this.page.locator('.tl-code').fill(await this.clock.code(this.phone));
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
