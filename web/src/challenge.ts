/** `<twinlock-challenge>`: the second step of a sign-in. */
import { CodeForm } from './code-form';
import type { Answer, CodeEntry, NextStep } from './contract';
import { button, h } from './dom';
import { TwinlockElement } from './element';

/** From here on a user who has just spent a backup code is told how few are left. */
const FEW = 3;

export class TwinlockChallenge extends TwinlockElement {
  private form: CodeForm | undefined;
  private step: NextStep = {};

  /** The challenge of the login answer; without one the challenge in the server's session counts. */
  get challenge(): string | null {
    return this.step.challenge ?? this.getAttribute('challenge');
  }

  set challenge(challenge: string | null | undefined) {
    this.nextStep = { ...this.step, challenge: challenge ?? '' };
  }

  /** The whole login answer: `challenge`, `methods` and `codes_required` are taken from it. */
  get nextStep(): NextStep {
    return this.step;
  }

  set nextStep(step: NextStep) {
    this.step = step;
    if (this.form) void this.start();
  }

  protected override properties(): string[] {
    return [...super.properties(), 'challenge', 'nextStep'];
  }

  protected start(): void {
    const { texts } = this;
    const { methods, codes_required: due = Number(this.getAttribute('codes-required')) } = this.step;
    const form = new CodeForm({
      texts,
      digits: this.digits,
      period: this.period,
      submit: texts.t('sign_in'),
      backup: methods?.includes('backup_code') ?? true,
      trust: true,
      three: due === 3,
      send: (entry) => this.send(entry),
      onProblem: (problem) => {
        if (problem.code !== 'challenge_expired') return void this.report(problem);
        this.showFailure(problem, () => void this.start());
        return true;
      },
    });
    this.show([
      this.card(
        'shield',
        this.heading(texts.t('challenge')),
        h('p', { class: 'tl-lead' }, texts.t('challenge_lead')),
        due === 3 && h('p', { class: 'tl-note' }, texts.t('three_why')),
        form.root,
      ),
    ]);
    this.form = form;
    this.again = () => this.start();
    form.focus();
  }

  protected override stop(): void {
    this.form?.stop();
  }

  private async send(entry: CodeEntry): Promise<void> {
    const answer = await this.client.verify({ ...entry, challenge: this.challenge || undefined });
    this.step = {};
    this.removeAttribute('challenge');
    const left = answer.backup_codes_left;
    if (answer.method === 'backup_code' && left <= FEW) return this.showFew(answer, left);
    const head = this.heading(this.texts.t('verified'));
    this.show([this.card('shield', head)], { focus: head });
    this.emit('verified', answer);
  }

  // Before the page moves on: afterwards nobody would read it.
  private showFew(answer: Answer, left: number): void {
    const head = this.heading(this.texts.t('verified'));
    const go = button(this.texts.t('next'), () => this.emit('verified', answer), 'tl-primary tl-wide');
    const note = h('p', { class: 'tl-note tl-warn' }, this.texts.count('low', left));
    this.show([this.card('key', head, note, go)], { focus: head });
  }
}
