// A single-page front end of another origin than the application: bearer tokens, kept in a variable.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const dist = new URL('../../../web/dist/', import.meta.url);

const PAGE = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Front end</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/twinlock.css">
<script type="module" src="/twinlock.js"></script></head>
<body><main><h1>Front end</h1></main></body></html>`;

/** Starts serving and gives `{url, allow, stop}`; `allow(api)` names the one address the page may call. */
export async function startFrontend() {
  let api = '';
  const server = createServer((request, response) => {
    const policy = `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src ${api}; require-trusted-types-for 'script'`;
    const [type, body] =
      request.url === '/twinlock.js' ? ['text/javascript', readFileSync(new URL('twinlock.js', dist))]
      : request.url === '/twinlock.css' ? ['text/css', readFileSync(new URL('twinlock.css', dist))]
      : ['text/html', PAGE];
    response.writeHead(200, { 'Content-Type': `${type}; charset=utf-8`, 'Content-Security-Policy': policy });
    response.end(body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    allow: (address) => (api = address),
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
