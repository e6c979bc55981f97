// What web/README.md promises to those who give the pages another look: every custom property and every part takes effect.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { TOURS } from './lib/states.js';
import { visit } from './lib/suite.js';

const readme = readFileSync(new URL('../../web/README.md', import.meta.url), 'utf8');
const PROPERTIES = [...readme.matchAll(/^\| `(--twinlock-[\w-]+)` \|/gm)].map(([, name]) => name);
const PARTS = [.../\| part \| what it is \|\n.*\n((?:\|.*\n)+)/.exec(readme)[1].matchAll(/^\| (.*?) \|/gm)].flatMap(([, cell]) =>
  [...cell.matchAll(/`([\w-]+)`/g)].map(([, name]) => name),
);
/** A value that nothing has by itself. */
const VALUES = { radius: '31px', width: '271px', font: 'twinlock-test-font', mono: 'twinlock-test-mono', shadow: '0px 0px 3px 3px rgb(1, 2, 3)' };
const valueOf = (property) => VALUES[property.replace('--twinlock-', '')] ?? 'rgb(1, 2, 3)';

/** Which properties show on this page when they are set on its root. */
function showing(page, properties) {
  return page.evaluate((wanted) => {
    const looks = () =>
      [...document.querySelectorAll('.tl, .tl *, .tl-dialog')]
        .filter((element) => element.checkVisibility())
        .map((element) => {
          const style = getComputedStyle(element);
          return [style.color, style.backgroundColor, style.borderColor, style.borderRadius, style.boxShadow, style.fontFamily, style.maxInlineSize, style.outlineColor];
        })
        .join('\n');
    const root = document.documentElement.style;
    return wanted.filter(([name, value]) => {
      const before = looks();
      root.setProperty(name, value);
      const after = looks();
      root.removeProperty(name);
      return after !== before;
    }).map(([name]) => name);
  }, properties);
}

/** The parts that a rule of the page's own reaches here, written as the README says. */
function reached(page, parts) {
  return page.evaluate((wanted) => {
    const sheet = new CSSStyleSheet();
    document.adoptedStyleSheets.push(sheet);
    const found = wanted.filter((part) => {
      sheet.replaceSync(`.tl [part~=${part}], [part~=${part}].tl-dialog { background-color: rgb(4, 5, 6); text-transform: uppercase }`);
      return [...document.querySelectorAll(`[part~=${part}]`)].some((piece) => {
        const { backgroundColor, textTransform } = getComputedStyle(piece);
        return backgroundColor === 'rgb(4, 5, 6)' && textTransform === 'uppercase';
      });
    });
    document.adoptedStyleSheets.pop();
    return found;
  }, parts);
}

test('every documented custom property and part takes effect in some state', async () => {
  assert.ok(PROPERTIES.length > 15 && PARTS.length > 30, `${PROPERTIES.length} properties, ${PARTS.length} parts`);
  let properties = PROPERTIES;
  let parts = PARTS;
  for (const [name, tell] of Object.entries(TOURS)) {
    if (!properties.length && !parts.length) break;
    await visit(name, (ada, page) =>
      tell(ada, page, async () => {
        // Colours fade in: without that, what is read at once is the end.
        await page.emulateMedia({ reducedMotion: 'reduce' });
        const shown = await showing(page, properties.map((property) => [property, valueOf(property)]));
        properties = properties.filter((property) => !shown.includes(property));
        const there = await reached(page, parts);
        parts = parts.filter((part) => !there.includes(part));
      }),
    );
  }
  assert.deepEqual({ properties, parts }, { properties: [], parts: [] });
});
