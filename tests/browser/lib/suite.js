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

/** Lets somebody who has just arrived do what is told; afterwards the page must have behaved. */
export async function visit(name, tell, options) {
  const person = await Person.arrive(browser, example.url, options);
  try {
    await tell(person, person.page);
  } catch (failure) {
    const folder = process.env.TWINLOCK_BROWSER_SHOTS;
    if (folder) await person.page.screenshot({ path: `${folder}/${name.slice(0, 60).replace(/\W+/g, '-')}.png` });
    await person.context.close();
    throw failure;
  }
  await person.leave();
}

/** A test that is one visit. */
export function story(name, tell, options) {
  test(name, () => visit(name, tell, options));
}

/** The one story that holds a promise of promises.json, under its name. */
export function promise(number, tell, options) {
  story(promised(number), tell, options);
}
