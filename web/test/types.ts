// Compiled, never run: types/twinlock.d.ts tells all that the module has, and nothing that it has not.
import type * as source from '../src/index';
import type * as told from '../types/twinlock';

type Callbacks = 'connectedCallback' | 'disconnectedCallback' | 'attributeChangedCallback';
type Untold<Tag extends keyof told.TwinlockTagNameMap, Class extends abstract new () => object> = Exclude<
  keyof InstanceType<Class>,
  keyof told.TwinlockTagNameMap[Tag] | Callbacks
>;
type None<Names extends never> = Names;

export type Complete = [
  None<Exclude<keyof typeof source, keyof typeof told>>,
  None<Untold<'twinlock-setup', typeof source.TwinlockSetup>>,
  None<Untold<'twinlock-challenge', typeof source.TwinlockChallenge>>,
  None<Untold<'twinlock-step-up', typeof source.TwinlockStepUp>>,
  None<Untold<'twinlock-settings', typeof source.TwinlockSettings>>,
];

// What is told can be relied on.
export const kept = (module: typeof source): typeof told => module;
