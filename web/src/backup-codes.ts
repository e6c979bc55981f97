/**
 * The one time backup codes are shown: as a list to read, copy, download or print, and the tick that says they are kept.
 * They leave the document on "Done", when the page is left, and never come back from the browser's page cache.
 */
import { button, copy, h } from './dom';
import type { Child } from './dom';
import { Alert, heading } from './form';
import type { Texts } from './text';

export interface BackupCodesOptions {
  texts: Texts;
  codes: string[];
  /** Level of the heading. */
  level: number;
  announce(text: string): void;
  /** The user is through; `saved` is false when the codes were wiped before the tick. */
  done(saved: boolean): Promise<void>;
}

export class BackupCodesView {
  readonly heading: HTMLHeadingElement;
  readonly content: Child[];
  private readonly list: HTMLOListElement;
  private readonly box = h('input', { type: 'checkbox', class: 'tl-check' });
  private readonly alert = new Alert();
  private readonly watch = new AbortController();
  private codes: string[];
  private sheet: HTMLElement | undefined;

  constructor(private readonly options: BackupCodesOptions) {
    const { texts, codes } = options;
    this.codes = codes;
    this.heading = heading(texts.t('codes'), options.level);
    this.list = h('ol', { class: 'tl-codes', dir: 'ltr', translate: 'no', 'aria-label': texts.t('codes_list') });
    this.list.append(...codes.map((code) => h('li', {}, h('code', {}, code))));
    const actions = h(
      'div',
      { class: 'tl-row' },
      button(texts.t('copy_all'), () => void this.copy()),
      button(texts.t('download'), () => this.download()),
      button(texts.t('print'), () => this.print()),
    );
    const tick = h('div', { class: 'tl-tick' }, h('label', {}, this.box, h('span', {}, texts.t('saved'))));
    const done = button(texts.t('done'), () => void this.done(), 'tl-primary tl-wide');
    const lead = h('p', { class: 'tl-lead' }, texts.t('codes_lead'));
    this.content = [this.heading, lead, this.list, actions, tick, this.alert.root, done];
    this.guard();
  }

  /** Ends the warning and wipes what is shown. */
  stop(): void {
    this.watch.abort();
    this.wipe();
  }

  private guard(): void {
    const { signal } = this.watch;
    const warn = (event: BeforeUnloadEvent): void => {
      event.preventDefault();
      // Chromium before 119 asks for this, too.
      event.returnValue = true;
    };
    addEventListener('beforeunload', warn, { signal });
    addEventListener(
      'pagehide',
      () => {
        this.wipe();
        this.alert.say(this.options.texts.t('codes_gone'));
      },
      { signal },
    );
  }

  private wipe(): void {
    this.codes = [];
    this.list.replaceChildren();
    this.clearSheet();
  }

  private async copy(): Promise<void> {
    const { texts, announce } = this.options;
    const copied = await copy(this.codes.join('\n'));
    if (!copied) getSelection()?.selectAllChildren(this.list);
    announce(texts.t(copied ? 'copied' : 'copy_failed'));
  }

  private text(): string {
    return this.options.texts.t('codes_file', { site: location.hostname }) + this.codes.join('\n') + '\n';
  }

  private download(): void {
    const url = URL.createObjectURL(new Blob([this.text()], { type: 'text/plain' }));
    h('a', { href: url, download: `backup-codes-${location.hostname}.txt` }).click();
    // The browser has to have begun reading before the address goes.
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }

  /** Prints a sheet of its own: nothing else of the page belongs on that paper. */
  private print(): void {
    this.clearSheet();
    this.sheet = h('pre', { class: 'tl-sheet' }, this.text());
    document.body.append(this.sheet);
    document.documentElement.classList.add('tl-printing');
    addEventListener('afterprint', () => this.clearSheet(), { once: true });
    print();
  }

  private clearSheet(): void {
    this.sheet?.remove();
    document.documentElement.classList.remove('tl-printing');
  }

  private async done(): Promise<void> {
    if (!this.box.checked && this.codes.length) {
      this.alert.say(this.options.texts.t('saved_first'));
      this.box.focus();
      return;
    }
    await this.options.done(this.box.checked);
  }
}
