// Texts: every refusal of the contract has its sentence, and other languages can be added.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './bundle.mjs';

const { Texts, addCatalogue, english } = await load('text.ts');

/** Outcomes a user can meet and act on; the rest share one sentence. */
const CODES = `invalid_code malformed_code throttled more_codes_required challenge_expired setup_expired assurance_required
  not_enabled already_enrolled too_many_authenticators last_authenticator not_found contention not_signed_in code_required
  password_required wrong_password required_by_policy origin_refused`.split(/\s+/);

test('every refusal that a user can act on has a sentence of its own', () => {
  const texts = new Texts('en');
  for (const code of CODES) assert.notEqual(texts.problem(code), english.p_unexpected, code);
});

test('an unknown refusal has a sentence, too', () => {
  assert.equal(new Texts('en').problem('from_the_future'), english.p_unexpected);
});

test('a language falls back from region to language to English, and says what it is', () => {
  addCatalogue('de', { done: 'Fertig', low_one: '{n} Code', low_other: '{n} Codes' });
  const texts = new Texts('de-AT');
  assert.equal(texts.t('done'), 'Fertig');
  assert.equal(texts.t('cancel'), english.cancel);
  assert.equal(texts.count('low', 1), '1 Code');
  assert.equal(texts.count('low', 0), '0 Codes');
  assert.equal(texts.lang, 'de');
  assert.equal(new Texts('xx').lang, 'en');
});

test('placeholders are filled, unknown ones stay visible', () => {
  assert.equal(new Texts('en').t('step', { n: 2, of: 3 }), 'Step 2 of 3');
  assert.equal(new Texts('en').t('step', { n: 2 }), 'Step 2 of {of}');
});
