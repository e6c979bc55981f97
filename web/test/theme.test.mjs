// The themes: what README.md promises of custom properties and parts is what the sources have. That each takes effect is seen in tests/browser.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';

const read = (path) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const all = (folder, end) => readdirSync(new URL(`../${folder}/`, import.meta.url)).filter((name) => name.endsWith(end)).map((name) => read(`${folder}/${name}`)).join('\n');
const styles = all('src/styles', '.css');
const readme = read('README.md');
const rows = [...readme.matchAll(/^\| `--twinlock-([\w-]+)` \| (.*?) \| (.*?) ?\| /gm)].map(([, name, light, dark]) => ({ name, light, dark }));

test('every custom property is told, and none that is not there', () => {
  const used = new Set([...styles.matchAll(/var\(--twinlock-([\w-]+)/g)].map(([, name]) => name));
  assert.deepEqual(rows.map(({ name }) => name).sort(), [...used].sort());
});

test('the colours told are those of the style sheet, in light and in dark', () => {
  const [light, dark] = read('src/styles/theme.css').split('@media');
  const colours = (part) => Object.fromEntries([...part.matchAll(/--twinlock-([\w-]+), (#\w+)\)/g)].map(([, name, colour]) => [name, `\`${colour}\``]));
  const told = (look) => Object.fromEntries(rows.filter((row) => row[look].startsWith('`#')).map((row) => [row.name, row[look]]));
  assert.deepEqual(told('light'), colours(light));
  assert.deepEqual(told('dark'), colours(dark));
});

test('every part told is the class of some piece', () => {
  const parts = /\| part \| what it is \|\n.*\n((?:\|.*\n)+)/.exec(readme)[1];
  const sources = all('src', '.ts');
  for (const [, name] of parts.matchAll(/`([\w-]+)`/g)) {
    assert.match(sources, name === 'heading' ? /part: 'heading'/ : new RegExp(`\\btl-${name}\\b`), name);
  }
});

test('the style sheet knows no left and right, only start and end', () => {
  const physical = /(?<![\w-])(?:(?:margin|padding|border|inset)-)?(?:left|right)(?:-\w+)*\s*:|(?:text-align|float|clear|justify-\w+):\s*(?:left|right)|(?<![\w-])(?:(?:min|max)-)?(?:width|height)\s*:/;
  assert.doesNotMatch(styles.replace(/\/\*[^]*?\*\//g, '').replace(/@media[^{]*/g, ''), physical);
});
