/** `<twinlock-step-up>`: a fresh proof from a user who is signed in already. */
import { isProblem } from 'twinlock/client';
import { CodeForm } from './code-form';
import type { Answer, CodeEntry } from './contract';
import { h } from './dom';
import { TwinlockElement } from './element';

export class TwinlockStepUp extends TwinlockElement {
  private form: CodeForm | undefined;
  private challenge: string | undefined;

  protected start(): void {
    const { texts } = this;
    const form = new CodeForm({
      texts,
      digits: this.digits,
      period: this.period,
      submit: texts.t('confirm'),
      backup: true,
      three: this.getAttribute('codes-required') === '3',
      send: (entry) => this.send(entry),
      onProblem: (problem) => {
        this.challenge = problem.challenge ?? this.challenge;
        this.report(problem);
      },
    });
    this.show([
      this.card(
        'shield',
        this.heading(texts.t('step_up')),
        h('p', { class: 'tl-lead' }, texts.t('step_up_lead')),
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
    const answer = await this.prove(entry);
    const head = this.heading(this.texts.t('stepped_up'));
    this.show([this.card('shield', head)], { focus: head });
    this.emit('stepped-up', answer);
  }

  // An expired challenge compared nothing: the same code goes out once more, for a new one.
  private async prove(entry: CodeEntry): Promise<Answer> {
    try {
      return await this.client.stepUp({ ...entry, challenge: this.challenge });
    } catch (refusal) {
      if (!isProblem(refusal, 'challenge_expired') || !this.challenge) throw refusal;
      this.challenge = undefined;
      return this.client.stepUp(entry);
    }
  }
}
