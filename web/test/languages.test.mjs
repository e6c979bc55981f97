// Every catalogue says all that English says, in its own language, with the plural forms that its language has.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';
import { load } from './bundle.mjs';

const folder = new URL('../src/locales/', import.meta.url);
const LANGUAGES = readdirSync(folder).map((file) => basename(file, '.ts')).filter((name) => name !== 'en');
const { english } = await load('locales/en.ts');
const catalogues = Object.fromEntries(await Promise.all(LANGUAGES.map(async (name) => [name, (await load(`locales/${name}.ts`)).default])));
const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

/** What reads the same in English. A language that is not named here differs from English in every text. */
const SAME = { fr: ['issuer', 'kind'] };
/** Refusals that no user can do anything about share `p_unexpected`. */
const SHARED = `malformed_request not_administrator too_large not_json record_tampered unknown_key internal_error
  configuration_error storage_error storage_timeout`.split(/\s+/);

const stems = Object.keys(english).filter((id) => id.endsWith('_other')).map((id) => id.slice(0, -'_other'.length));
const stemOf = (id) => stems.find((stem) => new RegExp(`^${stem}_(zero|one|two|few|many|other)$`).test(id));
const placeholders = (text) => (text.match(/\{\w+\}/g) ?? []).sort();
/** The ids a language must have: English ones, and for numbers one form for each category. */
function idsOf(language) {
  const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions();
  const plain = Object.keys(english).filter((id) => !stemOf(id));
  return [...plain, ...stems.flatMap((stem) => pluralCategories.map((category) => `${stem}_${category}`))].sort();
}
const source = (language) => readFileSync(new URL(`${language}.ts`, folder), 'utf8');
const reviewOf = (language) => /^ \* review: (source|reviewed|needs-review)$/m.exec(source(language).split('*/')[0])?.[1];

test('there are the seven languages of the promise, beside English', () => {
  assert.deepEqual(LANGUAGES.sort(), ['ar', 'de', 'es', 'fr', 'ja', 'pt', 'zh']);
});

test('English has both forms of its plural', () => {
  assert.deepEqual(Object.keys(english).sort(), idsOf('en'));
});

for (const [language, catalogue] of Object.entries(catalogues)) {
  test(`${language} has every text, in every plural form of the language, and no other`, () => {
    assert.deepEqual(Object.keys(catalogue).sort(), idsOf(language));
  });

  test(`${language} keeps every placeholder`, () => {
    for (const [id, text] of Object.entries(catalogue)) {
      const due = placeholders(english[stemOf(id) ? `${stemOf(id)}_other` : id]);
      // None, one and two may be said in words.
      const inWords = stemOf(id) && /_(zero|one|two)$/.test(id) && !text.includes('{n}');
      assert.deepEqual(placeholders(text), inWords ? due.filter((name) => name !== '{n}') : due, id);
    }
  });

  test(`${language} holds no text in English`, () => {
    const texts = new Set(Object.values(english));
    const left = Object.entries(catalogue).filter(([, text]) => texts.has(text)).map(([id]) => id);
    assert.deepEqual(left.filter((id) => !SAME[language]?.includes(id)), []);
    const words = /\b(the|your|you|code|codes|please|with|again|is|of)\b/i;
    for (const [id, text] of Object.entries(catalogue)) {
      // «code(s)» is a word of German and French, too.
      const found = text.replace(/\{\w+\}/g, '').match(words)?.[0].toLowerCase();
      assert.ok(!found || (['de', 'fr'].includes(language) && /^codes?$/.test(found)), `${id}: ${text}`);
    }
  });

  test(`${language} says in its header, and in the README, whether a person has reviewed it`, () => {
    const review = reviewOf(language);
    assert.ok(review && review !== 'source', 'no review field in the header');
    assert.match(readme, new RegExp(`^\\| \`${language}\` \\| [^|]+ \\| ${review} \\|$`, 'm'));
  });

  test(`${language} ends where English ends: sentences with a full stop, labels without`, () => {
    const ends = /[.。]$/;
    for (const [id, text] of Object.entries(catalogue)) {
      const like = english[stemOf(id) ? `${stemOf(id)}_other` : id];
      if (!/["”]\.$/.test(like) && id !== 'name_hint') assert.equal(ends.test(text), ends.test(like), `${id}: ${text}`);
    }
  });
}

test('English is the source of them all', () => {
  assert.equal(reviewOf('en'), 'source');
});

test('French has its no-break spaces before double punctuation and inside guillemets', () => {
  for (const text of Object.values(catalogues.fr)) assert.doesNotMatch(text.replace(/\n/g, ''), / [?!;:»]|« |\w[?!;:»]/, text);
});

test('Japanese and Chinese use their own punctuation', () => {
  for (const language of ['ja', 'zh']) {
    for (const text of Object.values(catalogues[language])) assert.doesNotMatch(text, /[\u3000-\u9fff][,.!?:;]|[\u3040-\u9fff] [\u3040-\u9fff]/, text);
  }
});

test('Arabic uses its own comma and question mark, and no Latin word but QR', () => {
  for (const text of Object.values(catalogues.ar)) assert.doesNotMatch(text.replace(/\{\w+\}|QR/g, ''), /[,;?A-Za-z]/, text);
});

test('every problem code of the contract has a sentence in every language, or shares the one that asks for another try', () => {
  const contract = readFileSync(new URL('../../contract/openapi.yaml', import.meta.url), 'utf8');
  const codes = new Set([...contract.matchAll(/code: \{ enum: \[([^\]]+)\] \}/g)].flatMap(([, list]) => list.split(/,\s*/)));
  assert.ok(codes.size > 25, `only ${codes.size} codes found`);
  for (const code of codes) assert.notEqual(`p_${code}` in english, SHARED.includes(code), code);
  for (const code of SHARED) assert.ok(codes.has(code), `${code} is no code of the contract`);
});

test('no catalogue passes 400 lines', () => {
  for (const language of LANGUAGES) assert.ok(source(language).split('\n').length <= 400, language);
});
