/**
 * A page that the browser kept whole (its back/forward cache) comes back as it was left, perhaps after the session has ended:
 * it shows nothing before `check` is through.
 */
export function hideKeptPages(check: () => Promise<unknown>): void {
  const app = document.querySelector<HTMLElement>('#app')!;
  addEventListener('pagehide', ({ persisted }) => {
    app.hidden = persisted;
  });
  addEventListener('pageshow', async ({ persisted }) => {
    if (persisted) await check();
    app.hidden = false;
  });
}
