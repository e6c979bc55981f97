// <twinlock-challenge> on the sign-in page of the example.
import assert from 'node:assert/strict';
import { story } from './lib/suite.js';

const input = (page) => page.locator('.tl-code');
const alert = (page, text) => page.getByRole('alert').filter({ hasText: text });
const isFocused = (locator) => locator.evaluate((element) => element === document.activeElement);

/** Counts what is sent to /verify. */
function counted(page) {
  const sent = [];
  page.on('request', (request) => request.url().endsWith('/verify') && sent.push(request.postDataJSON()));
  return sent;
}

/** Pastes as a person does: through the clipboard. */
async function paste(page, text) {
  await page.evaluate((value) => navigator.clipboard.writeText(value), text);
  await input(page).focus();
  await page.keyboard.press('Control+V');
}

story('U17 the field is one labelled text input that suits codes', async (ada, page) => {
  await ada.atChallenge();
  assert.equal(await page.locator('twinlock-challenge input:not([type=checkbox])').count(), 1);
  const field = page.getByLabel('Code from your authenticator app');
  const is = await field.evaluate((element) => ({
    type: element.type,
    mode: element.inputMode,
    complete: element.autocomplete,
    limit: element.maxLength,
    size: parseFloat(getComputedStyle(element).fontSize),
    focused: element === document.activeElement,
    light: element.getRootNode() === document,
  }));
  assert.deepEqual(
    { ...is, size: is.size >= 16 },
    { type: 'text', mode: 'numeric', complete: 'one-time-code', limit: -1, size: true, focused: true, light: true },
  );
});

const WRITINGS = {
  'with a space': (code) => `${code.slice(0, 3)} ${code.slice(3)}`,
  'with a hyphen and line breaks': (code) => `\n${code.slice(0, 3)}-${code.slice(3)}\r\n`,
  'in full-width digits': (code) => code.replace(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit))),
  'in Arabic-Indic digits': (code) => code.replace(/\d/g, (digit) => String.fromCharCode(0x0660 + Number(digit))),
};
for (const [name, write] of Object.entries(WRITINGS)) {
  story(`U18 a code pasted ${name} signs in`, async (ada, page) => {
    await ada.atChallenge();
    const sent = counted(page);
    const code = await ada.phone.code();
    await paste(page, write(code));
    await page.waitForURL('**/account*');
    assert.deepEqual(sent.map((body) => body.code), [code]);
  });
}

story('U19 Enter submits, the last digit submits once, and never twice', async (ada, page) => {
  await ada.atChallenge();
  const sent = counted(page);
  await input(page).pressSequentially(ada.phone.wrong());
  await alert(page, 'That code is not right').waitFor();
  assert.equal(sent.length, 1);
  await input(page).fill('');
  await input(page).pressSequentially(ada.phone.wrong(1));
  await page.waitForTimeout(300);
  assert.equal(sent.length, 1, 'a corrected code waits for its sender');
  await input(page).fill(await ada.phone.code());
  await page.keyboard.press('Enter');
  await page.waitForURL('**/account*');
  assert.equal(sent.length, 2);
});

story('U17 U20 a wrong code is told beside the field, which keeps it and has the focus', async (ada, page) => {
  await ada.atChallenge();
  const wrong = ada.phone.wrong();
  await input(page).fill(wrong);
  await alert(page, 'That code is not right').waitFor();
  assert.equal(await input(page).inputValue(), wrong);
  assert.equal(await input(page).getAttribute('aria-invalid'), 'true');
  const described = await input(page).getAttribute('aria-describedby');
  const alertId = await alert(page, 'That code is not right').getAttribute('id');
  assert.ok(described.split(' ').includes(alertId));
  assert.ok(await isFocused(input(page)));
});

story('what is no code at all is told without being counted', async (ada, page) => {
  await ada.atChallenge();
  await page.keyboard.press('Enter');
  await alert(page, 'Please enter a code').waitFor();
  await input(page).fill('12 34');
  await page.keyboard.press('Enter');
  await alert(page, 'does not look like a code').waitFor();
});

story('U24 the second failure brings a hint about the phone’s clock', async (ada, page) => {
  await ada.atChallenge();
  const hint = page.getByText('clock to automatic');
  await input(page).fill(ada.phone.wrong());
  await alert(page, 'That code is not right').waitFor();
  assert.equal(await hint.count(), 0);
  await input(page).fill(ada.phone.wrong(1));
  await page.keyboard.press('Enter');
  await hint.waitFor();
});

