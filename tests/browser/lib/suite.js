// One example server and one browser for a test file; one fresh person for each of its tests.
import { after, before, test } from 'node:test';
import { launch } from './browser.js';
import { startExample } from './example.js';
import { Person } from './person.js';
import { promised } from './promises.js';

let example;
let browser;

before(async () => {
  example = await startExample();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await example?.stop();
});

/**
 * Lets somebody who has just arrived do what is told; afterwards the page must have behaved.
 * `options` are those of the browser's context; `pageCache` is for a browser of their own that keeps pages to go back to.
 */
export async function visit(name, tell, { pageCache = false, ...options } = {}) {
  const own = pageCache ? await launch({ pageCache }) : undefined;
  const person = await Person.arrive(own ?? browser, example.url, options);
  try {
    await tell(person, person.page);
    await person.leave();
  } catch (failure) {
    const folder = process.env.TWINLOCK_BROWSER_SHOTS;
    const path = `${folder}/${name.slice(0, 60).replace(/\W+/g, '-')}.png`;
    if (folder) await person.page.screenshot({ path }).catch(() => {});
    await person.context.close();
    throw failure;
  } finally {
    await own?.close();
  }
}

/** A test that is one visit. */
export function story(name, tell, options) {
  test(name, () => visit(name, tell, options));
}

/** The one story that holds a promise of promises.json, under its name. */
export function promise(number, tell, options) {
  story(promised(number), tell, options);
}
