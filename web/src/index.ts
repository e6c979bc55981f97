/**
 * The pages of Twinlock as custom elements, without a framework and without dependencies:
 * `<twinlock-setup>`, `<twinlock-challenge>`, `<twinlock-step-up>`, `<twinlock-settings>`.
 */
import { TwinlockChallenge } from './challenge';
import { TwinlockSettings } from './settings';
import { TwinlockSetup } from './setup';
import { TwinlockStepUp } from './step-up';

const elements = {
  'twinlock-setup': TwinlockSetup,
  'twinlock-challenge': TwinlockChallenge,
  'twinlock-step-up': TwinlockStepUp,
  'twinlock-settings': TwinlockSettings,
};
for (const [name, element] of Object.entries(elements)) {
  // The module may be loaded twice, under two addresses.
  if (!customElements.get(name)) customElements.define(name, element);
}

declare global {
  interface HTMLElementTagNameMap {
    'twinlock-setup': TwinlockSetup;
    'twinlock-challenge': TwinlockChallenge;
    'twinlock-step-up': TwinlockStepUp;
    'twinlock-settings': TwinlockSettings;
  }
}

export { TwinlockChallenge, TwinlockSettings, TwinlockSetup, TwinlockStepUp };
export { forget } from './client';
export type { GetToken } from './client';
export { ProblemError, createClient, isProblem } from 'twinlock/client';
export type { Client, Status } from 'twinlock/client';
export type { Answer, NextStep } from './contract';
export { openStepUp } from './step-up-dialog';
export { addCatalogue, english } from './text';
export type { Catalogue, TextId } from './text';
