/** "Are you sure?", naming what will happen; asks for the password when the server wants one. */
import type { ProblemError } from 'twinlock/client';
import { button, h } from './dom';
import { Alert, PasswordSlot, openDialog } from './form';
import type { Texts } from './text';

export interface ConfirmOptions {
  title: string;
  /** The consequence, in plain words. */
  text: string;
  /** Label of the button that does it. */
  action: string;
  danger?: boolean;
  /** Does it; a thrown problem is shown in the dialog. */
  run(password?: string): Promise<void>;
  report(thrown: unknown): ProblemError;
}

/** Resolves true once `run` succeeded and the dialog is closed, false when the user thought better of it. */
export function confirmDialog(parent: Node, texts: Texts, options: ConfirmOptions): Promise<boolean> {
  return new Promise((resolve) => {
    let succeeded = false;
    let busy = false;
    const alert = new Alert();
    const password = new PasswordSlot(texts, alert);
    const go = h('button', { type: 'submit', class: `tl-button ${options.danger ? 'tl-danger' : 'tl-primary'}` }, options.action);

    const submit = async (event: Event): Promise<void> => {
      event.preventDefault();
      if (busy) return;
      busy = true;
      go.classList.add('tl-busy');
      try {
        await options.run(password.value);
        succeeded = true;
        dialog.close();
      } catch (thrown) {
        password.refuse(options.report(thrown).code);
      } finally {
        busy = false;
        go.classList.remove('tl-busy');
      }
    };
    const cancel = button(texts.t('cancel'), () => dialog.close(), 'tl-quiet');
    const text = h('p', { class: 'tl-lead' }, options.text);
    const form = h(
      'form',
      { class: 'tl-form', onsubmit: submit },
      password.root,
      alert.root,
      h('div', { class: 'tl-row tl-end' }, cancel, go),
    );
    const dialog = openDialog(parent, options.title, text, form);
    dialog.addEventListener('close', () => resolve(succeeded));
  });
}
