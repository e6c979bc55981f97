/**
 * `<twinlock-setup>`: from "what is this?" to saved backup codes, in three steps; two for a further authenticator.
 * The setup token and the secret are held by this element alone, and only until the code is confirmed.
 */
import type { Enrolled, Enrollment } from 'twinlock/client';
import { BackupCodesView } from './backup-codes';
import { CodeForm } from './code-form';
import type { CodeEntry } from './contract';
import { h } from './dom';
import type { Child } from './dom';
import { TwinlockElement } from './element';
import { Alert, PasswordSlot, nameField, nameOf } from './form';
import { scanView } from './scan';

export class TwinlockSetup extends TwinlockElement {
  /** Whether the user asked for this element just now: the focus goes to its first heading then. */
  takeFocus = false;
  private running: { stop(): void } | undefined;

  protected async start(): Promise<void> {
    this.showLoading();
    await this.loadStatus();
    this.showIntro();
  }

  protected override stop(): void {
    this.running?.stop();
    this.running = undefined;
  }

  private get adding(): boolean {
    return this.status?.enabled ?? false;
  }

  private showIntro(note?: string): void {
    const { texts, adding } = this;
    const alert = new Alert();
    const password = new PasswordSlot(texts, alert);
    const go = h('button', { type: 'submit', class: 'tl-button tl-primary tl-wide' }, texts.t('begin'));
    const submit = async (event: Event): Promise<void> => {
      event.preventDefault();
      if (go.classList.contains('tl-busy')) return;
      go.classList.add('tl-busy');
      try {
        const enrollment = await this.client.setup({ password: password.value });
        this.showScan(enrollment);
      } catch (thrown) {
        if (!password.refuse(this.report(thrown).code)) go.focus();
      } finally {
        go.classList.remove('tl-busy');
      }
    };
    const head = this.heading(texts.t(adding ? 'add' : 'setup'));
    const form = h('form', { class: 'tl-form', onsubmit: submit }, password.root, alert.root, go);
    const lead = h('p', { class: 'tl-lead' }, texts.t(adding ? 'add_lead' : 'setup_lead'));
    const moved = this.takeFocus || note !== undefined;
    const view = this.card('shield', this.step(1), head, lead, !adding && this.overview(), form);
    this.show([view], moved ? { focus: head, say: this.stepText(1) } : {});
    if (note) alert.say(note);
    else this.again = () => this.showIntro();
  }

  private overview(): HTMLElement {
    const { texts } = this;
    const part = (title: Child, text: Child): HTMLElement =>
      h('li', {}, h('div', {}, h('strong', {}, title), h('p', { class: 'tl-hint' }, text)));
    return h(
      'ol',
      { class: 'tl-overview' },
      part(texts.t('setup_1'), texts.t('setup_1_text')),
      part(texts.t('setup_2'), texts.t('setup_2_text')),
      part(texts.t('setup_3'), texts.t('setup_3_text')),
    );
  }

  private showScan(enrollment: Enrollment): void {
    const { texts } = this;
    const name = nameField(texts.t('name'), texts.t('name_hint'));
    const form = new CodeForm({
      texts,
      digits: enrollment.digits,
      period: enrollment.period,
      submit: texts.t('turn_on'),
      extra: this.adding ? [name.root] : [],
      send: async (entry) => this.confirm(enrollment, entry, nameOf(name)),
      onProblem: (problem) => {
        this.report(problem);
        // Its secret is of no use any more: begin again, and say why.
        const expired = problem.code === 'setup_expired';
        if (expired) this.showIntro(texts.problem(problem.code));
        return expired;
      },
    });
    const head = this.heading(texts.t('scan'));
    const scan = scanView(texts, enrollment, (text) => this.announce(text));
    this.show([this.card('phone', this.step(2), head, scan, form.root)], { focus: head, say: this.stepText(2) });
    this.running = form;
  }

  private async confirm(enrollment: Enrollment, entry: CodeEntry, name: string): Promise<void> {
    const { backup_codes, ...answer } = await this.client.confirmSetup({ setup: enrollment.setup, ...entry, name: name || undefined });
    // The proof counts from now on, whether or not the user gets to the end of the codes.
    this.emit('stepped-up', answer);
    if (backup_codes.length) this.showCodes(backup_codes, answer);
    else this.showEnd(answer);
  }

  private showCodes(codes: string[], answer: Partial<Enrolled>): void {
    if (!this.isConnected) return;
    const view = new BackupCodesView({
      texts: this.texts,
      level: this.level,
      codes,
      announce: (text) => this.announce(text),
      done: async (saved) => {
        // They are saved whether or not the server hears of it: `status` only keeps the reminder.
        if (saved) await this.client.backupCodesSaved().catch((thrown) => this.report(thrown));
        this.showEnd(answer);
      },
    });
    this.show([this.card('key', this.step(3), ...view.content)], { focus: view.heading, say: this.stepText(3) });
    this.running = view;
  }

  private showEnd(answer: Partial<Enrolled>): void {
    const { texts, adding } = this;
    const head = this.heading(texts.t(adding ? 'added' : 'enabled'));
    this.show([this.card('shield', head, !adding && h('p', { class: 'tl-lead' }, texts.t('enabled_lead')))], { focus: head });
    this.emit('enabled', answer);
  }

  private stepText(n: number): string {
    return this.texts.t('step', { n, of: this.adding ? 2 : 3 });
  }

  private step(n: number): HTMLElement {
    return h('p', { class: 'tl-step' }, this.stepText(n));
  }
}
