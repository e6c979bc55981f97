// Answers that would take minutes to provoke, in place of the server's own.

/** Answers the next `times` calls of that path with a refusal; `members` are what its problem says besides. */
export function refuse(page, path, status, code, times = 1, members = {}) {
  const body = JSON.stringify({ type: 'about:blank', title: code, status, code, detail: code, ...members });
  return page.route(path, (route) => route.fulfill({ status, contentType: 'application/problem+json', body }), { times });
}

/** The proof of this sign-in is made old: the next sensitive call there is refused once, as after five minutes. */
export function ageProof(page, path) {
  return refuse(page, path, 401, 'assurance_required');
}

/** Keeps the next call of that path waiting; gives what lets it go. */
export async function holdBack(page, path) {
  let release;
  const gate = new Promise((resolve) => (release = resolve));
  await page.route(path, (route) => gate.then(() => route.continue()), { times: 1 });
  return release;
}
