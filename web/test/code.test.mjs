// What a user may paste, and what is sent.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './bundle.mjs';

const { normalizeCode } = await load('code-input.ts');

const typed = {
  'plain digits': ['012345', '012345'],
  'a space in the middle': ['012 345', '012345'],
  'a no-break space': ['012\u00a0345', '012345'],
  'a hyphen': ['012-345', '012345'],
  'an en dash': ['012–345', '012345'],
  'line breaks and tabs around it': ['\r\n\t012345\n', '012345'],
  'full-width digits': ['０１２３４５', '012345'],
  'Arabic-Indic digits': ['٠١٢٣٤٥', '012345'],
  'Persian digits': ['۰۱۲۳۴۵', '012345'],
  'Devanagari digits': ['०१२३४५', '012345'],
  'mathematical bold digits': ['𝟎𝟏𝟐𝟑𝟒𝟓', '012345'],
  'Adlam digits, beyond the first plane': ['𞥐𞥑𞥒𞥓𞥔𞥕', '012345'],
  'zero-width and direction marks': ['\u200e012\u200b345\u202c', '012345'],
  'a backup code in small letters': ['abcd-efgh-jkmn-pqrs', 'ABCDEFGHJKMNPQRS'],
  'letters that are no code': ['hello', 'HELLO'],
  'nothing': ['  ', ''],
};
for (const [name, [text, code]] of Object.entries(typed)) {
  test(`${name} is sent as ${JSON.stringify(code)}`, () => assert.equal(normalizeCode(text), code));
}