story('U21 after too many wrong codes a clock runs; three codes in a row are taken meanwhile', async (ada, page) => {
  await ada.atLockedChallenge();
  await input(page).fill(await ada.phone.code());
  await alert(page, 'Too many wrong codes').waitFor();
  assert.ok(await page.getByRole('button', { name: 'Sign in', exact: true }).isDisabled());
  const timer = page.getByRole('timer');
  const first = await timer.textContent();
  assert.match(first, /^0:(0\d|1[0-5])$/);
  await page.waitForFunction((shown) => document.querySelector('.tl-timer').textContent !== shown, first);
  assert.equal(await timer.evaluate((element) => element.closest('[role=alert], [role=status], [aria-live]')), null);

  await page.getByRole('button', { name: 'Use three codes in a row instead' }).click();
  const codes = ada.phone.three(1);
  const labels = ['Code shown now', 'Next code', 'The one after'];
  for (const [at, label] of labels.entries()) await page.getByLabel(label).fill(codes[at]);
  await page.waitForURL('**/account*');
});

story('U21 the button is enabled when the clock ends, and that is announced', async (ada, page) => {
  await ada.atLockedChallenge();
  await input(page).fill(await ada.phone.code());
  await page.getByRole('timer').waitFor();
  const button = page.getByRole('button', { name: 'Sign in', exact: true });
  assert.ok(await button.isDisabled());
  const over = page.getByRole('status').filter({ hasText: 'You can try again now.' });
  await over.waitFor({ state: 'attached', timeout: 20_000 });
  assert.ok(await button.isEnabled());
  assert.ok(await page.getByRole('timer').isHidden());
  await page.keyboard.press('Enter');
  await page.waitForURL('**/account*');
});

story('U22 a backup code is one link away, in small letters and without dashes', async (ada, page) => {
  await ada.atChallenge();
  await page.getByRole('button', { name: 'Lost your phone?' }).click();
  const field = page.getByLabel('Backup code');
  assert.ok(await isFocused(field));
  await field.fill(ada.backupCode().toLowerCase().replaceAll('-', ''));
  await page.keyboard.press('Enter');
  await page.waitForURL('**/account*');
});

story('a wrong backup code is told and may be tried again at once', async (ada, page) => {
  await ada.atChallenge();
  await page.getByRole('button', { name: 'Lost your phone?' }).click();
  await page.getByLabel('Backup code').fill('0000-0000-0000-0000');
  await page.keyboard.press('Enter');
  await alert(page, 'That code is not right').waitFor();
  await page.getByLabel('Backup code').fill(ada.backupCode());
  await page.keyboard.press('Enter');
  await page.waitForURL('**/account*');
});

story('U23 a network failure keeps what was typed', async (ada, page) => {
  await ada.atChallenge();
  const code = await ada.phone.code();
  await page.route('**/verify', (route) => route.abort(), { times: 1 });
  await input(page).fill(code);
  await alert(page, 'cannot be reached').waitFor();
  assert.equal(await input(page).inputValue(), code);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/account*');
});

story('U23 a double click sends once', async (ada, page) => {
  await ada.atChallenge();
  const sent = counted(page);
  await page.getByRole('button', { name: 'Lost your phone?' }).click();
  await page.getByLabel('Backup code').fill(ada.backupCode());
  await page.getByRole('button', { name: 'Sign in', exact: true }).dblclick();
  await page.waitForURL('**/account*');
  assert.equal(sent.length, 1);
});

story('U25 whoever signs in with one of the last backup codes is told how few are left', async (ada, page) => {
  await ada.atChallenge();
  await page.route('**/verify', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), backup_codes_left: 2 } });
  });
  await page.getByRole('button', { name: 'Lost your phone?' }).click();
  await page.getByLabel('Backup code').fill(ada.backupCode());
  await page.keyboard.press('Enter');
  await page.getByText('You have 2 backup codes left.').waitFor();
  assert.equal(await ada.focused(), 'You are signed in');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.waitForURL('**/account*');
});

story('a trusted device is not asked again', async (ada, page) => {
  await ada.atChallenge();
  await page.getByLabel('Trust this device').check();
  await input(page).fill(await ada.phone.code());
  await page.waitForURL('**/account*');
  await page.getByText('Trusted', { exact: true }).waitFor();
  await ada.signOut();
  await ada.signIn();
  await page.waitForURL('**/account*');
});

story('a challenge that is over leads back to the password', async (ada, page) => {
  await ada.atChallenge();
  await page.locator('twinlock-challenge').evaluate((element) => (element.challenge = 'AAAA'));
  await input(page).fill(await ada.phone.code());
  await alert(page, 'begin with your password again').waitFor();
  await page.getByRole('link', { name: 'Sign in again' }).click();
  await page.getByLabel('User name or e-mail address').waitFor();
});
