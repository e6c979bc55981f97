/**
 * The elements in the JSX of React 19, which hands them properties as properties and listens to custom events:
 *
 * ```tsx
 * import 'twinlock/web/react';
 *
 * <twinlock-challenge nextStep={login} ontwinlock-verified={({ detail }) => signedIn(detail)} />
 * ```
 *
 * @module
 */
import type { DetailedHTMLProps, HTMLAttributes } from 'react';
import type { TwinlockEventMap, TwinlockProps, TwinlockTagNameMap } from 'twinlock/web';

export * from 'twinlock/web';

/** The props of a listener for each event: `ontwinlock-verified` and so on. */
export type TwinlockListeners = {
  [Name in keyof TwinlockEventMap as `on${Name}`]?: ((event: TwinlockEventMap[Name]) => void) | undefined;
};

/** The props of each element by its tag. */
export type TwinlockElements = {
  [Tag in keyof TwinlockTagNameMap]: Omit<
    DetailedHTMLProps<HTMLAttributes<TwinlockTagNameMap[Tag]>, TwinlockTagNameMap[Tag]>,
    'children'
  > &
    TwinlockProps[Tag] &
    TwinlockListeners;
};

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements extends TwinlockElements {}
  }
}
