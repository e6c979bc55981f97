// The client against a server on the loopback that answers to order.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, beforeEach, test } from 'node:test';
import { load } from './bundle.mjs';

const { Client, forget } = await load('client.ts');
globalThis.document = { cookie: 'a=1; csrftoken=from%20cookie' };

let answers = [];
let calls = [];
const server = createServer(async (request, response) => {
  let body = '';
  for await (const part of request) body += part;
  calls.push({ line: `${request.method} ${request.url}`, headers: request.headers, body: body && JSON.parse(body) });
  const [status, answer, headers = {}] = answers.shift() ?? [200, {}];
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
  response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const base = `http://127.0.0.1:${server.address().port}/2fa`;
after(() => server.close());

beforeEach(() => {
  answers = [];
  calls = [];
  forget(base);
});

const problem = (code, more = {}) => ({ type: 'about:blank', title: code, code, ...more });
const refusal = (code, more = {}) => (thrown) => {
  assert.equal(thrown.code, code);
  for (const [name, value] of Object.entries(more)) assert.equal(thrown[name], value, name);
  return true;
};

test('an assurance_required opens step-up and repeats the call once, with the same body', async () => {
  let opened = 0;
  const client = new Client(() => ({ base }), async () => void (opened += 1));
  answers = [[401, problem('assurance_required')], [201, { setup: 's' }]];
  assert.equal((await client.begin({ password: 'p' })).setup, 's');
  assert.equal(opened, 1);
  assert.deepEqual(calls.map((call) => call.body), [{ password: 'p' }, { password: 'p' }]);
});

test('a second assurance_required is the answer', async () => {
  let opened = 0;
  const client = new Client(() => ({ base }), async () => void (opened += 1));
  answers = [[401, problem('assurance_required')], [401, problem('assurance_required')]];
  await assert.rejects(client.newBackupCodes(), refusal('assurance_required'));
  assert.equal(opened, 1);
  assert.equal(calls.length, 2);
});

test('a refused step-up never opens another', async () => {
  const client = new Client(() => ({ base }), () => assert.fail('opened'));
  answers = [[401, problem('assurance_required')]];
  await assert.rejects(client.prove({ code: '000000' }), refusal('assurance_required'));
});

test('not_signed_in refreshes the token once', async () => {
  const asked = [];
  const getToken = async ({ refresh }) => (asked.push(refresh), refresh ? 'new' : 'old');
  const client = new Client(() => ({ base, getToken }));
  answers = [[401, problem('not_signed_in')], [200, { csrf: null }]];
  await client.status();
  assert.deepEqual(asked, [false, true]);
  assert.deepEqual(calls.map((call) => call.headers.authorization), ['Bearer old', 'Bearer new']);
});

test('no other refusal refreshes the token', async () => {
  const asked = [];
  const client = new Client(() => ({ base, getToken: ({ refresh }) => (asked.push(refresh), 't') }));
  answers = [[401, problem('invalid_code')]];
  await assert.rejects(client.verify({ code: '000000' }, 'c'), refusal('invalid_code', { status: 401 }));
  assert.deepEqual(asked, [false]);
});

test('in bearer mode assurance and device come back as headers, and forget() drops them', async () => {
  const client = new Client(() => ({ base, getToken: () => 't' }));
  answers = [[200, { assurance: 'A', device: 'D' }]];
  await client.verify({ code: '123456' }, 'c');
  await client.newBackupCodes();
  assert.equal(calls[1].headers['twinlock-assurance'], 'A');
  assert.equal(calls[1].headers['twinlock-device'], 'D');
  forget(base);
  await client.newBackupCodes();
  assert.equal(calls[2].headers['twinlock-assurance'], undefined);
  assert.equal(calls[2].headers['twinlock-device'], undefined);
});

test('without getToken no token of a body is kept or sent', async () => {
  const client = new Client(() => ({ base }));
  answers = [[200, { assurance: 'A', device: 'D' }]];
  await client.verify({ code: '123456' });
  await client.newBackupCodes();
  assert.deepEqual(calls[0].body, { code: '123456' });
  assert.equal(calls[1].headers['twinlock-assurance'], undefined);
});

test('the CSRF token comes from the named cookie, in the named header, on unsafe calls only', async () => {
  const client = new Client(() => ({ base, csrfCookie: 'csrftoken', csrfHeader: 'X-CSRFToken' }));
  await client.status();
  await client.codesSaved();
  assert.equal(calls[0].headers['x-csrftoken'], undefined);
  assert.equal(calls[1].headers['x-csrftoken'], 'from cookie');
});

test('the CSRF token of the status is used where no cookie is named', async () => {
  const client = new Client(() => ({ base }));
  answers = [[200, { csrf: 'from status' }]];
  await client.status();
  await client.remove('a/b');
  assert.equal(calls[1].line, 'DELETE /2fa/authenticators/a%2Fb');
  assert.equal(calls[1].headers['x-csrf-token'], 'from status');
});

test('Retry-After counts when the problem names no time', async () => {
  const client = new Client(() => ({ base }));
  answers = [[429, problem('throttled'), { 'Retry-After': '15' }], [429, problem('throttled', { retry_after: 30 })]];
  await assert.rejects(client.verify({ code: '000000' }), refusal('throttled', { retryAfter: 15 }));
  await assert.rejects(client.verify({ code: '000000' }), refusal('throttled', { retryAfter: 30 }));
});

test('a refused step-up hands over the challenge for the next try', async () => {
  const client = new Client(() => ({ base }));
  answers = [[400, problem('invalid_code', { challenge: 'next' })]];
  await assert.rejects(client.prove({ code: '000000' }), refusal('invalid_code', { challenge: 'next' }));
});

test('an error page, an answer that is no JSON, a redirect and a dead server are problems too', async () => {
  const client = new Client(() => ({ base }));
  answers = [[502, '<h1>Bad gateway</h1>'], [200, 'hello'], [307, '', { Location: base + '/elsewhere' }]];
  await assert.rejects(client.status(), refusal('unexpected', { status: 502 }));
  await assert.rejects(client.status(), refusal('unexpected'));
  await assert.rejects(client.verify({ code: '123456' }), refusal('network', { status: 0 }));
  assert.equal(calls.length, 3, 'the code did not follow the redirect');
  const nobody = new Client(() => ({ base: 'http://127.0.0.1:1/2fa' }));
  await assert.rejects(nobody.status(), refusal('network'));
});
