// Builds dist/: twinlock.js (one module, all four elements, English), twinlock.css, and twinlock.<language>.js beside them;
// holds the promised size.
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { minify } from 'terser';
import { privateNames } from './private-names.mjs';

const LIMIT = 15 * 1024;
const here = fileURLToPath(new URL('.', import.meta.url));
const common = {
  absWorkingDir: here,
  outdir: 'dist',
  bundle: true,
  charset: 'utf8',
  legalComments: 'none',
  metafile: true,
  target: ['es2022', 'chrome109', 'firefox115', 'safari16'],
};

const languages = readdirSync(`${here}src/locales`)
  .map((file) => basename(file, '.ts'))
  .filter((name) => name !== 'en');
const modules = { twinlock: 'src/index.ts' };
for (const name of languages) modules[`twinlock.${name}`] = `src/locales/${name}.ts`;

// Split, so that a catalogue is a file of its own, loaded when it is wanted.
const scripts = await build({ ...common, entryPoints: modules, format: 'esm', splitting: true, mangleProps: privateNames() });
const styles = await build({ ...common, entryPoints: { twinlock: 'src/twinlock.css' }, minify: true });
// esbuild's own minifier leaves 250 bytes of gzip more.
for (const path of Object.keys(scripts.metafile.outputs)) {
  const { code } = await minify(readFileSync(here + path, 'utf8'), { module: true, ecma: 2020, compress: { passes: 3 } });
  writeFileSync(here + path, code);
}

const built = [scripts, styles].flatMap(({ metafile }) => Object.keys(metafile.outputs).map((path) => basename(path)));
for (const name of readdirSync(`${here}dist`)) if (!built.includes(name)) rmSync(`${here}dist/${name}`, { recursive: true });

// Servers know twinlock.css, twinlock.js and twinlock.<language>.js: a further file would not be served.
const expected = ['twinlock.css', ...Object.keys(modules).map((name) => `${name}.js`)];
const strange = built.filter((name) => !expected.includes(name));
if (strange.length) fail(`nobody serves ${strange.join(', ')}`);

for (const name of built.sort()) {
  const bytes = readFileSync(`${here}dist/${name}`);
  const packed = gzipSync(bytes, { level: 9 }).length;
  const limit = name === 'twinlock.js' ? LIMIT : Infinity;
  console.log(`dist/${name}: ${bytes.length} bytes, ${packed} bytes gzip${limit < Infinity ? ` (limit ${limit})` : ''}`);
  if (packed > limit) fail(`${name} is over its limit by ${packed - limit} bytes`);
}

function fail(fault) {
  console.error(fault);
  process.exitCode = 1;
}
