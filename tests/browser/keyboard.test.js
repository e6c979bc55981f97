// U4: nobody needs a mouse.
import assert from 'node:assert/strict';
import { eventually } from './lib/eventually.js';
import { Phone } from './lib/phone.js';
import { promise } from './lib/suite.js';

const MOST_STEPS = 60;

/** What has the focus: its label, whether it is one of ours and whether that can be seen. */
function atFocus(page) {
  return page.evaluate(() => {
    const element = document.activeElement;
    const label = element.labels?.[0]?.textContent ?? element.getAttribute('aria-label') ?? element.textContent;
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    const ours = element.closest('.tl') !== null;
    const { top, bottom } = element.getBoundingClientRect();
    const away = bottom <= 0 || top >= innerHeight;
    return { label: label.trim(), unseen: ours && (outlineStyle === 'none' || parseFloat(outlineWidth) < 2 || away) };
  });
}

/** Goes forward with the Tab key until the thing named has the focus; the focus is always to be seen. */
async function tabTo(page, name, key = 'Tab') {
  for (let step = 0; step < MOST_STEPS; step++) {
    await page.keyboard.press(key);
    const { label, unseen } = await atFocus(page);
    assert.ok(!unseen, `the focus on “${label}” is to be seen`);
    if (label === name) return;
  }
  assert.fail(`“${name}” cannot be reached with the key ${key}`);
}

async function switchOn(ada, page) {
  const { keyboard } = page;
  await tabTo(page, 'Set up');
  await keyboard.press('Enter');
  await page.getByRole('button', { name: 'Get started' }).waitFor();
  await tabTo(page, 'Get started');
  await keyboard.press('Space');
  await page.getByLabel('Your password').waitFor();
  await keyboard.type(ada.password);
  const begun = page.waitForResponse((response) => response.url().endsWith('/setup') && response.status() === 201);
  await keyboard.press('Enter');
  ada.phone = new Phone((await (await begun).json()).otpauth_uri);
  await page.locator('.tl-qr').waitFor();
  await tabTo(page, 'Can’t scan it? Enter the key by hand');
  await keyboard.press('Enter');
  await tabTo(page, 'Copy setup key');
  await tabTo(page, 'Code from your authenticator app');
  await keyboard.type(await ada.phone.code());
  await page.getByRole('heading', { name: 'Save your backup codes' }).waitFor();
  ada.backupCodes = await page.locator('.tl-codes code').allTextContents();
  await tabTo(page, 'I have saved these codes');
  await keyboard.press('Space');
  await tabTo(page, 'Done');
  await keyboard.press('Enter');
  await page.getByRole('button', { name: 'Close' }).waitFor();
  await tabTo(page, 'Close');
  await keyboard.press('Enter');
  await page.getByText('10 of 10 left.').waitFor();
}

// Into a dialog and back: the page behind it is out of reach meanwhile, and nothing holds the focus afterwards.
async function noTrap(page) {
  const { keyboard } = page;
  await tabTo(page, 'Turn off');
  await keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  for (let step = 0; step < 6; step++) {
    await keyboard.press('Tab');
    const behind = await page.evaluate(() => document.activeElement.closest('.tl-section') !== null);
    assert.ok(!behind);
  }
  await keyboard.press('Escape');
  await eventually(async () => assert.equal((await atFocus(page)).label, 'Turn off'));
  await tabTo(page, 'Sign out', 'Shift+Tab');
}

async function signInWithBackupCode(ada, page) {
  const { keyboard } = page;
  await tabTo(page, 'User name or e-mail address');
  await keyboard.type(ada.name);
  await tabTo(page, 'Password');
  await keyboard.type(ada.password);
  await keyboard.press('Enter');
  await page.locator('twinlock-challenge .tl-code').waitFor();
  await tabTo(page, 'Lost your phone? Use a backup code');
  await keyboard.press('Enter');
  await page.getByLabel('Backup code').waitFor();
  await keyboard.type(ada.backupCode());
  await keyboard.press('Enter');
  await page.waitForURL('**/account*');
}

async function switchOff(ada, page) {
  const { keyboard } = page;
  await page.locator('.tl-hero').waitFor();
  await tabTo(page, 'Turn off');
  await keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await tabTo(page, 'Cancel');
  await tabTo(page, 'Turn off');
  await keyboard.press('Enter');
  await page.getByLabel('Your password').waitFor();
  await keyboard.type(ada.password);
  await keyboard.press('Enter');
  await page.getByText('Your account is protected by your password alone.').waitFor();
}

promise('U4', async (ada, page) => {
  await ada.register();
  await switchOn(ada, page);
  await noTrap(page);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/login*');
  await signInWithBackupCode(ada, page);
  await switchOff(ada, page);
});
