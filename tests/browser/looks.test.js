// U1, U5, U6: every state of every element, in every look.
import assert from 'node:assert/strict';
import { story } from './lib/suite.js';
import { assertAccessible, assertFits } from './lib/looks.js';

async function check(page, state) {
  await assertAccessible(page, state);
  await assertFits(page, state);
  await assertTargets(page, state);
}

async function assertTargets(page, state) {
  const small = await page.evaluate(() =>
    [...document.querySelectorAll('.tl button, .tl a, .tl summary, .tl input:not(.tl-check), .tl-tick label')]
      .filter((element) => element.checkVisibility())
      .filter((element) => element.getBoundingClientRect().height < 24)
      .map((element) => element.textContent),
  );
  assert.deepEqual(small, [], `${state}: targets of at least 24 px`);
}

story('U1 U5 U6 setting up', async (ada, page) => {
  await ada.register();
  await check(page, 'off');
  await page.getByRole('button', { name: 'Set up', exact: true }).click();
  await page.getByRole('button', { name: 'Get started' }).waitFor();
  await check(page, 'introduction');
  await page.getByRole('button', { name: 'Get started' }).click();
  await page.getByLabel('Your password').fill('not this one');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').filter({ hasText: 'That password is not right' }).waitFor();
  await check(page, 'wrong password');
  await ada.settings();
  await ada.beginSetup();
  await check(page, 'scan');
  await page.getByText('Enter the key by hand').click();
  await check(page, 'key by hand');
  await page.locator('.tl-code').fill(ada.phone.wrong());
  await page.getByRole('alert').filter({ hasText: 'That code is not right' }).waitFor();
  await check(page, 'wrong code');
  await page.locator('.tl-code').fill(await ada.phone.code());
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Save your backup codes' }).waitFor();
  await check(page, 'backup codes');
  await page.getByLabel('I have saved these codes').check();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('heading', { name: 'Two-factor authentication is on' }).waitFor();
  await check(page, 'end');
});

story('U1 U5 U6 signing in', async (ada, page) => {
  await ada.atChallenge();
  await check(page, 'challenge');
  await page.locator('.tl-code').fill(ada.phone.wrong());
  await page.getByRole('alert').filter({ hasText: 'That code is not right' }).waitFor();
  await check(page, 'wrong code');
  await page.getByRole('button', { name: 'Lost your phone?' }).click();
  await check(page, 'backup code');
});

story('U1 U5 U6 signing in while others guess', async (ada, page) => {
  await ada.atLockedChallenge();
  await page.locator('.tl-code').fill(await ada.phone.code());
  await page.getByRole('timer').waitFor();
  await check(page, 'locked');
  await page.getByRole('button', { name: 'Use three codes in a row instead' }).click();
  await check(page, 'three codes');
  await page.locator('twinlock-challenge').evaluate((element) => (element.challenge = 'AAAA'));
  await page.locator('.tl-code').fill('123456');
  await page.getByRole('link', { name: 'Sign in again' }).waitFor();
  await check(page, 'expired');
});

story('U1 U5 U6 settings', async (ada, page) => {
  await ada.register();
  await ada.enable();
  let proceed;
  await page.route('**/2fa/status', (route) => new Promise((resolve) => (proceed = () => resolve(route.continue()))), { times: 1 });
  await page.goto('/account');
  await page.getByText('Loading…').waitFor();
  await check(page, 'loading');
  proceed();
  await page.locator('.tl-hero').waitFor();
  await check(page, 'settings');
  await page.getByRole('button', { name: /^Rename/ }).click();
  await check(page, 'rename');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Make new codes' }).click();
  await check(page, 'new codes');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Turn off', exact: true }).click();
  await check(page, 'switch off');
  const problem = { type: 'about:blank', title: 'proof needed', status: 401, code: 'assurance_required' };
  const answer = { status: 401, contentType: 'application/problem+json', body: JSON.stringify(problem) };
  await page.route('**/2fa/disable', (route) => route.fulfill(answer), { times: 1 });
  await page.getByRole('dialog').getByRole('button', { name: 'Turn off' }).click();
  await page.locator('twinlock-step-up .tl-code').waitFor();
  await check(page, 'step-up');
  await page.route('**/2fa/status', (route) => route.abort(), { times: 1 });
  await page.goto('/account');
  await page.getByRole('button', { name: 'Try again' }).waitFor();
  await check(page, 'failure');
});
