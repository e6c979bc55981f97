// Every state of every element, as a person gets there. Each tour goes through some and lets `see(state)` look at each.
import assert from 'node:assert/strict';
import { ageProof, holdBack, refuse } from './answers.js';
import { Phone } from './phone.js';
import { visit } from './suite.js';

const alert = (page, text) => page.getByRole('alert').filter({ hasText: text });
const code = (page) => page.locator('.tl-code').first();
const press = (page, name) => page.getByRole('button', { name, exact: true }).click();

async function settingUp(ada, page, see) {
  await ada.register();
  await see('settings: off');
  const release = await holdBack(page, '**/2fa/status');
  await press(page, 'Set up');
  await page.getByText('Loading…').waitFor();
  await see('setup: loading');
  release();
  await page.getByRole('button', { name: 'Get started' }).waitFor();
  await see('setup: intro');
  await press(page, 'Get started');
  await page.getByLabel('Your password').fill('not this one');
  await page.keyboard.press('Enter');
  await alert(page, 'That password is not right').waitFor();
  await see('setup: error, the password');
  await ada.settings();
  await ada.beginSetup();
  await see('setup: scan');
  await page.getByText('Enter the key by hand').click();
  await see('setup: scan, the key by hand');
  await code(page).fill(ada.phone.wrong());
  await alert(page, 'That code is not right').waitFor();
  await see('setup: error, the code');
  await code(page).fill(await ada.phone.code());
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Save your backup codes' }).waitFor();
  await see('setup: codes');
  await press(page, 'Done');
  await alert(page, 'tick the box').waitFor();
  await see('setup: error, the codes are not saved');
  await page.getByLabel('I have saved these codes').check();
  await press(page, 'Done');
  await page.getByRole('heading', { name: 'Two-factor authentication is on' }).waitFor();
  await see('setup: end');
}

async function settingUpWithTrouble(ada, page, see) {
  await ada.register();
  await ada.beginSetup();
  await code(page).fill(ada.phone.three(8)[0]);
  await page.getByLabel('The one after').waitFor();
  await see('setup: three codes');
  await refuse(page, '**/setup/confirm', 410, 'setup_expired');
  for (const label of ['Code shown now', 'Next code', 'The one after']) await page.getByLabel(label).fill(ada.phone.wrong());
  await alert(page, 'no longer valid').waitFor();
  await see('setup: expired');
  await page.route('**/2fa/status', (route) => route.abort(), { times: 1 });
  await page.goto('/account');
  await page.getByRole('button', { name: 'Try again' }).waitFor();
  await see('settings: failure');
}

async function addingOne(ada, page, see) {
  await ada.atSettings();
  await press(page, 'Add an authenticator');
  await page.locator('.tl-step', { hasText: 'Step 1 of 2' }).waitFor();
  await see('setup: intro, a further authenticator');
  const begun = page.waitForResponse((response) => response.url().endsWith('/setup') && response.status() === 201);
  await press(page, 'Get started');
  const second = new Phone((await (await begun).json()).otpauth_uri);
  await page.getByLabel('Name of this authenticator').fill('Work phone');
  await see('setup: scan, a further authenticator');
  await code(page).fill(await second.code());
  await page.getByRole('heading', { name: 'The authenticator was added' }).waitFor();
  await see('setup: end, a further authenticator');
  await press(page, 'Close');
  await page.getByRole('button', { name: 'Remove Work phone' }).waitFor();
  await see('settings: two authenticators');
  await page.getByRole('button', { name: 'Remove Work phone' }).click();
  await page.getByRole('dialog').waitFor();
  await see('settings: remove dialog');
}

async function signingIn(ada, page, see) {
  await ada.atChallenge();
  await see('challenge: code');
  await code(page).fill(ada.phone.wrong());
  await alert(page, 'That code is not right').waitFor();
  await see('challenge: error');
  await code(page).fill(ada.phone.wrong(1));
  await page.keyboard.press('Enter');
  await page.getByText('clock to automatic').waitFor();
  await see('challenge: error with the hint about the clock');
  await page.getByRole('button', { name: 'Lost your phone?' }).click();
  await see('challenge: backup code');
  await ada.spendBackupCodes(7);
  await code(page).fill(ada.backupCode());
  await page.keyboard.press('Enter');
  await page.getByText('You have 2 backup codes left.').waitFor();
  await see('challenge: few codes are left');
  await press(page, 'Continue');
  await page.waitForURL('**/account*');
  await page.locator('.tl-hero').waitFor();
  await see('settings: few codes are left');
}

