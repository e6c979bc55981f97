// The 36 promises of the pages: each is one test of that name, counted by promises.test.js.
import { readFileSync } from 'node:fs';

/** What is promised, by number: `U1` to `U36`. */
export const PROMISES = JSON.parse(readFileSync(new URL('../promises.json', import.meta.url), 'utf8'));

/** The name of the test that holds a promise: its number and its sentence. */
export function promised(number) {
  if (!(number in PROMISES)) throw new Error(`nothing is promised as ${number}`);
  return `${number} ${PROMISES[number]}`;
}
