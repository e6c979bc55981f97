/** Step-up in a dialog: what a page opens when a call was refused with `assurance_required`. */
import { ProblemError } from 'twinlock/client';
import type { Client } from 'twinlock/client';
import type { GetToken } from './client';
import type { Answer } from './contract';
import { button, h } from './dom';
import { Texts } from './text';

/** How the dialog reaches the server: the properties and attributes of `<twinlock-step-up>`. */
export interface StepUpSource {
  base?: string | undefined;
  digits?: number | undefined;
  codesRequired?: number | undefined;
  lang?: string | undefined;
  getToken?: GetToken | undefined;
  /** A client of the page's own, in place of `base` and `getToken`. */
  client?: Client | undefined;
  /** More attributes to take over, as an element has them. */
  getAttribute?(name: string): string | null;
}

const PASSED_ON = ['csrf-header', 'csrf-cookie', 'sign-in'];

/**
 * Opens `<twinlock-step-up>` in a modal dialog and resolves with the server's answer once the proof is given;
 * rejects with the problem `assurance_required` when the user closes it.
 */
export async function openStepUp(source: StepUpSource = {}, parent: Node = document.body): Promise<Answer> {
  const lang = source.lang || document.documentElement.lang || navigator.language;
  const element = document.createElement('twinlock-step-up');
  const attributes: [string, unknown][] = PASSED_ON.map((name) => [name, source.getAttribute?.(name)]);
  const { base, digits, codesRequired } = source;
  attributes.push(['base', base], ['digits', digits], ['codes-required', codesRequired], ['lang', lang]);
  for (const [name, value] of attributes) if (value != null) element.setAttribute(name, String(value));
  const { client, getToken } = source;
  Object.assign(element, client && { client }, getToken && { getToken });
  const texts = await Texts.of(lang);
  const dialog = h('dialog', { class: 'tl-dialog', 'aria-label': texts.t('step_up') }, element);
  dialog.append(h('div', { class: 'tl', dir: 'auto' }, button(texts.t('cancel'), () => dialog.close(), 'tl-wide tl-quiet')));
  return new Promise((resolve, reject) => {
    let answer: Answer | undefined;
    element.addEventListener('twinlock-stepped-up', (event) => {
      answer = (event as CustomEvent<Answer>).detail;
      dialog.close();
    });
    // Told only once the dialog is gone: what comes next finds the page, and the focus, as they were.
    dialog.addEventListener('close', () => {
      dialog.remove();
      if (answer) resolve(answer);
      else reject(new ProblemError('assurance_required', 401));
    });
    parent.appendChild(dialog);
    dialog.showModal();
  });
}
