// A built single-page application of examples/ (vue, react) on a free port, as any file server would serve it.
import assert from 'node:assert/strict';
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { createServer, request as call } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../examples/', import.meta.url));
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.json': 'application/json' };

// The strictest that the elements promise to get along with, and no file of the application may need more.
const policy = (api) =>
  `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src ${api}; form-action 'none';
  base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'`.replace(/\s+/g, ' ');

/**
 * Serves `examples/<example>/dist` and gives `{url, use, stop}`.
 *
 * `api` is the address of the application's server, or is named later by `use(api)`: the server may want to know `url` first.
 * Its `/api` is handed on, so that the page has one origin, as behind a proxy. With `direct` nothing is: the page learns the
 * address from `<meta name="api">` and calls the other origin itself.
 */
export async function startSpa({ example, api = '', direct = false }) {
  const dist = join(root, example, 'dist');
  if (!existsSync(join(dist, 'index.html'))) throw new Error(`examples/${example} is not built: npm run build`);
  let server = api;

  const page = () => readFileSync(join(dist, 'index.html'), 'utf8').replace('name="api" content=""', `name="api" content="${direct ? server : ''}"`);
  const http = createServer((incoming, outgoing) => {
    const { pathname } = new URL(incoming.url, 'http://here');
    if (!direct && pathname.startsWith('/api/')) return handOn(server, incoming, outgoing);
    const path = join(dist, normalize(pathname));
    const file = pathname !== '/' && path.startsWith(dist) && existsSync(path) && statSync(path).isFile();
    // What is no file is a place inside the application.
    const type = file ? TYPES[extname(path)] : TYPES['.html'];
    outgoing.writeHead(200, {
      'Content-Type': `${type}; charset=utf-8`,
      'Content-Security-Policy': policy(direct ? server : "'self'"),
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'same-origin',
      'Cache-Control': 'no-cache',
    });
    if (file) createReadStream(path).pipe(outgoing);
    else outgoing.end(page());
  });
  await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${http.address().port}`,
    use: (address) => (server = address),
    stop: () => {
      http.closeAllConnections();
      return new Promise((resolve) => http.close(resolve));
    },
  };
}

/** Hands a request on with all its headers, the host included: the server sees what the browser's own origin is. */
function handOn(server, incoming, outgoing) {
  const { method, url, headers } = incoming;
  const onward = call(server + url, { method, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode, answer.headers);
    answer.pipe(outgoing);
  });
  onward.on('error', () => outgoing.writeHead(502).end());
  incoming.pipe(onward);
}

/** Where a token could have been left that a script, another visit or somebody who looks over the shoulder would find. */
export async function assertNothingKept(page, tokens = []) {
  const kept = await page.evaluate(async () => ({
    local: { ...localStorage },
    session: { ...sessionStorage },
    databases: await indexedDB.databases(),
    caches: await caches.keys(),
    cookie: document.cookie,
    window: window.name,
  }));
  assert.deepEqual(kept, { local: {}, session: {}, databases: [], caches: [], cookie: '', window: '' });
  // A JWT begins with `{"`; a token that a test knows is looked for whole. A picture of a QR code may hold any three letters.
  const places = await page.evaluate(() => [location.href, JSON.stringify(history.state), document.referrer, document.documentElement.outerHTML.replace(/data:image[^"]*/g, '')]);
  for (const place of places) {
    assert.doesNotMatch(place, /eyJ|token=|challenge=/);
    assert.ok(!tokens.some((token) => place.includes(token)), 'no token in the document, its address or its history');
  }
}
