// <twinlock-challenge> on the sign-in page of the example.
import assert from 'node:assert/strict';
import { refuse } from './lib/answers.js';
import { eventually, settled } from './lib/eventually.js';
import { promise, story, visit } from './lib/suite.js';

const input = (page) => page.locator('.tl-code');
const alert = (page, text) => page.getByRole('alert').filter({ hasText: text });
const signIn = (page) => page.getByRole('button', { name: 'Sign in', exact: true });
const lostPhone = (page) => page.getByRole('button', { name: 'Lost your phone?' });
const THREE = ['Code shown now', 'Next code', 'The one after'];

function hasFocus(locator) {
  return eventually(async () => assert.ok(await locator.evaluate((element) => element === document.activeElement)));
}

/** What is sent to /verify from now on. */
function sentCodes(page) {
  const sent = [];
  page.on('request', (request) => request.url().endsWith('/verify') && sent.push(request.postDataJSON().code));
  return sent;
}

/** Pastes as a person does: through the clipboard. */
async function paste(page, text) {
  await page.evaluate((value) => navigator.clipboard.writeText(value), text);
  await input(page).focus();
  await page.keyboard.press('Control+V');
}

promise('U17', async (ada, page) => {
  await ada.atChallenge();
  assert.equal(await page.locator('twinlock-challenge input:not([type=checkbox])').count(), 1);
  const field = page.getByLabel('Code from your authenticator app');
  const is = await field.evaluate((element) => ({
    type: element.type,
    mode: element.inputMode,
    complete: element.autocomplete,
    limit: element.maxLength,
    attribute: element.getAttribute('maxlength'),
    large: parseFloat(getComputedStyle(element).fontSize) >= 16,
    labels: element.labels.length,
    light: element.getRootNode() === document,
  }));
  assert.deepEqual(is, {
    type: 'text',
    mode: 'numeric',
    complete: 'one-time-code',
    limit: -1,
    attribute: null,
    large: true,
    labels: 1,
    light: true,
  });
  await hasFocus(field);
  const sent = sentCodes(page);
  await refuse(page, '**/verify', 401, 'invalid_code');
  await field.pressSequentially('000417');
  await alert(page, 'That code is not right').waitFor();
  assert.deepEqual([sent, await field.inputValue()], [['000417'], '000417']);
});

const WRITINGS = {
  'with a space': (code) => `${code.slice(0, 3)} ${code.slice(3)}`,
  'with a hyphen': (code) => `${code.slice(0, 3)}-${code.slice(3)}`,
  'with line breaks': (code) => `\n${code.slice(0, 3)}-${code.slice(3)}\r\n`,
  'in full-width digits': (code) => code.replace(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit))),
  'in Arabic-Indic digits': (code) => code.replace(/\d/g, (digit) => String.fromCharCode(0x0660 + Number(digit))),
};

promise('U18', async (ada, page) => {
  const signInBy = async (person, tab, [name, write]) => {
    await person.atChallenge();
    const sent = sentCodes(tab);
    const code = await person.phone.code();
    await paste(tab, write(code));
    await tab.waitForURL('**/account*');
    assert.deepEqual(sent, [code], name);
  };
  const [first, ...others] = Object.entries(WRITINGS);
  await signInBy(ada, page, first);
  // One after the other: they share the clipboard.
  for (const writing of others) await visit(writing[0], (person, tab) => signInBy(person, tab, writing));
});

promise('U19', async (ada, page) => {
  await ada.atChallenge();
  const sent = sentCodes(page);
  const [first, second, third] = [0, 1, 2].map((nth) => ada.phone.wrong(nth));
  await input(page).pressSequentially(first.slice(0, 5));
  await settled(page);
  assert.deepEqual(sent, [], 'five digits are no code');
  await input(page).pressSequentially(first.slice(5));
  await alert(page, 'That code is not right').waitFor();
  assert.deepEqual(sent, [first], 'the last digit sends');
  await input(page).fill('');
  await input(page).pressSequentially(second);
  await settled(page);
  assert.deepEqual(sent, [first], 'a corrected code waits for its sender');
  await page.keyboard.press('Enter');
  await page.getByText('clock to automatic').waitFor();
  assert.deepEqual(sent, [first, second], 'Enter sends');
  await paste(page, third);
  await settled(page);
  assert.deepEqual(sent, [first, second]);
  const right = await ada.phone.code();
  await input(page).fill(right);
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/account*');
  assert.deepEqual(sent, [first, second, right]);
});

promise('U20', async (ada, page) => {
  await ada.atChallenge();
  const wrong = ada.phone.wrong();
  assert.equal(await input(page).getAttribute('aria-invalid'), null);
  // There before it speaks: else some screen readers say nothing.
  assert.equal(await page.locator('twinlock-challenge [role=alert]').textContent(), '');
  await input(page).fill(wrong);
  await alert(page, 'That code is not right').waitFor();
  await hasFocus(input(page));
  assert.equal(await input(page).inputValue(), wrong);
  assert.equal(await input(page).getAttribute('aria-invalid'), 'true');
  const described = await input(page).getAttribute('aria-describedby');
  const alertId = await alert(page, 'That code is not right').getAttribute('id');
  assert.ok(described.split(' ').includes(alertId));
});

story('what is no code at all is told without being counted', async (ada, page) => {
  await ada.atChallenge();
  await page.keyboard.press('Enter');
  await alert(page, 'Please enter a code').waitFor();
  await input(page).fill('12 34');
  await page.keyboard.press('Enter');
  await alert(page, 'does not look like a code').waitFor();
});

