// axe in light, dark and forced colours, and the width of the smallest phone.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const LOOKS = {
  light: { colorScheme: 'light', forcedColors: 'none' },
  dark: { colorScheme: 'dark', forcedColors: 'none' },
  'forced colours': { colorScheme: 'dark', forcedColors: 'active' },
};

async function violations(page) {
  await page.evaluate(source);
  const found = await page.evaluate((tags) => window.axe.run(document, { runOnly: tags }), RULES);
  return found.violations.map(({ id, help, nodes }) => `${id}: ${help}\n${nodes.map((node) => `  ${node.html}\n  ${node.failureSummary}`).join('\n')}`);
}

/** axe finds nothing in this state, in any look. */
export async function assertAccessible(page, state) {
  for (const [name, media] of Object.entries(LOOKS)) {
    await page.emulateMedia(media);
    assert.deepEqual(await violations(page), [], `${state}, ${name}`);
  }
  await page.emulateMedia(LOOKS.light);
}

/** Nothing is wider than the page on a small phone. */
export async function assertFits(page, state, width = 320) {
  const before = page.viewportSize();
  await page.setViewportSize({ width, height: 640 });
  const over = await page.evaluate(() => {
    const room = document.documentElement.clientWidth;
    const wide = [...document.querySelectorAll('.tl *, .tl-dialog, .tl-dialog *')].filter((element) => {
      const { right, left, width: size } = element.getBoundingClientRect();
      return size > 1 && (right > room + 0.5 || left < -0.5);
    });
    return { scroll: document.documentElement.scrollWidth - room, wide: wide.map((element) => element.className) };
  });
  await page.setViewportSize(before);
  assert.deepEqual(over, { scroll: 0, wide: [] }, `${state} at ${width} px`);
}
