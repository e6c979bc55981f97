// Texts: every refusal of the contract has its sentence, and other languages can be added.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './bundle.mjs';

const { Texts, addCatalogue, english } = await load('text.ts');

test('an unknown refusal has a sentence, too', () => {
  assert.equal(new Texts('en').problem('from_the_future'), english.p_unexpected);
});

test('a language falls back from region to language to English, and says what it is', () => {
  addCatalogue('tlh', { done: 'rIn', low_one: '{n} ngoq', low_other: '{n} ngoqmey' });
  const texts = new Texts('tlh-Latn');
  assert.equal(texts.t('done'), 'rIn');
  assert.equal(texts.t('cancel'), english.cancel);
  assert.equal(texts.count('low', 0), '0 ngoqmey');
  assert.equal(texts.lang, 'tlh');
  assert.equal(new Texts('xx').lang, 'en');
});

test('a language of the module is fetched when it is wanted, for all its regions', async () => {
  assert.equal(new Texts('de').lang, 'en');
  for (const wanted of ['de', 'de-AT', 'de_CH', 'DE']) {
    const texts = await Texts.of(wanted);
    assert.equal(texts.t('done'), 'Fertig', wanted);
    assert.equal(texts.problem('throttled'), 'Zu viele falsche Codes. Bitte warten Sie einen Moment.');
  }
  assert.equal((await Texts.of('en-GB')).t('done'), 'Done');
  assert.equal((await Texts.of('constructor')).lang, 'en');
});

test('texts of the page’s own go before those of the module, whichever came first', async () => {
  addCatalogue('es', { done: 'Hecho' });
  addCatalogue('zh-TW', { done: '完成了' });
  let texts = await Texts.of('es');
  assert.equal(texts.t('done'), 'Hecho');
  assert.equal(texts.t('cancel'), 'Cancelar');
  addCatalogue('es', { cancel: 'Dejarlo' });
  texts = await Texts.of('es-MX');
  assert.deepEqual([texts.t('done'), texts.t('cancel'), texts.t('close')], ['Hecho', 'Dejarlo', 'Cerrar']);
  assert.deepEqual(['zh-TW', 'zh-CN'].map((lang) => new Texts(lang).t('done')), ['完成了', english.done]);
});

test('every number gets the form of its language', async () => {
  const said = async (lang, ...numbers) => {
    const texts = await Texts.of(lang);
    return numbers.map((n) => texts.count('low', n).split(/[.。]/)[0]);
  };
  assert.deepEqual(await said('fr', 0, 1, 3), [
    'Il vous reste 0 code de secours',
    'Il vous reste 1 code de secours',
    'Il vous reste 3 codes de secours',
  ]);
  assert.equal(new Set(await said('ar', 0, 1, 2, 3, 11, 100)).size, 6);
  assert.deepEqual(await said('ja', 1, 3), ['バックアップコードは残り1個です', 'バックアップコードは残り3個です']);
});

test('placeholders are filled, unknown ones stay visible', () => {
  assert.equal(new Texts('en').t('step', { n: 2, of: 3 }), 'Step 2 of 3');
  assert.equal(new Texts('en').t('step', { n: 2 }), 'Step 2 of {of}');
});
