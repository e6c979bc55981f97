import type { Client } from './client.ts'

/** How {@link stepUpDialog} finds and shows the pages. */
export interface StepUpDialogOptions {
  /** Address of the folder with `twinlock.js` and `twinlock.css`, default `<base>/web`, where every integration serves them. */
  readonly pages?: string
  /** Language of the texts, default that of the document. */
  readonly lang?: string
  /** Digits of a code where it is not 6. */
  readonly digits?: number
}

interface Pages {
  openStepUp(source: { client: unknown; lang: string | undefined; digits: number | undefined }): Promise<unknown>
}

interface Link {
  rel: string
  href: string
  onload: unknown
  onerror: unknown
}

interface Page {
  readonly baseURI: string
  readonly styleSheets: Iterable<{ readonly href: string | null }>
  readonly head: { append(node: Link): void }
  createElement(tag: 'link'): Link
}

/**
 * For the option `stepUp` in browsers: opens the element `<twinlock-step-up>` in a modal dialog, and rejects with
 * `assurance_required` when the user closes it. The pages are loaded from the server when they are first needed, within
 * `script-src 'self'; style-src 'self'` where it is of the same origin.
 *
 * ```ts
 * const client = createClient({ base: '/2fa', stepUp: stepUpDialog() });
 * ```
 */
export function stepUpDialog({
  pages,
  lang,
  digits,
}: StepUpDialogOptions = {}): (client: Pick<Client, 'base'>) => Promise<unknown> {
  return async client => {
    const { document } = globalThis as unknown as { document: Page }
    const folder = new URL(`${pages ?? `${client.base}/web`}/`, document.baseURI)
    const { href } = new URL('twinlock.css', folder)
    if (![...document.styleSheets].some(sheet => sheet.href === href)) {
      // A dialog without its looks works; one that gets them while the user types jumps about.
      await new Promise(onload => {
        const link = document.createElement('link')
        document.head.append(Object.assign(link, { rel: 'stylesheet', href, onload, onerror: onload }))
      })
    }
    const module: Pages = await import(/* @vite-ignore */ /* webpackIgnore: true */ new URL('twinlock.js', folder).href)
    return module.openStepUp({ client, lang, digits })
  }
}
