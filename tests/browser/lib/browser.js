// Debian's Chromium, and a context that watches everything a page must not do.
import { execFileSync } from 'node:child_process';
import { chromium } from 'playwright-core';

const ARGS = `--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync
  --disable-quic --no-first-run`.split(/\s+/);

/** Starts Chromium; with `pageCache` pages come back from its memory as they were left, which Playwright switches off. */
export function launch({ pageCache = false } = {}) {
  const executablePath = execFileSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).trim();
  const ignoreDefaultArgs = pageCache ? ['--disable-back-forward-cache'] : [];
  return chromium.launch({ executablePath, args: ARGS, ignoreDefaultArgs });
}

/** What a page did: addresses asked for, console lines, errors, violations of its content security policy. */
export class Watch {
  urls = [];
  console = [];
  errors = [];
  violations = [];

  /** `origins` are those a page may talk to. */
  constructor(...origins) {
    this.origins = origins;
  }

  async attach(context) {
    await context.exposeBinding('twinlockTestViolation', (_source, text) => this.violations.push(text));
    await context.addInitScript(() => {
      addEventListener('securitypolicyviolation', (event) =>
        window.twinlockTestViolation(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`),
      );
    });
    context.on('request', (request) => this.urls.push(request.url()));
    context.on('page', (page) => {
      page.on('console', (message) => this.console.push(message.text()));
      page.on('pageerror', (error) => this.errors.push(String(error)));
    });
  }

  /** Requests to anybody but the application. */
  get strangers() {
    const known = (url) => this.origins.some((origin) => url.startsWith(`${origin}/`)) || /^(data|blob):/.test(url);
    return this.urls.filter((url) => !known(url));
  }

  /** Everything wrong so far, in words. */
  get faults() {
    // Chromium itself writes a line for every answer of 400 and above; a refusal is no fault.
    const spoken = this.console.filter((line) => !line.startsWith('Failed to load resource'));
    const refused = spoken.filter((line) => /refused|violates|trusted/i.test(line));
    return [...this.errors, ...this.violations, ...this.strangers, ...refused];
  }
}