async function signingInWhileOthersGuess(ada, page, see) {
  await ada.atLockedChallenge();
  await code(page).fill(await ada.phone.code());
  await page.getByRole('timer').waitFor();
  await see('challenge: locked');
  await press(page, 'Use three codes in a row instead');
  await see('challenge: three codes');
  await refuse(page, '**/verify', 401, 'invalid_code');
  for (const label of ['Code shown now', 'Next code', 'The one after']) await page.getByLabel(label).fill(ada.phone.wrong());
  await alert(page, 'Those codes do not match').waitFor();
  await see('challenge: three codes, error');
  await page.locator('twinlock-challenge').evaluate((element) => (element.challenge = 'AAAA'));
  await code(page).fill('123456');
  await page.getByRole('link', { name: 'Sign in again' }).waitFor();
  await see('challenge: expired');
}

async function steppingUp(ada, page, see) {
  await ada.atSettings();
  await ageProof(page, '**/2fa/backup-codes');
  await press(page, 'Make new codes');
  await page.getByRole('dialog').waitFor();
  await see('settings: dialog of new codes');
  await page.getByRole('dialog').getByRole('button', { name: 'Make new codes' }).click();
  const proof = page.locator('twinlock-step-up');
  await proof.locator('.tl-code').waitFor();
  await see('step-up: code');
  await proof.locator('.tl-code').fill(ada.phone.wrong());
  await alert(proof, 'That code is not right').waitFor();
  await see('step-up: error');
  await proof.getByRole('button', { name: 'Lost your phone?' }).click();
  await see('step-up: backup code');
  await proof.getByRole('button', { name: 'Use the code from your app' }).click();
  await refuse(page, '**/2fa/step-up', 429, 'throttled', 1, { retry_after: 120 });
  await proof.locator('.tl-code').fill(ada.phone.wrong(1));
  await page.keyboard.press('Enter');
  await page.getByRole('timer').waitFor();
  await see('step-up: locked');
  await proof.getByRole('button', { name: 'Use three codes in a row instead' }).click();
  await see('step-up: three codes');
}

async function theSettings(ada, page, see) {
  await ada.register();
  await ada.enable();
  const release = await holdBack(page, '**/2fa/status');
  await page.goto('/account');
  await page.getByText('Loading…').waitFor();
  await see('settings: loading');
  release();
  await page.locator('.tl-hero').waitFor();
  await see('settings: on');
  await page.getByRole('button', { name: /^Rename/ }).click();
  await see('settings: rename');
  await page.keyboard.press('Escape');
  await press(page, 'Turn off');
  await page.getByRole('dialog').waitFor();
  await see('settings: disable dialog');
  await page.getByRole('dialog').getByRole('button', { name: 'Turn off' }).click();
  await page.getByLabel('Your password').fill('not this one');
  await page.keyboard.press('Enter');
  await alert(page, 'That password is not right').waitFor();
  await see('settings: disable dialog, error');
  await page.keyboard.press('Escape');
  await press(page, 'Make new codes');
  await page.getByRole('dialog').getByRole('button', { name: 'Make new codes' }).click();
  await page.locator('.tl-codes').waitFor();
  await see('settings: codes');
  await page.getByLabel('I have saved these codes').check();
  await press(page, 'Done');
  await page.locator('.tl-hero').waitFor();
  await ada.context.clearCookies();
  await page.getByRole('button', { name: /^Forget/ }).first().click();
  await alert(page, 'You are not signed in any more').waitFor();
  await see('settings: not signed in any more');
}

export const TOURS = {
  settingUp,
  settingUpWithTrouble,
  addingOne,
  signingIn,
  signingInWhileOthersGuess,
  steppingUp,
  theSettings,
};

/**
 * Gives a function that lets people go through every state and tells `{state: what judge(page, ada) found}`. Whoever asks first sends
 * them, all others get the same answer.
 */
export function judged(judge) {
  let found;
  const goThrough = async () => {
    const all = {};
    for (const [name, tell] of Object.entries(TOURS)) {
      await visit(name, (ada, page) =>
        tell(ada, page, async (state) => {
          assert.ok(!(state in all), `“${state}” is one state`);
          all[state] = await judge(page, ada);
        }),
      );
    }
    return all;
  };
  return () => (found ??= goThrough());
}
