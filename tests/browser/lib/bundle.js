// Programs as a bundler would make them, on otherwise empty pages of the application that have the policy of web/README.md.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = new URL('../../../', import.meta.url);
// The pages are built by the same one.
const { build } = createRequire(new URL('web/package.json', root))('esbuild');

/** What the pages promise to get along with: no more is allowed. */
export const POLICY = `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';
  require-trusted-types-for 'script'`.replace(/\s+/g, ' ');

/** One module of everything that `path` (from the root of the repository) imports, the application's own modules aside. */
export async function bundle(path) {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(path, root))],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    // Bundlers set this; the development build of a framework wants more than the policy allows.
    define: { 'process.env.NODE_ENV': '"production"' },
    external: ['/api/*'],
    write: false,
  });
  return outputFiles[0].text;
}

/** Serves a page and its script under that policy, in place of the application. */
export async function serve(page, { path, html, script, source }) {
  const headers = { 'Content-Security-Policy': POLICY };
  await page.route(`**${path}`, (route) => route.fulfill({ contentType: 'text/html', headers, body: html }));
  await page.route(`**${script}`, (route) => route.fulfill({ contentType: 'text/javascript', body: source }));
}
