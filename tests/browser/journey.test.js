// The whole life of a second factor, as a person lives it.
import assert from 'node:assert/strict';
import { story } from './lib/suite.js';
import { Phone } from './lib/phone.js';
import { readQr } from './lib/qr.js';

story('from registering to switching off, with nothing but the QR code on the screen', async (ada, page) => {
  await ada.register();
  await ada.beginSetup();
  ada.phone = new Phone(await readQr(page));

  await page.locator('.tl-code').fill(await ada.phone.code());
  await page.getByRole('heading', { name: 'Save your backup codes' }).waitFor();
  const codes = await page.locator('.tl-codes code').allTextContents();
  assert.equal(codes.length, 10);
  await page.getByLabel('I have saved these codes').check();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('heading', { name: 'Two-factor authentication is on' }).waitFor();
  await page.getByRole('button', { name: 'Close' }).click();
  await page.getByText('10 of 10 left.').waitFor();

  await ada.signOut();
  await ada.signInToChallenge();
  const used = await ada.phone.code();
  await page.locator('.tl-code').fill(used);
  await page.waitForURL('**/account*');

  // The same code again, in a new sign-in: it is burned.
  await page.locator('.tl-hero').waitFor();
  await ada.signOut();
  await ada.signInToChallenge();
  await page.locator('.tl-code').fill(used);
  await page.getByRole('alert').filter({ hasText: 'That code is not right' }).waitFor();

  // The phone is lost.
  await page.getByRole('button', { name: 'Lost your phone?' }).click();
  await page.getByLabel('Backup code').fill(codes[0].toLowerCase());
  await page.keyboard.press('Enter');
  await page.waitForURL('**/account*');
  await page.getByText('9 of 10 left.').waitFor();

  await page.getByRole('button', { name: 'Make new codes' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Make new codes' }).click();
  await page.getByRole('heading', { name: 'Save your backup codes' }).waitFor();
  const renewed = await page.locator('.tl-codes code').allTextContents();
  assert.equal(renewed.length, 10);
  assert.ok(!renewed.some((code) => codes.includes(code)), 'new codes are new');
  await page.getByLabel('I have saved these codes').check();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByText('10 of 10 left.').waitFor();

  await page.getByRole('button', { name: 'Turn off', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Turn off' }).click();
  await page.getByLabel('Your password').fill(ada.password);
  await page.keyboard.press('Enter');
  await page.getByText('Your account is protected by your password alone.').waitFor();

  await ada.signOut();
  await ada.signIn();
  await page.waitForURL('**/account*');
});
