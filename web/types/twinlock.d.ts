/**
 * The pages of Twinlock as custom elements. Importing the module defines them:
 * `<twinlock-setup>`, `<twinlock-challenge>`, `<twinlock-step-up>` and `<twinlock-settings>`.
 *
 * ```ts
 * import 'twinlock/web';
 * import 'twinlock/web/twinlock.css';
 *
 * document.querySelector('twinlock-challenge')?.addEventListener('twinlock-verified', ({ detail }) => signedIn(detail));
 * ```
 *
 * In React 19 import `twinlock/web/react`, in Vue 3 `twinlock/web/vue`: the same module, with the types of its tags there.
 *
 * @module
 */
import type { Client, Enrolled, ProblemCode, SteppedUp, Token, Verified } from 'twinlock/client';

export { createClient, isProblem, ProblemError } from 'twinlock/client';
export type { Client, Status } from 'twinlock/client';

/** Gives the application's access token (bearer mode); `refresh` says that the last one was refused with `not_signed_in`. */
export type GetToken = (options: { refresh: boolean }) => Token | Promise<Token>;

/** What the application answers to a proof, plus what the engine adds. */
export type Answer = (Verified | SteppedUp) & Record<string, unknown>;

/** What the application answers to a confirmed setup, plus what the engine adds; the backup codes are shown, not told. */
export type SetupAnswer = Omit<Enrolled, 'backup_codes'> & Record<string, unknown>;

/** What the login call answers when a second factor is due. */
export interface NextStep {
  /** Absent where the server keeps it in a session or a cookie. */
  challenge?: string;
  /** What can be given: `totp`, `backup_code`; kinds will be added. */
  methods?: string[];
  /** 3 when only three consecutive codes are taken. */
  codes_required?: number;
}

/** A refusal, as the event `twinlock-error` tells it. */
export interface Refusal {
  /** The stable code to decide on. */
  code: ProblemCode;
  /** HTTP status; 0 when no answer came. */
  status: number;
  /** Seconds until another try makes sense, where the server named them. */
  retry_after: number | undefined;
}

/** The events of the elements by their names. All bubble and are composed. */
export interface TwinlockEventMap {
  /** `<twinlock-setup>`: switched on, or an authenticator added, and the user is through with the backup codes. */
  'twinlock-enabled': CustomEvent<SetupAnswer>;
  /** `<twinlock-challenge>`: the sign-in is complete. */
  'twinlock-verified': CustomEvent<Answer>;
  /** `<twinlock-step-up>`, and a confirmed setup at once: a fresh proof; `detail` may hold new tokens of the application. */
  'twinlock-stepped-up': CustomEvent<Answer | SetupAnswer>;
  /** `<twinlock-settings>`: switched off. */
  'twinlock-disabled': CustomEvent<undefined>;
  /** Any element: the server refused something. The element has shown it already. */
  'twinlock-error': CustomEvent<Refusal>;
}

/** What all elements have. */
export interface TwinlockElement extends HTMLElement {
  /** Gives the access token in bearer mode; unset with cookies. */
  getToken: GetToken | undefined;
  /** Calls the server. One of the page's own takes the place of `base`, `getToken` and the attributes for CSRF. */
  get client(): Client;
  set client(client: Client | undefined);
  /** Path or address of the HTTP contract, default `/2fa`. */
  base: string;
  /** Digits of a code: what the server said; where nobody may ask it yet, the attribute, else 6. */
  digits: number;
  /** Asks for a fresh code in a dialog; rejects with `assurance_required` when the user closes it. */
  stepUp(): Promise<Answer>;
}

/** `<twinlock-setup>`: introduction, QR code and first code, backup codes. Done with `twinlock-enabled`. */
export interface TwinlockSetup extends TwinlockElement {
  /** Whether the user asked for this element just now: the focus goes to its first heading then. Default false. */
  takeFocus: boolean;
}
/** `<twinlock-step-up>`: a fresh proof from a user who is signed in. Done with `twinlock-stepped-up`. */
export interface TwinlockStepUp extends TwinlockElement {}
/** `<twinlock-settings>`: state, authenticators, backup codes, devices, switching off; contains the setup. */
export interface TwinlockSettings extends TwinlockElement {}
/** `<twinlock-challenge>`: the second step of a sign-in. Done with `twinlock-verified`. */
export interface TwinlockChallenge extends TwinlockElement {
  /** The challenge of the login answer; without one, that in the server's session counts. */
  get challenge(): string | null;
  set challenge(challenge: string | null | undefined);
  /** The whole login answer: `challenge`, `methods` and `codes_required` are taken from it. */
  nextStep: NextStep;
}

