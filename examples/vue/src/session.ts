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

  /** Asks whose session it is. No answer counts as none, and the next page asks again. */
  async function ask(): Promise<void> {
    try {
      await load();
    } catch (thrown) {
      user.value = null;
      if (codeOf(thrown) !== 'not_signed_in') restoring = undefined;
    }
  }

  /** Goes on with the session that the browser may have: asked once, before the first page is shown. */
  function restore(): Promise<void> {
    restoring ??= ask();
    return restoring;
  }

  /** Looks whether this is still the session that the page shows. */
  async function check(): Promise<void> {
    const before = user.value;
    await ask();
    if (!before || !user.value || user.value.id === before.id) return;
    location.reload();
    // What was somebody else's is not shown any more.
    await new Promise(() => {});
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

  /** The session is over on the server: `away` leads from what is private, then the page forgets. */
  async function leave(away: () => Promise<unknown>): Promise<void> {
    await away();
    end();
    otherTabs.postMessage('left');
  }

  /** Nobody is told that they are signed out before the server has said so. */
  async function signOut(away: () => Promise<unknown>): Promise<void> {
    await endSession();
    await leave(away);
  }

  onSessionEnded(end);
  otherTabs.onmessage = () => void check();

  return { user, challenge, load, restore, check, arrive, register, signIn, leave, signOut };
});
