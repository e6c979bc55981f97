// How an element's attributes and properties reach the client. The client itself is tested with its package.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, beforeEach, test } from 'node:test';
import { load } from './bundle.mjs';

const { clientOf, forget } = await load('client.ts');
globalThis.document = { cookie: 'a=1; csrftoken=from%20cookie' };

let answers = [];
let calls = [];
const server = createServer(async (request, response) => {
  let body = '';
  for await (const part of request) body += part;
  calls.push({ line: `${request.method} ${request.url}`, headers: request.headers, body: body && JSON.parse(body) });
  const [status, answer] = answers.shift() ?? [200, {}];
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(answer));
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

const problem = (code) => ({ type: 'about:blank', title: code, code });
const element = (attributes = {}, more = {}) => ({
  base,
  getAttribute: (name) => attributes[name] ?? null,
  stepUp: () => assert.fail('no step-up was due'),
  ...more,
});

test('an assurance_required asks the element for a step-up and repeats the call once, with the same body', async () => {
  let opened = 0;
  const client = clientOf(element({}, { stepUp: async () => void (opened += 1) }));
  answers = [[401, problem('assurance_required')], [201, { setup: 's' }]];
  assert.equal((await client.setup({ password: 'p' })).setup, 's');
  assert.equal(opened, 1);
  assert.deepEqual(calls.map((call) => call.body), [{ password: 'p' }, { password: 'p' }]);
});

test('not_signed_in asks the element’s getToken for another, once', async () => {
  const asked = [];
  const getToken = async ({ refresh }) => (asked.push(refresh), refresh ? 'new' : 'old');
  answers = [[401, problem('not_signed_in')], [200, {}]];
  await clientOf(element({}, { getToken })).status();
  assert.deepEqual(asked, [false, true]);
  assert.deepEqual(calls.map((call) => call.headers.authorization), ['Bearer old', 'Bearer new']);
});

test('two elements of one base share assurance and device, and forget() drops them', async () => {
  const [one, other] = [element({}, { getToken: () => 't' }), element({}, { getToken: () => 't' })].map(clientOf);
  answers = [[200, { assurance: 'A', device: 'D' }]];
  await one.verify({ challenge: 'c', code: '123456' });
  await other.backupCodes();
  assert.equal(calls[1].headers['twinlock-assurance'], 'A');
  assert.equal(calls[1].headers['twinlock-device'], 'D');
  forget(base);
  await one.backupCodes();
  assert.equal(calls[2].headers['twinlock-assurance'], undefined);
  assert.equal(calls[2].headers['twinlock-device'], undefined);
});

test('without getToken no token of a body is kept or sent', async () => {
  const client = clientOf(element());
  answers = [[200, { assurance: 'A', device: 'D' }]];
  await client.verify({ code: '123456' });
  await client.backupCodes();
  assert.deepEqual(calls[0].body, { code: '123456' });
  assert.equal(calls[1].headers['twinlock-assurance'], undefined);
});

test('the CSRF token comes from the named cookie, in the named header, on unsafe calls only', async () => {
  const client = clientOf(element({ 'csrf-cookie': 'csrftoken', 'csrf-header': 'X-CSRFToken' }));
  await client.status();
  await client.backupCodesSaved();
  assert.equal(calls[0].headers['x-csrftoken'], undefined);
  assert.equal(calls[1].headers['x-csrftoken'], 'from cookie');
});

test('attributes and properties that change later count from the next call on', async () => {
  const attributes = {};
  const source = element(attributes);
  const client = clientOf(source);
  await client.status();
  source.base = `${base}/elsewhere`;
  attributes['csrf-cookie'] = 'a';
  await client.backupCodesSaved();
  assert.deepEqual(calls.map((call) => call.line), ['GET /2fa/status', 'POST /2fa/elsewhere/backup-codes/saved']);
  assert.equal(calls[1].headers['x-csrf-token'], '1');
});
