/** What all four elements share: attributes, the connection, one view at a time, events, announcements. */
import type { Client, Status } from 'twinlock/client';
import { clientOf } from './client';
import type { GetToken } from './client';
import { asProblem } from './contract';
import type { Answer } from './contract';
import { button, h, icon, nodes } from './dom';
import type { Child } from './dom';
import { heading } from './form';
import { openStepUp } from './step-up-dialog';
import { Texts } from './text';

/**
 * Base of the elements. They render into light DOM (`.tl` inside the element), so that password managers and the
 * system's code filling find the field, and style themselves by `twinlock.css` alone.
 */
export abstract class TwinlockElement extends HTMLElement {
  protected texts = new Texts('en');
  /** The last state the server told, where this element asks for it. */
  protected status: Status | undefined;
  private readonly view = h('div', { class: 'tl-view' });
  private readonly live = h('p', { class: 'tl-sr', role: 'status' });
  // Its words say which way it runs: a language may be another than the page's, or be missing.
  private readonly container = h('div', { class: 'tl', dir: 'auto' }, this.view, this.live);
  private readonly ownClient = clientOf(this);
  private givenClient: Client | undefined;
  private token: GetToken | undefined;
  private started = false;
  private begun = false;
  /** Shows the present view once more, where that loses nothing. */
  protected again: (() => unknown) | undefined;
  private readonly languages = new MutationObserver(() => void this.speak());
  private wanted = '';
  private spoken = Promise.resolve();
  private loaded = false;
  private runs = 0;

  /** Gives the access token in bearer mode; kept out of attributes on purpose. */
  get getToken(): GetToken | undefined {
    return this.token;
  }

  set getToken(token: GetToken | undefined) {
    this.token = token;
    this.beginAgain();
  }

  /** Calls the server. One of the page's own takes the place of `base`, `getToken` and the attributes for CSRF. */
  get client(): Client {
    return this.givenClient ?? this.ownClient;
  }

  set client(client: Client | undefined) {
    this.givenClient = client;
    this.beginAgain();
  }

  /** Base path or address of the contract. */
  get base(): string {
    return (this.getAttribute('base') || '/2fa').replace(/\/+$/, '');
  }

  set base(base: string) {
    this.setAttribute('base', base);
  }

  connectedCallback(): void {
    // Frameworks move elements by removing and inserting them: that is not a new start.
    if (this.started) return;
    this.started = true;
    for (const name of this.properties()) this.upgrade(name);
    this.replaceChildren(this.container);
    this.languages.observe(document, { subtree: true, attributeFilter: ['lang'] });
    // Properties are often set right after insertion.
    queueMicrotask(() => void this.begin());
  }

  disconnectedCallback(): void {
    queueMicrotask(() => {
      if (this.isConnected) return;
      this.started = this.begun = this.loaded = false;
      this.languages.disconnect();
      this.stop();
      // Secrets and codes leave the document with the element.
      this.view.replaceChildren();
    });
  }

  /** Shows the first view. */
  protected abstract start(): Promise<void> | void;

  /** Ends clocks and listeners. */
  protected stop(): void {}

  /** Properties that a page may have set before the element was defined. */
  protected properties(): string[] {
    return ['getToken', 'base', 'client', 'digits'];
  }

  /** Replaces the view; with `focus` the reader's place moves there, with `say` it is announced. */
  protected show(content: Child[], { focus, say }: { focus?: HTMLElement | undefined; say?: string } = {}): void {
    this.stop();
    this.again = undefined;
    // An answer that comes after the element has left has nobody to tell.
    if (!this.isConnected) return;
    this.view.replaceChildren(...nodes(content));
    focus?.focus();
    if (say) this.announce(say);
  }

  /** Says something politely to screen readers. */
  protected announce(text: string): void {
    this.live.textContent = '';
    // A changed text is announced, the same text set twice is not.
    requestAnimationFrame(() => (this.live.textContent = text));
  }

  protected showLoading(): void {
    this.show([h('p', { class: 'tl-card tl-loading', 'aria-busy': 'true' }, this.texts.t('loading'))]);
  }

  /** A problem that leaves nothing to show but itself. */
  protected showFailure(thrown: unknown, retry: () => void): void {
    const { code } = this.report(thrown);
    const alert = h('div', { class: 'tl-alert', role: 'alert' });
    const hadFocus = this.contains(document.activeElement);
    const signIn = code === 'not_signed_in' || code === 'challenge_expired';
    const head = this.heading(this.texts.t(signIn ? 'again' : 'failed'));
    const way = signIn ? this.restartLink() : button(this.texts.t('retry'), retry, 'tl-wide');
    this.show([this.card('warn', head, alert, way)], { focus: hadFocus ? head : undefined });
    // Filled once it is in the page: only then is it announced.
    alert.append(h('p', {}, this.texts.problem(code)));
  }

