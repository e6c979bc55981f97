/* The password first; when a second factor is due, Twinlock's element takes over. */
import { $, begin, next, notice, onSubmit } from './shell.js';
import { api, connected } from './session.js';

const NOTICES = {
  'signed-out': 'You are signed out.',
  deleted: 'Your account is deleted.',
};

begin();
const told = NOTICES[new URLSearchParams(location.search).get('notice')];
if (told) notice(told);

onSubmit($('form'), $('error'), async () => {
  const { username, password, remember } = Object.fromEntries(new FormData($('form')));
  const answer = await api('POST', '/api/auth/login', { username, password, ...(remember && { remember: true }) });
  if (answer.two_factor_required) secondStep(answer);
  else location.assign(answer.enrollment_required ? '/account?notice=required' : next());
});

function secondStep(answer) {
  const challenge = connected('twinlock-challenge');
  challenge.setAttribute('sign-in', `/login?next=${encodeURIComponent(next())}`);
  challenge.nextStep = answer;
  challenge.addEventListener('twinlock-verified', () => location.assign(next()));
  $('form').reset();
  $('first').hidden = true;
  $('second').hidden = false;
  $('second').append(challenge);
}
