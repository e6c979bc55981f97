// Every promise has exactly one test of its name, at the top level of its file.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { PROMISES, promised } from './lib/promises.js';

const here = new URL('./', import.meta.url);
const sources = readdirSync(here)
  .filter((name) => name.endsWith('.test.js') && name !== 'promises.test.js')
  .map((name) => ({ name, text: readFileSync(new URL(name, here), 'utf8') }));

// Written out, or by the number alone: `promise('U1', …)`, `test(promised('U1'), …)`, `story('U1 axe finds …', …)`.
const BY_NUMBER = /\bpromised?\(\s*(['"`])(.*?)\1/g;
const WRITTEN_OUT = /\b(?:story|test|it|describe)\(\s*(['"`])(U\d+\b.*?)\1\s*,/g;

/** `{file, name, nested}` of every test that says it holds a promise. */
function claims() {
  return sources.flatMap(({ name: file, text }) => {
    const nested = (at) => /^\s/.test(text.slice(text.lastIndexOf('\n', at) + 1));
    const numbered = [...text.matchAll(BY_NUMBER)].map((found) => ({ file, name: promised(found[2]), nested: nested(found.index) }));
    const written = [...text.matchAll(WRITTEN_OUT)].map((found) => ({ file, name: found[2], nested: nested(found.index) }));
    return [...numbered, ...written];
  });
}

test('the list is U1 to U36', () => {
  assert.deepEqual(Object.keys(PROMISES), Array.from({ length: 36 }, (_, at) => `U${at + 1}`));
  for (const sentence of Object.values(PROMISES)) assert.match(sentence, /\w.{8,}[^.\s]$/);
});

test('each of them is held by exactly one test of that name', () => {
  const names = claims().map(({ name }) => name);
  const held = Object.fromEntries(Object.keys(PROMISES).map((number) => [number, names.filter((name) => name === promised(number)).length]));
  const wrong = Object.entries(held).filter(([, times]) => times !== 1);
  assert.deepEqual(wrong, [], 'promises without a test, or with more than one');
});

test('no other test bears a number, and none that does is made in a loop or inside another', () => {
  const known = new Set(Object.keys(PROMISES).map(promised));
  assert.deepEqual(claims().filter(({ name, nested }) => !known.has(name) || nested), []);
});
