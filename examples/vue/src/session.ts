/** Who is signed in. The store holds no token: these are in cookies, or in `api.ts`. */
import { defineStore } from 'pinia';
import type { LoginChallenge } from 'twinlock/client';
import { ref, shallowRef } from 'vue';
import { call, forgetTokens, keepTokens, onSessionEnded, signOut as endSession } from './api';
import type { Tokens } from './api';
import { codeOf } from './refusal';

/** The signed-in user, and how they proved who they are. */
export interface User {
  id: string;
  username: string;
  email: string;
  role: string;
  amr: string[];
}

export interface Credentials {
  username: string;
  password: string;
}

/** The answer to the password: signed in, or a code is due. */
type LoginAnswer = LoginChallenge | (Tokens & { two_factor_required?: never; enrollment_required?: boolean });

export const useSession = defineStore('session', () => {
  const user = ref<User | null>(null);
  const challenge = shallowRef<LoginChallenge | null>(null);
  const otherTabs = new BroadcastChannel('session');
  let restoring: Promise<void> | undefined;

  async function load(): Promise<void> {
    user.value = await call<User>('GET', '/api/user/me');
  }

  function end(): void {
    forgetTokens();
    user.value = challenge.value = null;
  }

  /** Goes on with the session that the browser may have: asked once, before the first page is shown. */
  function restore(): Promise<void> {
    restoring ??= load().catch((thrown: unknown) => {
      // An unreachable server is asked again with the next page.
      if (codeOf(thrown) !== 'not_signed_in') restoring = undefined;
    });
    return restoring;
  }

  /** Looks whether this is still the session that the page shows; one that has ended leads to sign-in by itself. */
  async function check(): Promise<void> {
    const before = user.value;
    await load().catch(() => {});
    if (before && user.value && user.value.id !== before.id) location.reload();
  }

  /** Signed in just now. */
  async function arrive(): Promise<void> {
    challenge.value = null;
    restoring = undefined;
    await restore();
    otherTabs.postMessage('arrived');
  }

  /** Makes an account and signs in to it. */
  async function register(account: Credentials & { email: string }): Promise<void> {
    await call('POST', '/api/auth/register', account);
    await signIn(account);
  }

  /** The password; says what comes next. `code`: the challenge is in the store and wants one. */
  async function signIn({ username, password }: Credentials): Promise<'in' | 'code' | 'enrol'> {
    const answer = await call<LoginAnswer>('POST', '/api/auth/login', { username, password });
    if (answer.two_factor_required) {
      challenge.value = answer;
      return 'code';
    }
    keepTokens(answer);
    await arrive();
    return answer.enrollment_required ? 'enrol' : 'in';
  }

  async function signOut(): Promise<void> {
    try {
      await endSession();
    } finally {
      end();
      otherTabs.postMessage('left');
    }
  }

  onSessionEnded(end);
  otherTabs.onmessage = () => void check();
  // A page that the browser kept whole may come back after the session has ended.
  addEventListener('pageshow', ({ persisted }) => persisted && void check());

  return { user, challenge, load, end, restore, arrive, register, signIn, signOut };
});
