/**
 * The one way to the server: the client of Twinlock's contract, and the application's own calls through its `fetch`.
 *
 * Behind one origin the session is in HttpOnly cookies, and no script ever sees a token. A server of another origin hands tokens
 * out in its answers: they stay in this module's variable, so a reload ends the session.
 */
import { createClient, ProblemError } from 'twinlock/client';
import { openStepUp } from 'twinlock/web';
import { Refusal } from './refusal';

/** What the server's answers hold when it is of another origin. */
export type Tokens = { access_token?: string; refresh_token?: string };

const server = document.querySelector<HTMLMetaElement>('meta[name=api]')?.content ?? '';
const JSON_TYPE = { 'Content-Type': 'application/json' };
let tokens: Tokens = {};
let ended = (): void => {};

/** Keeps the tokens of an answer; one that comes without a refresh token goes on with that of before. */
export function keepTokens({ access_token, refresh_token }: Tokens): void {
  tokens = { ...tokens, ...(access_token && { access_token }), ...(refresh_token && { refresh_token }) };
}

/** Drops all tokens, Twinlock's own too. */
export function forgetTokens(): void {
  tokens = {};
  client.forget();
}

/** Names what is to be done when the server knows nothing of our session any more. */
export function onSessionEnded(listener: () => void): void {
  ended = listener;
}

/** The elements use it too: one refresh and one step-up for all calls that are refused at the same time. */
export const client = createClient<Tokens>({
  base: `${server}/api/auth/2fa`,
  // Nothing to give where cookies say it.
  async getToken({ refresh }) {
    if (refresh) await renew();
    return tokens.access_token;
  },
  stepUp: (refused) => openStepUp({ client: refused }),
  onProof: keepTokens,
});

/** One tab at a time: a refresh token works once, and a second use would end the session. */
async function renew(): Promise<void> {
  await navigator.locks.request('refresh', async () => {
    const body = JSON.stringify({ refresh_token: tokens.refresh_token });
    const response = await fetch(`${server}/api/auth/refresh`, { method: 'POST', headers: JSON_TYPE, body, cache: 'no-store' });
    if (response.ok) return keepTokens(await response.json());
    const refusal = await Refusal.from(response);
    if (refusal.status !== 401) throw refusal;
    ended();
    throw new ProblemError('not_signed_in', 401);
  });
}

/**
 * A call of the application. Refused with `not_signed_in` it refreshes, with `assurance_required` it asks for a code, and in both
 * cases it is sent once more: `client.fetch` does that.
 *
 * @throws {@link Refusal} what the server refused; else what `fetch` throws
 */
export async function call<Answer = void>(method: string, path: string, body?: object): Promise<Answer> {
  const init = body && { headers: JSON_TYPE, body: JSON.stringify(body) };
  const response = await client.fetch(server + path, { method, cache: 'no-store', ...init });
  if (!response.ok) throw await Refusal.from(response);
  return (response.status === 204 ? undefined : await response.json()) as Answer;
}

/** Ends the session on the server. */
export function signOut(): Promise<void> {
  return call('POST', '/api/auth/logout', { refresh_token: tokens.refresh_token });
}
