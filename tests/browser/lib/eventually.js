// What a page shows a moment after an action is not what it shows at once.
import { setTimeout as sleep } from 'node:timers/promises';

/** Asks until `check` throws nothing any more, and gives its answer; after `seconds` its last failure stands. */
export async function eventually(check, seconds = 10) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    try {
      return await check();
    } catch (failure) {
      if (Date.now() > end) throw failure;
    }
    await sleep(50);
  }
}

/** Returns when everything that the page had begun to send is known: a request of its own that is answered comes after it. */
export async function settled(page) {
  const asked = page.waitForRequest('**/settled-by-now');
  await page.route('**/settled-by-now', (route) => route.fulfill({ body: '' }), { times: 1 });
  await page.evaluate(() => fetch('/settled-by-now').then(() => undefined));
  await asked;
}
