/*
 * Calls to our own API. The session, or the tokens, are in HttpOnly cookies: no script, this one included, ever sees them.
 * A call refused with `not_signed_in` refreshes the session once and tries again: an access token lives for minutes only.
 */
import { openStepUp } from '/api/auth/2fa/web/twinlock.js';

/* A server with sessions also wants a token that only our own pages can read: the name of its cookie. */
const { base, csrfCookie } = document.body.dataset;

function csrfHeader(method) {
  const found = csrfCookie && document.cookie.split('; ').find((pair) => pair.startsWith(`${csrfCookie}=`));
  return found && method !== 'GET' ? { 'X-CSRF-Token': found.slice(csrfCookie.length + 1) } : {};
}

/** A refusal of the server, with its problem. */
export class Refusal extends Error {
  constructor(status, problem) {
    super(problem.title ?? 'something went wrong');
    this.status = status;
    this.problem = problem;
    this.code = problem.code;
  }
}

async function send(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: { ...csrfHeader(method), ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
    body: body === undefined ? undefined : JSON.stringify(body),
    credentials: 'same-origin',
    cache: 'no-store',
    redirect: 'error',
  });
  const answer = response.status === 204 ? null : await response.json().catch(() => ({}));
  if (!response.ok) throw new Refusal(response.status, answer ?? {});
  return answer;
}

/** Goes on with the session. One tab at a time: a refresh token works once, and a second use would end it. */
function refresh() {
  return navigator.locks.request('refresh', () => send('POST', '/api/auth/refresh'));
}

/** One call of the API; gives the JSON of the answer or throws a `Refusal`. */
export async function api(method, path, body) {
  try {
    return await send(method, path, body);
  } catch (refusal) {
    if (refusal.code !== 'not_signed_in' || !('session' in document.body.dataset)) throw refusal;
    await refresh();
    return send(method, path, body);
  }
}

/** The same for what wants a fresh code: asks for it in a dialog, then calls again. */
export async function apiWithProof(method, path, body) {
  try {
    return await api(method, path, body);
  } catch (refusal) {
    if (refusal.code !== 'assurance_required') throw refusal;
    await openStepUp({ base, getToken, getAttribute: (name) => (name === 'csrf-cookie' && csrfCookie) || null });
    return api(method, path, body);
  }
}

/** One of Twinlock's elements, told how to reach the server. */
export function connected(tag) {
  const made = document.createElement(tag);
  made.setAttribute('base', base);
  if (csrfCookie) made.setAttribute('csrf-cookie', csrfCookie);
  made.getToken = getToken;
  return made;
}

/*
 * How the elements say that the session was refused and wants a refresh. There is no token to give: it is in a cookie.
 */
async function getToken({ refresh: refused }) {
  if (refused) await refresh().catch(() => null);
  return null;
}

/** Who is signed in, or null. */
export async function me() {
  if (!('session' in document.body.dataset)) return null;
  try {
    return await api('GET', '/api/user/me');
  } catch (refusal) {
    if (refusal.status === 401) return null;
    throw refusal;
  }
}

export function signOut() {
  return send('POST', '/api/auth/logout');
}
