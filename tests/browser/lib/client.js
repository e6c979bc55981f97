// `twinlock/client` as a bundler would put it into somebody's program, on an otherwise empty page of the application.
import { bundle, serve } from './bundle.js';

const PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shop</title><link rel="icon" href="data:,"></head>
<body><main><h1>Shop</h1></main></body></html>`;

/** Goes to that page and has `createClient`, `isProblem` and `stepUpDialog` there as `window.twinlock`. */
export async function openShop(page) {
  const source = await bundle('bindings-node/ts/client/index.ts');
  await serve(page, { path: '/shop', html: PAGE, script: '/shop.js', source });
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
