// What the sources must never do, whatever the reason.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

// The client's sources are in the pages, too: all but what loads the pages for other people's programs.
const folders = [new URL('../src/', import.meta.url), new URL('../../bindings-node/ts/client/', import.meta.url)];
const sources = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => /(?<!\.gen)\.ts$/.test(name) && name !== 'dialog.ts')
    .map((name) => [name, readFileSync(new URL(name, folder), 'utf8')]),
);

const NEVER = {
  'parse HTML (Trusted Types)': /innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|DOMParser|document\.write|setHTML/,
  'make code from text': /\beval\(|new Function|import\(\s*[^'"\s]/,
  'keep anything in web storage': /localStorage|sessionStorage|indexedDB|document\.cookie\s*=|caches\./,
  'touch address or history': /history\.|location\.(href|hash|search)\s*=|location\.(assign|replace)/,
  'write to the console': /console\./,
  'set inline styles': /\.style\b|['"]style['"]|createElement\('style'\)|cssText/,
  'name another host': /https?:\/\/(?!www\.w3\.org\/)/,
};
for (const [rule, pattern] of Object.entries(NEVER)) {
  test(`no source may ${rule}`, () => {
    for (const [name, text] of sources) assert.doesNotMatch(text, pattern, name);
  });
}

test('no source file passes 400 lines', () => {
  for (const [name, text] of sources) assert.ok(text.split('\n').length <= 400, name);
});