/** Counts what a screen reader would be told from now on. */
async function listen(page) {
  await page.evaluate(() => {
    window.said = [];
    const live = '[role=alert], [role=status], [role=log], [aria-live]:not([aria-live=off])';
    const hear = ({ target }) => {
      const region = (target.parentElement && target.nodeType !== 1 ? target.parentElement : target).closest(live);
      if (region) window.said.push(region.textContent);
    };
    const observer = new MutationObserver((changes) => changes.forEach(hear));
    observer.observe(document, { subtree: true, childList: true, characterData: true });
  });
  return () => page.evaluate(() => window.said.splice(0));
}

promise('U21', async (ada, page) => {
  await page.clock.install();
  await ada.atLockedChallenge();
  await input(page).fill(await ada.phone.code());
  await alert(page, 'Too many wrong codes').waitFor();
  await page.clock.pauseAt((await page.evaluate(() => Date.now())) + 1000);
  assert.ok(await signIn(page).isDisabled());
  const timer = page.getByRole('timer');
  const left = async () => Number(/^0:(\d\d)$/.exec(await timer.textContent())[1]);
  const first = await left();
  assert.ok(first > 5 && first <= 15, `${first} s`);
  const said = await listen(page);
  for (let second = 1; second <= 5; second++) {
    await page.clock.runFor(1000);
    assert.equal(await left(), first - second);
  }
  assert.deepEqual(await said(), [], 'nobody hears the seconds');
  assert.ok(await signIn(page).isDisabled());
  await page.clock.runFor((first - 5) * 1000);
  await page.getByRole('status').filter({ hasText: 'You can try again now.' }).waitFor({ state: 'attached' });
  assert.ok((await said()).includes('You can try again now.'), 'the end is heard');
  assert.ok(await signIn(page).isEnabled());
  assert.ok(await timer.isHidden());
  const sent = sentCodes(page);
  await page.keyboard.press('Enter');
  await eventually(async () => assert.equal(sent.length, 1));
});

story('while the clock runs three codes in a row are taken', async (ada, page) => {
  await ada.atLockedChallenge();
  await input(page).fill(await ada.phone.code());
  await alert(page, 'Too many wrong codes').waitFor();
  await page.getByRole('button', { name: 'Use three codes in a row instead' }).click();
  const codes = ada.phone.three(1);
  for (const [at, label] of THREE.entries()) await page.getByLabel(label).fill(codes[at]);
  await page.waitForURL('**/account*');
});

story('when the clock has ended the server takes the code, too', async (ada, page) => {
  await ada.atLockedChallenge();
  await input(page).fill(await ada.phone.code());
  await page.getByRole('timer').waitFor();
  const over = page.getByRole('status').filter({ hasText: 'You can try again now.' });
  await over.waitFor({ state: 'attached', timeout: 20_000 });
  await page.keyboard.press('Enter');
  await page.waitForURL('**/account*');
});

promise('U22', async (ada, page) => {
  await ada.atChallenge();
  assert.equal(await lostPhone(page).count(), 1);
  await lostPhone(page).click();
  const field = page.getByLabel('Backup code');
  await hasFocus(field);
  assert.notEqual(await field.getAttribute('inputmode'), 'numeric', 'a telephone shows letters');
  await field.pressSequentially(ada.backupCode().toLowerCase().replaceAll('-', ''));
  await page.keyboard.press('Enter');
  await page.waitForURL('**/account*');
});

story('a wrong backup code is told and may be tried again at once', async (ada, page) => {
  await ada.atChallenge();
  await lostPhone(page).click();
  await page.getByLabel('Backup code').fill('0000-0000-0000-0000');
  await page.keyboard.press('Enter');
  await alert(page, 'That code is not right').waitFor();
  await page.getByLabel('Backup code').fill(ada.backupCode());
  await page.keyboard.press('Enter');
  await page.waitForURL('**/account*');
});

promise('U23', async (ada, page) => {
  await ada.atChallenge();
  const code = await ada.phone.code();
  await page.route('**/verify', (route) => route.abort(), { times: 1 });
  await input(page).fill(code);
  await alert(page, 'cannot be reached').waitFor();
  assert.equal(await input(page).inputValue(), code);
  const sent = sentCodes(page);
  await signIn(page).dblclick();
  await page.waitForURL('**/account*');
  assert.deepEqual(sent, [code]);
});

promise('U24', async (ada, page) => {
  await ada.atChallenge();
  const hint = page.getByText('clock to automatic');
  await input(page).fill(ada.phone.wrong());
  await alert(page, 'That code is not right').waitFor();
  assert.equal(await hint.count(), 0);
  await input(page).fill(ada.phone.wrong(1));
  await page.keyboard.press('Enter');
  await hint.waitFor();
  assert.equal(await alert(page, 'clock to automatic').count(), 1, 'it is announced');
});

promise('U25', async (ada, page) => {
  await ada.atChallenge();
  await ada.spendBackupCodes(7);
  await lostPhone(page).click();
  await page.getByLabel('Backup code').fill(ada.backupCode());
  await page.keyboard.press('Enter');
  await page.getByText('You have 2 backup codes left.').waitFor();
  await eventually(async () => assert.equal(await ada.focused(), 'You are signed in'));
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.waitForURL('**/account*');
  await page.getByText('Few backup codes are left.').waitFor();
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
