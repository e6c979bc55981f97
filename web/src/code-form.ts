/**
 * The form in which a second factor is proved: one code, a backup code, or three codes in a row.
 *
 *   code ──(more_codes_required)──▶ three          while throttled: `code` waits,
 *    ▲  └──(link)──▶ backup ──(link)──▶ code       `three` and `backup` stay open
 *
 * What was typed stays; an error is announced, tied to its field, and the field has the focus again.
 * Nothing is sent twice: neither by a double click nor by a second automatic submit.
 */
import type { ProblemError } from 'twinlock/client';
import { backupField, digitsField, normalizeCode } from './code-input';
import { asProblem } from './contract';
import type { CodeEntry } from './contract';
import { Countdown } from './countdown';
import { button, h, uid } from './dom';
import type { Child } from './dom';
import { Alert } from './form';
import type { Field } from './form';
import type { Texts } from './text';

type Mode = 'code' | 'backup' | 'three';

export interface CodeFormOptions {
  texts: Texts;
  digits: number;
  period: number;
  /** Label of the submit button. */
  submit: string;
  /** Whether a backup code may be used instead. */
  backup?: boolean;
  /** Whether the device may be trusted. */
  trust?: boolean;
  /** Whether three codes are due from the start. */
  three?: boolean;
  /** More fields between the code and the button. */
  extra?: Child[];
  /** Sends the code; a thrown problem is shown. */
  send(entry: CodeEntry): Promise<void>;
  /** Told of every problem; true when somebody else shows it. */
  onProblem?(problem: ProblemError): boolean | void;
}

export class CodeForm {
  readonly root: HTMLFormElement;
  private readonly alert = new Alert();
  private readonly countdown = new Countdown();
  private readonly status = h('p', { role: 'status', class: 'tl-sr' });
  private readonly body = h('div');
  private readonly trust: HTMLElement | undefined;
  private readonly links = h('div', { class: 'tl-links' });
  private readonly waiting: HTMLElement;
  private readonly button: HTMLButtonElement;
  private readonly trustBox = h('input', { type: 'checkbox', class: 'tl-check' });
  private mode: Mode = 'code';
  private fields: Field[] = [];
  private busy = false;
  private autoSent = false;
  private failures = 0;
  private threeDue: boolean;

  constructor(private readonly options: CodeFormOptions) {
    const { texts, submit, extra = [] } = options;
    this.button = h('button', { type: 'submit', class: 'tl-button tl-primary tl-wide' }, submit);
    this.trust = options.trust ? this.trustField() : undefined;
    this.waiting = h('p', { class: 'tl-wait', hidden: true }, texts.t('wait') + ' ', this.countdown.root);
    this.root = h(
      'form',
      { class: 'tl-form', novalidate: true, autocomplete: 'off', onsubmit: (event) => this.submit(event) },
      this.body,
      this.alert.root,
      this.waiting,
      this.trust,
      ...extra,
      this.button,
      this.links,
      this.status,
    );
    this.threeDue = options.three ?? false;
    this.enter(this.threeDue ? 'three' : 'code');
  }

  /** Puts the cursor where the user types next. */
  focus(): void {
    const empty = this.fields.find((field) => !field.value);
    (empty ?? this.fields[0])?.input.focus();
  }

  /** Stops the clock; the form is going away. */
  stop(): void {
    this.countdown.stop();
  }

  private enter(mode: Mode): void {
    this.mode = mode;
    this.autoSent = false;
    this.alert.clear();
    this.fields = this.build(mode);
    const parts: Child[] = this.fields.map((field) => field.root);
    this.body.replaceChildren(mode === 'three' ? this.group(parts) : h('div', {}, ...parts));
    // A backup code never makes a device trusted.
    if (this.trust) this.trust.hidden = mode === 'backup';
    this.links.replaceChildren(...this.ways());
    this.lock();
  }

  private build(mode: Mode): Field[] {
    const { texts, digits } = this.options;
    if (mode === 'backup') return [backupField(texts.t('backup'), texts.t('backup_hint'))];
    if (mode === 'code') {
      return [digitsField(texts.t('code'), digits, texts.t('code_hint', { n: digits }), () => this.auto())];
    }
    const labels = [texts.t('first'), texts.t('second'), texts.t('third')];
    return labels.map((label, at) =>
      digitsField(label, digits, undefined, () => (at < 2 ? this.fields[at + 1]!.input.focus() : this.auto())),
    );
  }