  /** The way back to sign-in, when the page named it in the attribute `sign-in`. */
  protected restartLink(): Child {
    const href = this.getAttribute('sign-in');
    return href !== null && h('a', { href, class: 'tl-button tl-primary tl-wide' }, this.texts.t('restart'));
  }

  protected emit(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(`twinlock-${name}`, { bubbles: true, composed: true, detail }));
  }

  /** Tells the page of a problem (`twinlock-error`) and gives it back for showing. */
  protected report(thrown: unknown): ReturnType<typeof asProblem> {
    const problem = asProblem(thrown);
    const { code, status, retryAfter } = problem;
    this.emit('error', { code, status, retry_after: retryAfter });
    return problem;
  }

  /** The view's heading, at the level that fits the page. */
  protected heading(text: string): HTMLHeadingElement {
    return heading(text, this.level);
  }

  /** The attribute `heading-level`; without it 2, or 1 on a page that shows no first heading of its own. */
  protected get level(): number {
    const others = [...document.querySelectorAll('h1')].filter((one) => one.getClientRects().length && !this.contains(one));
    const level = Number(this.getAttribute('heading-level')) || (others.length ? 2 : 1);
    return Math.min(Math.max(level, 1), 5);
  }

  /** A card with an emblem: the look of every view but the settings. */
  protected card(shape: Parameters<typeof icon>[0], ...content: Child[]): HTMLElement {
    return h('div', { class: 'tl-card' }, h('div', { class: 'tl-emblem' }, icon(shape)), ...content);
  }

  /** Digits of a code: what the server said; where nobody may ask it yet, the attribute `digits`, else 6. */
  get digits(): number {
    return this.status?.policy.digits ?? (Number(this.getAttribute('digits')) || 6);
  }

  // Frameworks set as a property whatever an element has as one.
  set digits(digits: number) {
    this.setAttribute('digits', String(digits));
  }

  /** Seconds between two codes. */
  protected get period(): number {
    return this.status?.policy.period ?? 30;
  }

  protected async loadStatus(): Promise<Status> {
    return (this.status = await this.client.status());
  }

  /** Where dialogs are appended: inside the element, so that its styles and events reach them. */
  protected get dialogParent(): HTMLElement {
    return this.container;
  }

  /** Asks for a fresh code in a dialog. */
  stepUp(): Promise<Answer> {
    const { client, digits, status, texts } = this;
    const codesRequired = status?.throttle.codes_required;
    const source = { client, digits, codesRequired, lang: texts.lang, getAttribute: (name: string) => this.getAttribute(name) };
    return openStepUp(source, this.container);
  }

  // What the page sets after the element has begun in vain.
  private beginAgain(): void {
    if (this.begun && !this.loaded) void this.begin();
  }

  private async begin(): Promise<void> {
    const run = ++this.runs;
    this.begun = true;
    try {
      await this.speak();
      // A language that was long in coming may have been overtaken, too.
      if (run !== this.runs) return;
      await this.start();
      this.loaded = true;
    } catch (thrown) {
      // A later beginning, with a token, may have overtaken this one.
      if (run === this.runs) this.showFailure(thrown, () => void this.begin());
    }
  }

  // The language may change at any time, here or further up.
  private speak(): Promise<void> {
    const wanted = this.closest('[lang]:not(.tl)')?.getAttribute('lang') || navigator.language;
    if (wanted !== this.wanted) {
      this.wanted = wanted;
      this.spoken = this.learn(wanted);
    }
    return this.spoken;
  }

  // A view that holds nothing of the user's is shown anew; any other speaks the new language from the next one on.
  private async learn(wanted: string): Promise<void> {
    const texts = await Texts.of(wanted);
    if (wanted !== this.wanted) return this.spoken;
    this.texts = texts;
    const { container, again } = this;
    container.lang = texts.lang;
    const given = [...container.querySelectorAll<HTMLInputElement>('.tl-input, :checked')].some((input) => input.value);
    if (!again || given || container.querySelector('dialog')) return;
    const place = document.activeElement as HTMLElement;
    again();
    place.focus();
  }

  private upgrade(name: string): void {
    if (!Object.hasOwn(this, name)) return;
    const self = this as unknown as Record<string, unknown>;
    const value = self[name];
    delete self[name];
    self[name] = value;
  }
}
