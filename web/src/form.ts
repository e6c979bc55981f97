/** Labelled fields, the alert of a form, and the dialog: the small pieces every page is made of. */
import { h, uid } from './dom';
import type { Child } from './dom';
import type { Texts } from './text';

const NAME_BYTES = 64;

/** One labelled input with an optional hint; it keeps what the user typed, whatever is answered. */
export class Field {
  readonly root: HTMLDivElement;
  readonly input: HTMLInputElement;
  private readonly described: string[] = [];

  constructor(label: string, attributes: Record<string, string | boolean> = {}, hint?: string) {
    const id = uid();
    this.input = h('input', { id, class: 'tl-input', type: 'text', ...attributes });
    this.root = h('div', { class: 'tl-field' }, h('label', { for: id, class: 'tl-label' }, label));
    if (hint) {
      const hintId = uid();
      this.root.append(h('p', { id: hintId, class: 'tl-hint' }, hint));
      this.described.push(hintId);
    }
    this.root.append(this.input);
    this.describe();
  }

  get value(): string {
    return this.input.value;
  }

  /** Marks the field as refused and ties it to the alert that says why; without an id it is fine again. */
  refuse(alertId?: string): void {
    if (alertId) this.input.setAttribute('aria-invalid', 'true');
    else this.input.removeAttribute('aria-invalid');
    this.describe(alertId);
  }

  private describe(alertId?: string): void {
    const ids = alertId ? [...this.described, alertId] : this.described;
    if (ids.length) this.input.setAttribute('aria-describedby', ids.join(' '));
    else this.input.removeAttribute('aria-describedby');
  }
}

/** The field for the name of an authenticator. */
export function nameField(label: string, hint?: string, value = ''): Field {
  return new Field(label, { maxlength: String(NAME_BYTES), autocomplete: 'off', value }, hint);
}

/** What was typed there, as long as the contract allows: 64 bytes, cut between characters. */
export function nameOf(field: Field): string {
  const characters = [...field.value.trim()];
  while (new TextEncoder().encode(characters.join('')).length > NAME_BYTES) characters.pop();
  return characters.join('').trim();
}

/** An alert that is in the page before it is filled, so that every screen reader announces it. */
export class Alert {
  readonly root = h('div', { class: 'tl-alert', role: 'alert', id: uid() });

  say(...lines: string[]): void {
    this.root.replaceChildren(...lines.map((line) => h('p', {}, line)));
  }

  clear(): void {
    this.root.replaceChildren();
  }
}

/** Where the account's password is asked for, once the server wants it: the first refusal asks, the next ones blame. */
export class PasswordSlot {
  readonly root = h('div', { hidden: true });
  private field: Field | undefined;

  constructor(
    private readonly texts: Texts,
    private readonly alert: Alert,
  ) {}

  get value(): string | undefined {
    return this.field?.value || undefined;
  }

  /** Shows a refusal of the form this belongs to; true when the focus is in the password field now. */
  refuse(code: string): boolean {
    const { texts, alert } = this;
    const asked = code === 'password_required' && !this.field;
    if (asked) {
      const attributes = { type: 'password', autocomplete: 'current-password' };
      this.field = new Field(texts.t('password'), attributes, texts.t('password_hint'));
      this.root.append(this.field.root);
      this.root.hidden = false;
      alert.clear();
    } else alert.say(texts.problem(code));
    this.field?.refuse(!asked && code.includes('password') ? alert.root.id : undefined);
    this.field?.input.focus();
    return this.field !== undefined;
  }
}

/** A heading that can take the focus when its view appears; `look` is its size, whatever its level. */
export function heading(text: string, level = 2, look: 'tl-h2' | 'tl-h3' = 'tl-h2'): HTMLHeadingElement {
  return h(`h${level as 2}`, { class: look, part: 'heading', tabindex: -1 }, text);
}

/** A modal native dialog: Esc closes it, the focus returns to where it was, and it leaves the document. */
export function openDialog(parent: Node, title: string, ...content: Child[]): HTMLDialogElement {
  const head = heading(title);
  head.id = uid();
  const dialog = h('dialog', { class: 'tl-dialog', 'aria-labelledby': head.id }, head, ...content);
  parent.appendChild(dialog);
  dialog.addEventListener('close', () => dialog.remove());
  dialog.showModal();
  return dialog;
}
