/**
 * The pages of Twinlock as custom elements, without a framework and without dependencies:
 * `<twinlock-setup>`, `<twinlock-challenge>`, `<twinlock-step-up>`, `<twinlock-settings>`.
 */
import { TwinlockChallenge } from './challenge';
import { TwinlockSettings } from './settings';
import { TwinlockSetup } from './setup';
import { TwinlockStepUp } from './step-up';
import type { TwinlockTagNameMap } from '../types/twinlock';

/** What types/twinlock.d.ts promises of each element; test/types.ts holds that it leaves nothing out. */
type Elements = { [Tag in keyof TwinlockTagNameMap]: new () => TwinlockTagNameMap[Tag] };

const elements: Elements = {
  'twinlock-setup': TwinlockSetup,
  'twinlock-challenge': TwinlockChallenge,
  'twinlock-step-up': TwinlockStepUp,
  'twinlock-settings': TwinlockSettings,
};
for (const [name, element] of Object.entries(elements)) {
  // The module may be loaded twice, under two addresses.
  if (!customElements.get(name)) customElements.define(name, element);
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
