/** Step-up in a dialog: what a page opens when a call was refused with `assurance_required`. */
import type { GetToken } from './client';
import { Problem } from './contract';
import type { Answer } from './contract';
import { button, h } from './dom';
import { Texts } from './text';

/** What the dialog takes over from the element, or the page, that opens it. */
export interface StepUpSource {
  getAttribute?(name: string): string | null;
  base?: string;
  getToken?: GetToken | undefined;
}

const PASSED_ON = ['base', 'lang', 'csrf-header', 'csrf-cookie', 'digits', 'sign-in'];

/**
 * Opens `<twinlock-step-up>` in a modal dialog and resolves with the server's answer once the proof is given;
 * rejects with the problem `assurance_required` when the user closes it.
 */
export function openStepUp(source: StepUpSource = {}, parent: Node = document.body): Promise<Answer> {
  const element = document.createElement('twinlock-step-up') as HTMLElement & { getToken?: GetToken };
  for (const name of PASSED_ON) {
    const value = source.getAttribute?.(name);
    if (value != null) element.setAttribute(name, value);
  }
  if (source.base) element.setAttribute('base', source.base);
  if (source.getToken) element.getToken = source.getToken;
  const texts = new Texts(element.lang || document.documentElement.lang || navigator.language);
  const dialog = h('dialog', { class: 'tl-dialog', 'aria-label': texts.t('step_up') }, element);
  dialog.append(h('div', { class: 'tl' }, button(texts.t('cancel'), () => dialog.close(), 'tl-wide tl-quiet')));
  return new Promise((resolve, reject) => {
    element.addEventListener('twinlock-stepped-up', (event) => {
      resolve((event as CustomEvent<Answer>).detail);
      dialog.close();
    });
    dialog.addEventListener('close', () => {
      dialog.remove();
      reject(new Problem('assurance_required', 401));
    });
    parent.appendChild(dialog);
    dialog.showModal();
  });
}
