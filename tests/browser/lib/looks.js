// How a state looks: to axe in light, dark and forced colours, on a small phone, enlarged, spaced out, to a finger.
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
const PHONE = { width: 320, height: 640 };

// WCAG 2.2, 1.4.12, as a user's own style sheet.
const SPACED = `* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
  p { margin-block-end: 2em !important }`;
const TWICE = 'html { font-size: 200% }';

async function violations(page) {
  await page.evaluate(source);
  const found = await page.evaluate((tags) => window.axe.run(document, { runOnly: tags }), RULES);
  return found.violations.map(({ id, help, nodes }) => `${id}: ${help}\n${nodes.map((node) => `  ${node.html}\n  ${node.failureSummary}`).join('\n')}`);
}

/** What axe finds in each look, by the look's name. */
export async function inEveryLook(page) {
  const found = {};
  for (const [name, media] of Object.entries(LOOKS)) {
    await page.emulateMedia(media);
    found[name] = await violations(page);
  }
  await page.emulateMedia(LOOKS.light);
  return found;
}

/** axe finds nothing in this state, in any look. */
export async function assertAccessible(page, state) {
  for (const [name, found] of Object.entries(await inEveryLook(page))) assert.deepEqual(found, [], `${state}, ${name}`);
}

/** What is wider than the page, or would make it scroll sideways. */
function overflow(page) {
  return page.evaluate(() => {
    const room = document.documentElement.clientWidth;
    const wide = [...document.querySelectorAll('.tl *, .tl-dialog, .tl-dialog *')].filter((element) => {
      const { right, left, width: size } = element.getBoundingClientRect();
      return size > 1 && (right > room + 0.5 || left < -0.5);
    });
    const scroll = document.documentElement.scrollWidth - room;
    return [...(scroll > 0 ? [`scrolls by ${scroll} px`] : []), ...wide.map((element) => `${element.localName}.${element.className}`)];
  });
}

/** Elements that cut off what they hold. */
export function clipped(page) {
  return page.evaluate(() =>
    [...document.querySelectorAll('.tl *, .tl-dialog *')]
      .filter((element) => element.checkVisibility() && !element.closest('.tl-sr, svg') && element.tagName !== 'INPUT')
      .filter((element) => element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display !== 'inline')
      .map((element) => `${element.className}: ${element.textContent}`),
  );
}

async function sized(page, size, look) {
  const before = page.viewportSize();
  await page.setViewportSize(size);
  const seen = await look();
  await page.setViewportSize(before);
  return seen;
}

// A window of 1280 × 1024 px at 400 %: so many CSS pixels are left, each of four by four.
async function enlarged(page, look) {
  const before = page.viewportSize();
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Emulation.setDeviceMetricsOverride', { width: 320, height: 256, deviceScaleFactor: 4, mobile: false });
  const seen = await look();
  await devtools.detach();
  await page.setViewportSize({ ...before, height: before.height + 1 });
  await page.setViewportSize(before);
  return seen;
}

async function styled(page, sheet, look) {
  // As the browser does it for its user: the page's policy does not apply to it.
  await page.evaluate((text) => {
    const style = new CSSStyleSheet();
    style.replaceSync(text);
    document.adoptedStyleSheets.push(style);
  }, sheet);
  const seen = await look();
  await page.evaluate(() => void document.adoptedStyleSheets.pop());
  return seen;
}

/** What sticks out or is cut off, by the way the page is looked at. */
export async function inNarrowPlaces(page) {
  const both = async () => [...(await overflow(page)), ...(await clipped(page))];
  return {
    'at 320 px': await sized(page, PHONE, () => overflow(page)),
    'at 400 % zoom': await enlarged(page, () => overflow(page)),
    'with text spacing overridden': await styled(page, SPACED, () => sized(page, PHONE, both)),
    'with text spacing overridden and letters twice as large': await styled(page, SPACED + TWICE, () =>
      sized(page, { width: 640, height: 640 }, both),
    ),
  };
}

/** Nothing is wider than the page on a small phone. */
export async function assertFits(page, state, width = PHONE.width) {
  assert.deepEqual(await sized(page, { ...PHONE, width }, () => overflow(page)), [], `${state} at ${width} px`);
}

/** Targets smaller than 24 by 24 px; a tick box is hit by its label. */
export function smallTargets(page) {
  return page.evaluate(() =>
    [...document.querySelectorAll('.tl :is(button, a, summary, input:not(.tl-check), .tl-tick label)')]
      .filter((element) => element.checkVisibility())
      .filter((element) => {
        const { width, height } = element.getBoundingClientRect();
        return width < 24 || height < 24;
      })
      .map((element) => `${element.localName} “${element.textContent}”`),
  );
}

/** Elements that move, or would. */
export function moving(page) {
  return page.evaluate(() => {
    const parts = ['', '::before', '::after', '::backdrop'];
    const moves = ({ animationName, transitionDuration }) => animationName !== 'none' || /[1-9]/.test(transitionDuration);
    return [...document.querySelectorAll('.tl, .tl *, .tl-dialog')]
      .filter((element) => parts.some((part) => moves(getComputedStyle(element, part || null))))
      .map((element) => `${element.localName}.${element.className}`);
  });
}
