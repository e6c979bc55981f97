// U4: nobody needs a mouse.
import assert from 'node:assert/strict';
import { story } from './lib/suite.js';
import { Phone } from './lib/phone.js';

const MOST_STEPS = 60;

/** Goes forward with the Tab key until the thing named has the focus; the focus is always to be seen. */
async function tabTo(page, name) {
  for (let step = 0; step < MOST_STEPS; step++) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(() => {
      const element = document.activeElement;
      const label = element.labels?.[0]?.textContent ?? element.getAttribute('aria-label') ?? element.textContent;
      const ours = element.closest('.tl') !== null;
      return { label: label.trim(), hidden: ours && getComputedStyle(element).outlineStyle === 'none' };
    });
    assert.ok(!at.hidden, `the focus on “${at.label}” is to be seen`);
    if (at.label === name) return;
  }
  assert.fail(`“${name}” cannot be reached with the Tab key`);
}

story('U4 the whole life of a second factor by keyboard alone', async (ada, page) => {
  await ada.register();
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
  await tabTo(page, 'I have saved these codes');
  await keyboard.press('Space');
  await tabTo(page, 'Done');
  await keyboard.press('Enter');
  await page.getByRole('button', { name: 'Close' }).waitFor();
  await tabTo(page, 'Close');
  await keyboard.press('Enter');
  await page.getByText('10 of 10 left.').waitFor();

  // From the dialog and back: the page behind it is out of reach meanwhile.
  await tabTo(page, 'Turn off');
  await keyboard.press('Enter');
  for (let step = 0; step < 6; step++) {
    await keyboard.press('Tab');
    const behind = await page.evaluate(() => document.activeElement.closest('.tl-section') !== null);
    assert.ok(!behind);
  }
  await keyboard.press('Escape');
  assert.equal(await ada.focused(), 'Turn off');
  await keyboard.press('Shift+Tab');
  assert.notEqual(await ada.focused(), 'Turn off', 'no trap');
});

story('U4 signing in with a backup code by keyboard alone', async (ada, page) => {
  await ada.atChallenge();
  await tabTo(page, 'Lost your phone? Use a backup code');
  await page.keyboard.press('Enter');
  await page.keyboard.type(ada.backupCode());
  await page.keyboard.press('Enter');
  await page.waitForURL('**/account*');
});
