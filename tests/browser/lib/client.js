// `twinlock/client` as a bundler would put it into somebody's program, on an otherwise empty page of the application.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = new URL('../../../', import.meta.url);
// The pages are built by the same one.
const { build } = createRequire(new URL('web/package.json', root))('esbuild');

// What web/README.md promises to get along with.
const POLICY = `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';
  require-trusted-types-for 'script'`.replace(/\s+/g, ' ');
const PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shop</title><link rel="icon" href="data:,"></head>
<body><main><h1>Shop</h1></main></body></html>`;

async function bundle() {
  const entry = fileURLToPath(new URL('bindings-node/ts/client/index.ts', root));
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, format: 'esm', target: 'es2022', write: false });
  return outputFiles[0].text;
}

/** Goes to that page and has `createClient`, `isProblem` and `stepUpDialog` there as `window.twinlock`. */
export async function openShop(page) {
  const script = await bundle();
  await page.route('**/shop', (route) =>
    route.fulfill({ contentType: 'text/html', headers: { 'Content-Security-Policy': POLICY }, body: PAGE }),
  );
  await page.route('**/shop.js', (route) => route.fulfill({ contentType: 'text/javascript', body: script }));
  await page.goto('/shop');
  await page.evaluate(async () => {
    window.twinlock = await import('/shop.js');
  });
}

/** Counts the requests whose address ends like this, from now on. */
export function counted(page, end) {
  const count = { calls: 0 };
  page.on('request', (request) => (count.calls += Number(request.url().endsWith(end))));
  return count;
}