export declare const TwinlockSetup: new () => TwinlockSetup;
export declare const TwinlockStepUp: new () => TwinlockStepUp;
export declare const TwinlockSettings: new () => TwinlockSettings;
export declare const TwinlockChallenge: new () => TwinlockChallenge;

/** Attributes of all elements, as they stand in HTML. */
export interface TwinlockAttributes {
  /** Path or address of the HTTP contract, default `/2fa`. */
  base?: string | undefined;
  /** Language of the texts; default: that of the nearest ancestor that has one. */
  lang?: string | undefined;
  /** Cookie to read the framework's CSRF token from; without one the `csrf` of `GET /status` is sent. */
  'csrf-cookie'?: string | undefined;
  /** Header to send it in, default `X-CSRF-Token`. */
  'csrf-header'?: string | undefined;
  /** Level of the heading, 1 to 5; default 2, or 1 on a page that shows no first heading of its own. */
  'heading-level'?: number | string | undefined;
  /** Address of the sign-in page, offered when the user has to begin again. */
  'sign-in'?: string | undefined;
}

/** Attributes of `<twinlock-step-up>` and `<twinlock-challenge>`. */
export interface TwinlockCodeAttributes extends TwinlockAttributes {
  /** 3 when the login answer says so. */
  'codes-required'?: number | string | undefined;
  /** Digits of a code where it is not 6. */
  digits?: number | undefined;
}

/** Properties that a framework hands to any element. */
export interface TwinlockProperties {
  /** Gives the access token in bearer mode. */
  getToken?: GetToken | undefined;
  /** A client of the page's own. */
  client?: Client | undefined;
}

/** What each element takes, by its tag: attributes and properties together. `react` and `vue` types are made from this. */
export interface TwinlockProps {
  'twinlock-setup': TwinlockAttributes & TwinlockProperties;
  'twinlock-settings': TwinlockAttributes & TwinlockProperties;
  'twinlock-step-up': TwinlockCodeAttributes & TwinlockProperties;
  'twinlock-challenge': TwinlockCodeAttributes &
    TwinlockProperties & { challenge?: string | null | undefined; nextStep?: NextStep | undefined };
}

/** The elements by their tags. */
export interface TwinlockTagNameMap {
  'twinlock-setup': TwinlockSetup;
  'twinlock-settings': TwinlockSettings;
  'twinlock-step-up': TwinlockStepUp;
  'twinlock-challenge': TwinlockChallenge;
}

/** Forgets the tokens held in memory for that base, default `/2fa`: call it when the user signs out without leaving the page. */
export declare function forget(base?: string): void;

/** How the dialog of {@link openStepUp} reaches the server. */
export interface StepUpSource {
  base?: string | undefined;
  /** Digits of a code where it is not 6. */
  digits?: number | undefined;
  codesRequired?: number | undefined;
  /** Default: the document's language. */
  lang?: string | undefined;
  getToken?: GetToken | undefined;
  /** A client of the page's own, in place of `base` and `getToken`. */
  client?: Client | undefined;
  /** More attributes to take over, as an element has them. */
  getAttribute?(name: string): string | null;
}

/**
 * Asks for a fresh code in a modal dialog. Resolves with the server's answer once the dialog is gone; rejects with
 * `assurance_required` when the user closes it.
 */
export declare function openStepUp(source?: StepUpSource, parent?: Node): Promise<Answer>;

/** Texts of one language by text id; `p_` + problem code for refusals. What is missing is told in English. */
export interface Catalogue {
  readonly [id: string]: string;
}

/** The English texts: their ids are those of every catalogue. */
export declare const english: Catalogue;

/** Registers the texts of a language, in place of the module's own: `addCatalogue('de', {...})`. */
export declare function addCatalogue(lang: string, catalogue: Catalogue): void;

declare global {
  interface HTMLElementTagNameMap extends TwinlockTagNameMap {}
  interface GlobalEventHandlersEventMap extends TwinlockEventMap {}
}
