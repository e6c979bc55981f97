// What goes over the wire between a page and its server, as far as its scripts see it.
import assert from 'node:assert/strict';
import { settled } from './eventually.js';
import { assertNothingKept } from './spa.js';

/** From here on `sent` has every request of somebody's page, `bodies` every answer that a script there gets to read. */
export async function listenIn(person) {
  const { context, page } = person;
  const sent = (person.sent = []);
  const bodies = (person.bodies = []);
  page.on('request', (request) => sent.push(`${request.method()} ${new URL(request.url()).pathname}`));
  await context.exposeBinding('twinlockTestHeard', (_source, body) => bodies.push(body));
  await context.addInitScript(() => {
    const { fetch } = window;
    window.fetch = async (...call) => {
      const answer = await fetch(...call);
      // Without waiting: the page goes on as it would.
      answer.clone().text().then(window.twinlockTestHeard, () => undefined);
      return answer;
    };
  });
}

/** No token lies where a script could read it, and none ever came to one: cookies of the server's own hold them all. */
export async function nothingKept({ page, context, watch, bodies }) {
  const cookies = await context.cookies();
  assert.ok(cookies.every(({ httpOnly, sameSite }) => httpOnly && sameSite === 'Lax'), 'no script reads a cookie');
  const tokens = cookies.map(({ value }) => value).filter(Boolean);
  await assertNothingKept(page, tokens);
  const heard = [...watch.urls, ...watch.console, ...bodies].join('\n');
  assert.ok(!tokens.some((token) => heard.includes(token)), 'no token in an address, the console or an answer');
  assert.doesNotMatch(heard, /"(access_token|refresh_token|assurance|device)":/);
}

/** What has been sent since, without answers that are on their way still. */
export async function sentBy(ada, act) {
  const from = ada.sent.length;
  await act();
  await settled(ada.page);
  const calls = ada.sent.slice(from).filter((call) => call.includes('/api/') && !call.includes('/web/'));
  return (call) => calls.filter((one) => one === call).length;
}
