/* Five figures, and what a help desk does with one user's second factor. */
import { $, beginSignedIn, busy, element, notice, onSubmit, sentence } from './shell.js';
import { apiWithProof } from './session.js';

const DESK = '/api/admin/2fa/users';
let chosen = null;

async function showFigures() {
  const figures = await apiWithProof('GET', '/api/admin/figures');
  for (const place of document.querySelectorAll('[data-figure]')) {
    place.textContent = figures[place.dataset.figure].toLocaleString('en');
  }
}

async function showUsers() {
  const search = encodeURIComponent($('search').value);
  const users = await apiWithProof('GET', `/api/admin/users?search=${search}`);
  $('users').replaceChildren(...users.map(row));
}

function row(user) {
  const look = element('button', { type: 'button', className: 'button small', textContent: 'Look' });
  look.setAttribute('aria-label', `Second factor of ${user.username}`);
  look.addEventListener('click', () => busy(look, $('error'), () => open(user)));
  const cells = [user.username, user.email, user.role].map((text) => element('td', { textContent: text }));
  return element('tr', {}, ...cells, element('td', {}, look));
}

async function open(user) {
  const status = await apiWithProof('GET', `${DESK}/${user.id}`);
  chosen = user;
  $('user-title').textContent = user.username;
  $('user-error').textContent = '';
  const facts = [
    ['Two-factor', status.enabled ? 'on' : 'off'],
    ['Authenticators', String(status.authenticators.length)],
    ['Backup codes left', `${status.backup_codes.left} of ${status.backup_codes.total}`],
    ['Codes due at sign-in', String(status.throttle.codes_required)],
  ];
  $('user-facts').replaceChildren(
    ...facts.map(([name, value]) =>
      element('div', {}, element('dt', { textContent: name }), element('dd', { textContent: value })),
    ),
  );
  if (!$('user').open) $('user').showModal();
}

await beginSignedIn();
try {
  await showFigures();
  await showUsers();
  $('content').hidden = false;
} catch (refusal) {
  notice(sentence(refusal));
}

onSubmit($('search-form'), $('error'), showUsers);
$('user-close').addEventListener('click', () => $('user').close());
$('unlock').addEventListener('click', () =>
  busy($('unlock'), $('user-error'), async () => {
    await apiWithProof('POST', `${DESK}/${chosen.id}/unlock`, {});
    await open(chosen);
    await showFigures();
  }),
);
onSubmit($('reset-form'), $('user-error'), async () => {
  await apiWithProof('POST', `${DESK}/${chosen.id}/reset`, { reason: $('reason').value });
  $('reset-form').reset();
  await open(chosen);
  await showFigures();
});
