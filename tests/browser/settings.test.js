// <twinlock-settings> and <twinlock-step-up> on the account page of the example.
import assert from 'node:assert/strict';
import { ageProof } from './lib/answers.js';
import { eventually } from './lib/eventually.js';
import { promise, story } from './lib/suite.js';
import { Phone } from './lib/phone.js';

const dialog = (page) => page.getByRole('dialog');

/** The element has the focus, at the latest in a moment. */
function hasFocus(locator) {
  return eventually(async () => assert.ok(await locator.evaluate((element) => element === document.activeElement)));
}

function focusSays(ada, text) {
  return eventually(async () => assert.equal(await ada.focused(), text));
}

story('an authenticator is renamed in place, Escape gives up, the focus stays near', async (ada, page) => {
  await ada.atSettings();
  const rename = page.getByRole('button', { name: /^Rename/ });
  await rename.click();
  await page.keyboard.press('Escape');
  await hasFocus(rename);
  await rename.click();
  await page.getByLabel('New name').fill('Ada’s phone');
  await page.keyboard.press('Enter');
  await page.getByText('Ada’s phone', { exact: true }).waitFor();
  await focusSays(ada, 'Authenticators');
  await page.getByRole('status').filter({ hasText: 'Renamed.' }).waitFor({ state: 'attached' });
});

story('a second authenticator is added with a name after a step-up, and removed again', async (ada, page) => {
  await ada.atSettings();
  assert.equal(await page.getByRole('button', { name: /^Remove/ }).count(), 0, 'the last one stays');
  await page.getByRole('button', { name: 'Add an authenticator' }).click();
  await page.locator('.tl-step', { hasText: 'Step 1 of 2' }).waitFor();
  await ageProof(page, '**/2fa/setup');
  await page.getByRole('button', { name: 'Get started' }).click();
  await dialog(page).getByRole('button', { name: 'Lost your phone?' }).click();
  await dialog(page).getByLabel('Backup code').fill(ada.backupCode());
  const begun = page.waitForResponse((response) => response.url().endsWith('/setup') && response.status() === 201);
  await page.keyboard.press('Enter');
  const second = new Phone((await (await begun).json()).otpauth_uri);
  await page.getByLabel('Name of this authenticator').fill('Work phone');
  await page.locator('.tl-code').fill(await second.code());
  await page.getByRole('heading', { name: 'The authenticator was added' }).waitFor();
  await page.getByRole('button', { name: 'Close' }).click();

  await page.getByRole('button', { name: 'Remove Work phone' }).click();
  await dialog(page).getByText('Codes of “Work phone” stop working').waitFor();
  await dialog(page).getByRole('button', { name: 'Remove' }).click();
  // It ends every proof there was, this sign-in's included: the phone that stays is asked for a code.
  await page.locator('twinlock-step-up .tl-code').fill(await ada.phone.code());
  await page.getByText('Work phone', { exact: true }).waitFor({ state: 'detached' });
  assert.equal(await page.getByRole('button', { name: /^Rename/ }).count(), 1);
});

promise('U30', async (ada, page) => {
  await ada.atSettings();
  await page.getByRole('button', { name: 'Make new codes' }).click();
  await dialog(page).getByText('Your old backup codes stop working at once.').waitFor();
  await dialog(page).getByRole('button', { name: 'Make new codes' }).click();
  await page.getByLabel('I have saved these codes').check();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByText('10 of 10 left.').waitFor();
  await ada.signOut();
  await ada.signInToChallenge();
  await page.getByRole('button', { name: 'Lost your phone?' }).click();
  await page.getByLabel('Backup code').fill(ada.backupCode());
  await page.keyboard.press('Enter');
  await page.getByRole('alert').filter({ hasText: 'That code is not right' }).waitFor();
});

story('a step-up with a wrong code, then the right one, repeats the refused call once', async (ada, page) => {
  await ada.atSettings();
  let calls = 0;
  page.on('request', (request) => (calls += Number(request.method() === 'POST' && request.url().endsWith('/backup-codes'))));
  await ageProof(page, '**/2fa/backup-codes');
  await page.getByRole('button', { name: 'Make new codes' }).click();
  await dialog(page).getByRole('button', { name: 'Make new codes' }).click();
  const proof = page.locator('twinlock-step-up');
  await hasFocus(proof.locator('.tl-code'));
  await proof.locator('.tl-code').fill(ada.phone.wrong());
  await proof.getByRole('alert').filter({ hasText: 'That code is not right' }).waitFor();
  await proof.locator('.tl-code').fill(await ada.phone.code());
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Save your backup codes' }).waitFor();
  assert.equal(calls, 2);
  await page.locator('.tl-dialog').waitFor({ state: 'detached' });
});

story('a device is forgotten, and all of them', async (ada, page) => {
  await ada.atSettings();
  await page.getByText('This device', { exact: true }).waitFor();
  await page.getByRole('button', { name: /^Forget/ }).first().click();
  await page.getByText('No device yet.').waitFor();
  await focusSays(ada, 'Devices');
});

promise('U31', async (ada, page) => {
  await ada.atSettings();
  const off = page.getByRole('button', { name: 'Turn off', exact: true });
  await off.click();
  await dialog(page).getByText('Anyone who learns your password can then sign in as you.').waitFor();
  await page.keyboard.press('Escape');
  await dialog(page).waitFor({ state: 'detached' });
  await hasFocus(off);

  await off.click();
  const sure = dialog(page).getByRole('button', { name: 'Turn off' });
  const proof = page.locator('twinlock-step-up .tl-code');
  await ageProof(page, '**/2fa/disable');
  await sure.click();
  await proof.waitFor();
  await page.keyboard.press('Escape');
  await proof.waitFor({ state: 'detached' });
  await dialog(page).getByRole('alert').filter({ hasText: 'needs a fresh code' }).waitFor();
  await hasFocus(sure);

  await ageProof(page, '**/2fa/disable');
  await sure.click();
  await proof.fill(await ada.phone.code());
  await page.getByLabel('Your password').fill('not this one');
  await page.keyboard.press('Enter');
  await dialog(page).getByRole('alert').filter({ hasText: 'That password is not right' }).waitFor();
  await page.getByLabel('Your password').fill(ada.password);
  await page.keyboard.press('Enter');
  await page.getByText('Your account is protected by your password alone.').waitFor();
  await focusSays(ada, 'Two-factor authentication');
});

story('a session that has ended meanwhile leads back to sign-in', async (ada, page) => {
  await ada.atSettings();
  await ada.context.clearCookies();
  await page.getByRole('button', { name: /^Forget/ }).first().click();
  await page.getByRole('alert').filter({ hasText: 'You are not signed in any more' }).waitFor();
});
