// U1, U5, U6, U7: every state of every element, in every look. They are all visited once; each promise judges what was seen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inEveryLook, inNarrowPlaces, moving, smallTargets } from './lib/looks.js';
import { promised } from './lib/promises.js';
import { judged } from './lib/states.js';
import { visit } from './lib/suite.js';

// As the promise names them.
const NAMED = ['intro', 'scan', 'error', 'codes', 'locked', 'three codes', 'expired', 'loading', 'step-up', 'settings', 'disable dialog'];
const ELEMENTS = ['setup', 'challenge', 'step-up', 'settings'];

/** `{state: {looks, narrow, small, moves}}` of all states. */
const everyState = judged(async (page) => {
  const moves = await moving(page);
  return { looks: await inEveryLook(page), narrow: await inNarrowPlaces(page), small: await smallTargets(page), moves };
});

/** What is wrong, by state; states with nothing wrong are left out. */
function faults(found, kind) {
  const wrong = (seenThere) => (Array.isArray(seenThere) ? seenThere.length > 0 : Object.values(seenThere).some((list) => list.length));
  return Object.fromEntries(Object.entries(found).filter(([, state]) => wrong(state[kind])).map(([state, all]) => [state, all[kind]]));
}

test(promised('U1'), async () => {
  const found = await everyState();
  const states = Object.keys(found);
  for (const element of ELEMENTS) assert.ok(states.some((state) => state.startsWith(`${element}: `)), element);
  for (const name of NAMED) assert.ok(states.some((state) => state.includes(name)), name);
  for (const { looks } of Object.values(found)) assert.deepEqual(Object.keys(looks), ['light', 'dark', 'forced colours']);
  assert.deepEqual(faults(found, 'looks'), {});
});

test(promised('U5'), async () => {
  assert.deepEqual(faults(await everyState(), 'narrow'), {});
});

test(promised('U6'), async () => {
  assert.deepEqual(faults(await everyState(), 'small'), {});
});

test(promised('U7'), async () => {
  assert.deepEqual(faults(await everyState(), 'moves'), {});
  // Who does not mind sees a little.
  const options = { reducedMotion: 'no-preference' };
  await visit('U7', async (ada, page) => {
    await ada.atSettings();
    await page.getByRole('button', { name: 'Turn off', exact: true }).click();
    assert.ok((await moving(page)).length > 0);
    await page.emulateMedia({ reducedMotion: 'reduce' });
    assert.deepEqual(await moving(page), []);
  }, options);
});
