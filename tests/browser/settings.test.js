// <twinlock-settings> and <twinlock-step-up> on the account page of the example.
import assert from 'node:assert/strict';
import { story } from './lib/suite.js';
import { Phone } from './lib/phone.js';

const dialog = (page) => page.getByRole('dialog');

/** The proof of this sign-in is made old: the next sensitive call is refused once, as after five minutes. */
async function ageProof(page, path) {
  const problem = { type: 'about:blank', title: 'proof needed', status: 401, code: 'assurance_required' };
  const refuse = (route) =>
    route.fulfill({ status: 401, contentType: 'application/problem+json', body: JSON.stringify(problem) });
  await page.route(path, refuse, { times: 1 });
}

story('an authenticator is renamed in place, Escape gives up, the focus stays near', async (ada, page) => {
  await ada.atSettings();
  const rename = page.getByRole('button', { name: /^Rename/ });
  await rename.click();
  await page.keyboard.press('Escape');
  assert.ok(await rename.evaluate((element) => element === document.activeElement));
  await rename.click();
  await page.getByLabel('New name').fill('Ada’s phone');
  await page.keyboard.press('Enter');
  await page.getByText('Ada’s phone', { exact: true }).waitFor();
  assert.equal(await ada.focused(), 'Authenticators');
  await page.getByRole('status').filter({ hasText: 'Renamed.' }).waitFor({ state: 'attached' });
});

story('a second authenticator is added with a name after a step-up, and removed again', async (ada, page) => {
  await ada.atSettings();
  assert.equal(await page.getByRole('button', { name: /^Remove/ }).count(), 0, 'the last one stays');
  await page.getByRole('button', { name: 'Add an authenticator' }).click();
  await page.getByText('Step 1 of 2').waitFor();
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

story('no secret is shown before the step-up', async (ada, page) => {
  await ada.atSettings();
  await page.getByRole('button', { name: 'Add an authenticator' }).click();
  await ageProof(page, '**/2fa/setup');
  await page.getByRole('button', { name: 'Get started' }).click();
  await dialog(page).waitFor();
  assert.equal(await page.locator('.tl-qr').count(), 0);
  await dialog(page).getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('alert').filter({ hasText: 'needs a fresh code' }).waitFor();
  assert.equal(await page.locator('.tl-qr').count(), 0);
});

story('U30 new backup codes: the old ones stop working, and that is said before', async (ada, page) => {
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
  assert.ok(await proof.locator('.tl-code').evaluate((element) => element === document.activeElement));
  await proof.locator('.tl-code').fill(ada.phone.wrong());
  await proof.getByRole('alert').filter({ hasText: 'That code is not right' }).waitFor();
  await proof.locator('.tl-code').fill(await ada.phone.code());
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Save your backup codes' }).waitFor();
  assert.equal(calls, 2);
  assert.equal(await page.locator('.tl-dialog').count(), 0);
});

story('a device is forgotten, and all of them', async (ada, page) => {
  await ada.atSettings();
  await page.getByText('This device', { exact: true }).waitFor();
  await page.getByRole('button', { name: /^Forget/ }).first().click();
  await page.getByText('No device yet.').waitFor();
  assert.equal(await ada.focused(), 'Devices');
});

story('U31 switching off names the consequence, Escape closes, the focus returns', async (ada, page) => {
  await ada.atSettings();
  const off = page.getByRole('button', { name: 'Turn off', exact: true });
  await off.click();
  await dialog(page).getByText('Anyone who learns your password can then sign in as you.').waitFor();
  await page.keyboard.press('Escape');
  await dialog(page).waitFor({ state: 'detached' });
  assert.ok(await off.evaluate((element) => element === document.activeElement));

  await ageProof(page, '**/2fa/disable');
  await off.click();
  await dialog(page).getByRole('button', { name: 'Turn off' }).click();
  await page.locator('twinlock-step-up .tl-code').fill(await ada.phone.code());
  await page.getByLabel('Your password').fill('not this one');
  await page.keyboard.press('Enter');
  await dialog(page).getByRole('alert').filter({ hasText: 'That password is not right' }).waitFor();
  await page.getByLabel('Your password').fill(ada.password);
  await page.keyboard.press('Enter');
  await page.getByText('Your account is protected by your password alone.').waitFor();
  assert.equal(await ada.focused(), 'Two-factor authentication');
});

story('a session that has ended meanwhile leads back to sign-in', async (ada, page) => {
  await ada.atSettings();
  await ada.context.clearCookies();
  await page.getByRole('button', { name: /^Forget/ }).first().click();
  await page.getByRole('alert').filter({ hasText: 'You are not signed in any more' }).waitFor();
});