  private group(fields: Child[]): HTMLElement {
    const { texts, period } = this.options;
    const hint = uid();
    return h(
      'fieldset',
      { class: 'tl-group', 'aria-describedby': hint },
      h('legend', { class: 'tl-label' }, texts.t('three')),
      h('p', { class: 'tl-hint', id: hint }, texts.t('three_hint', { s: period })),
      h('div', { class: 'tl-three' }, ...fields),
    );
  }

  private trustField(): HTMLElement {
    const { texts } = this.options;
    const hint = uid();
    this.trustBox.setAttribute('aria-describedby', hint);
    return h(
      'div',
      { class: 'tl-tick' },
      h('label', {}, this.trustBox, h('span', {}, texts.t('trust'))),
      h('p', { class: 'tl-hint', id: hint }, texts.t('trust_hint')),
    );
  }

  private ways(): HTMLElement[] {
    const { texts, backup } = this.options;
    const way = (mode: Mode, label: string): HTMLElement => button(label, () => this.change(mode), 'tl-link');
    const ways: HTMLElement[] = [];
    if (this.mode === 'code' && this.countdown.running) ways.push(way('three', texts.t('use_three')));
    if (this.mode === 'three' && !this.threeDue) ways.push(way('code', texts.t('use_code')));
    if (this.mode === 'backup') ways.push(way(this.threeDue ? 'three' : 'code', texts.t('use_code')));
    else if (backup) ways.push(way('backup', texts.t('use_backup')));
    return ways;
  }

  private change(mode: Mode): void {
    this.enter(mode);
    this.focus();
  }

  private entry(): CodeEntry {
    const [code = '', ...next] = this.fields.map((field) => normalizeCode(field.value));
    const entry: CodeEntry = { code };
    if (next.length) entry.next_codes = next;
    if (this.mode !== 'backup' && this.trustBox.checked) entry.trust_device = true;
    return entry;
  }

  // Once for each way of answering: a user who corrects a digit decides when to send.
  private auto(): void {
    if (this.autoSent || this.busy || this.fields.some((field) => !field.value)) return;
    this.autoSent = true;
    this.root.requestSubmit();
  }

  private async submit(event: Event): Promise<void> {
    event.preventDefault();
    if (this.busy || this.button.disabled) return;
    const entry = this.entry();
    if (!entry.code || entry.next_codes?.includes('')) return this.refuse('code_required');
    this.setBusy(true);
    try {
      await this.options.send(entry);
    } catch (thrown) {
      const problem = asProblem(thrown);
      if (!this.options.onProblem?.(problem)) this.show(problem);
    } finally {
      this.setBusy(false);
    }
  }

  private show({ code, retryAfter }: ProblemError): void {
    if (code === 'more_codes_required' && this.mode !== 'three') {
      this.threeDue = true;
      this.enter('three');
    }
    if (code === 'throttled') this.wait(retryAfter ?? 30);
    if (code === 'invalid_code') this.failures += 1;
    this.refuse(code);
  }

  private refuse(code: string): void {
    const { texts } = this.options;
    const lines = [this.mode === 'three' && code === 'invalid_code' ? texts.t('p_three') : texts.problem(code)];
    if (code === 'invalid_code' && this.failures > 1 && this.mode === 'code') lines.push(texts.t('clock_hint'));
    this.alert.root.classList.toggle('tl-info', code === 'more_codes_required');
    this.alert.say(...lines);
    const typed = ['invalid_code', 'malformed_code', 'code_required'].includes(code);
    for (const field of this.fields) field.refuse(typed ? this.alert.root.id : undefined);
    this.focus();
    if (code === 'invalid_code') this.fields[0]?.input.select();
  }

  private wait(seconds: number): void {
    this.countdown.start(seconds, () => {
      this.lock();
      this.alert.clear();
      this.links.replaceChildren(...this.ways());
      this.status.textContent = this.options.texts.t('wait_over');
    });
    this.status.textContent = '';
    this.links.replaceChildren(...this.ways());
    this.lock();
  }

  private lock(): void {
    const locked = this.mode === 'code' && this.countdown.running;
    this.waiting.hidden = !locked;
    this.button.disabled = locked;
  }

  private setBusy(busy: boolean): void {
    this.busy = busy;
    this.root.setAttribute('aria-busy', String(busy));
    this.button.classList.toggle('tl-busy', busy);
  }
}
