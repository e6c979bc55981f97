/** Elements built node by node: nothing here parses HTML, so Trusted Types have nothing to forbid. */

export type Child = Node | string | false | null | undefined;
type Props = Record<string, string | number | boolean | null | undefined | ((event: Event) => void)>;

/**
 * An element with attributes, listeners (`onclick: f`) and children. Its classes are told as parts, too: those are the names
 * that a page's own styles may rely on (README.md), whatever becomes of the classes.
 */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value != null) {
      element.setAttribute(name, String(value));
      if (name === 'class') element.setAttribute('part', String(value).replaceAll('tl-', ''));
    }
  }
  element.append(...nodes(children));
  return element;
}

/** The children that are there. */
export function nodes(children: Child[]): (Node | string)[] {
  return children.filter((child): child is Node | string => child !== false && child != null && child !== '');
}

/** A button; `kind` chooses its look. */
export function button(label: string, onclick: (event: Event) => void, kind = '', name?: string): HTMLButtonElement {
  return h('button', { type: 'button', class: `tl-button ${kind}`.trim(), onclick, 'aria-label': name }, label);
}

let counter = 0;
/** An id that no other element of the page has. */
export function uid(): string {
  return `tl-${++counter}`;
}

const SHAPES = {
  shield: 'M12 3l7 3v5c0 4.6-2.9 8.2-7 10-4.1-1.8-7-5.4-7-10V6l7-3zM9 12l2.2 2.2L15.2 10',
  phone: 'M8 3h8a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zM11 18h2',
  key: 'M16 3a5 5 0 1 1-1.6 9.7L12.5 14.6H10.5V16.6H8.5V18.6L7 20H4V17L11.3 9.6A5 5 0 0 1 16 3zM16.5 7.5h.01',
  laptop: 'M5 5h14v10H5zM3 19h18',
  warn: 'M12 4l9 16H3L12 4zM12 10v4M12 17h.01',
  off: 'M12 3v8M6.5 7a8 8 0 1 0 11 0',
} as const;

/** A decorative line drawing, hidden from assistive technology. */
export function icon(shape: keyof typeof SHAPES): SVGElement {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  const path = document.createElementNS(space, 'path');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', 'tl-icon');
  svg.setAttribute('part', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  path.setAttribute('d', SHAPES[shape]);
  svg.append(path);
  return svg;
}

/** Puts text on the clipboard; false where the browser refuses (no secure context, no permission). */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
