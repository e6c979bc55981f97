/** A ticking clock that is seen, not read out: only its end is announced, by whoever waits for it. */
import { h } from './dom';

export class Countdown {
  /** `timer` has no live announcements. */
  readonly root = h('span', { class: 'tl-timer', role: 'timer', dir: 'ltr' });
  private interval: ReturnType<typeof setInterval> | undefined;

  /** Counts down from `seconds`, then calls `over` once; a second start replaces the first. */
  start(seconds: number, over: () => void): void {
    this.stop();
    // The end is a moment, not a number of ticks: background tabs tick late.
    const end = Date.now() + seconds * 1000;
    const tick = (): void => {
      const left = Math.ceil((end - Date.now()) / 1000);
      this.root.textContent = clock(Math.max(left, 0));
      if (left <= 0) {
        this.stop();
        over();
      }
    };
    this.interval = setInterval(tick, 250);
    tick();
  }

  get running(): boolean {
    return this.interval !== undefined;
  }

  stop(): void {
    clearInterval(this.interval);
    this.interval = undefined;
  }
}

function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
