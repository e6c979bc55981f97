/* Your account: two-factor by Twinlock's element, the rest by a few lines of our own. */
import { $, beginSignedIn, busy, notice, onSubmit } from './shell.js';
import { api, apiWithProof, connected } from './session.js';

const NOTICES = {
  welcome: 'Welcome. Your password opens the door alone so far: switch the second lock on below.',
  required: 'Administrators need two-factor authentication: please switch it on now.',
};
const PROOFS = { pwd: 'password', otp: 'code' };

function show(user) {
  $('me-username').textContent = user.username;
  $('me-email').textContent = user.email;
  $('me-role').textContent = user.role;
  $('me-amr').textContent = user.amr.map((proof) => PROOFS[proof] ?? proof).join(' and ');
}

const refreshed = async () => show(await api('GET', '/api/user/me'));

const user = await beginSignedIn();
show(user);
$('password-username').value = user.username;
const told = NOTICES[new URLSearchParams(location.search).get('notice')];
if (told) notice(told);

const settings = connected('twinlock-settings');
settings.setAttribute('sign-in', '/login?next=/account');
settings.addEventListener('twinlock-enabled', () => {
  // What was said before it was on is no longer true.
  $('notice').hidden = true;
  $('delete-error').textContent = '';
});
for (const event of ['twinlock-enabled', 'twinlock-disabled', 'twinlock-stepped-up']) {
  settings.addEventListener(event, refreshed);
}
$('two-factor').append(settings);
$('content').hidden = false;

onSubmit($('password-form'), $('password-error'), async () => {
  const [password, next] = [$('old-password').value, $('new-password').value];
  await apiWithProof('POST', '/api/user/password', { password, new_password: next });
  $('password-form').reset();
  notice('Your password is changed. All your other sessions are signed out.');
});

$('delete').addEventListener('click', () => {
  $('sure').returnValue = 'no';
  $('sure').showModal();
});
$('sure').addEventListener('close', () => {
  if ($('sure').returnValue !== 'yes') return;
  busy($('delete'), $('delete-error'), async () => {
    await apiWithProof('DELETE', '/api/user/account');
    location.assign('/login?notice=deleted');
  });
});
