// Builds dist/twinlock.js (one module, all four elements, English) and dist/twinlock.css, and holds the promised size.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const LIMIT = 15 * 1024;
const here = fileURLToPath(new URL('.', import.meta.url));
const common = { absWorkingDir: here, bundle: true, minify: true, target: ['es2022', 'chrome109', 'firefox115', 'safari16'] };

await build({ ...common, entryPoints: ['src/index.ts'], outfile: 'dist/twinlock.js', format: 'esm', charset: 'utf8', legalComments: 'none' });
await build({ ...common, entryPoints: ['src/twinlock.css'], outfile: 'dist/twinlock.css' });

for (const [name, limit] of [['twinlock.js', LIMIT], ['twinlock.css', Infinity]]) {
  const bytes = readFileSync(`${here}dist/${name}`);
  const packed = gzipSync(bytes, { level: 9 }).length;
  console.log(`dist/${name}: ${bytes.length} bytes, ${packed} bytes gzip${limit < Infinity ? ` (limit ${limit})` : ''}`);
  if (packed > limit) {
    console.error(`${name} is over its limit by ${packed - limit} bytes`);
    process.exitCode = 1;
  }
}
