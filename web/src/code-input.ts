/**
 * The one real input for a code: plain text, so that leading zeros, pasting, password managers and
 * the system's own one-time-code filling all work.
 */
import { Field } from './form';

/** What the user meant: digits of any script as ASCII, letters in capitals, separators and invisible marks gone. */
export function normalizeCode(typed: string): string {
  return typed
    .normalize('NFKC')
    .replace(/\p{Nd}/gu, asciiDigit)
    .replace(/[\s\p{Pd}\p{Cf}\p{Cc}._]/gu, '')
    .toUpperCase();
}

// Unicode keeps the decimal digits of a script in runs of ten that begin with its zero.
function asciiDigit(digit: string): string {
  const point = digit.codePointAt(0)!;
  let zero = point;
  while (point - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
  return String(point - zero);
}

/** An input for a code of `digits` digits; `onFull` is called when the last digit was typed or pasted. */
export function digitsField(label: string, digits: number, hint: string | undefined, onFull: () => void): Field {
  const field = new Field(
    label,
    {
      class: 'tl-input tl-code',
      inputmode: 'numeric',
      autocomplete: 'one-time-code',
      autocapitalize: 'off',
      spellcheck: 'false',
      dir: 'ltr',
    },
    hint,
  );
  const complete = new RegExp(`^\\d{${digits}}$`);
  const look = (event: Event): void => {
    if (!(event as InputEvent).isComposing && complete.test(normalizeCode(field.value))) onFull();
  };
  field.input.addEventListener('input', look);
  field.input.addEventListener('compositionend', look);
  return field;
}

/** An input for a backup code. */
export function backupField(label: string, hint: string): Field {
  return new Field(
    label,
    { class: 'tl-input tl-code tl-code-long', autocomplete: 'off', autocapitalize: 'characters', spellcheck: 'false', dir: 'ltr' },
    hint,
  );
}
