import { $, begin, onSubmit } from './shell.js';
import { api } from './session.js';

begin();
onSubmit($('form'), $('error'), async () => {
  const { username, email, password } = Object.fromEntries(new FormData($('form')));
  await api('POST', '/api/auth/register', { username, email, password });
  // A new account has no second factor yet: the password alone signs in.
  await api('POST', '/api/auth/login', { username, password });
  location.assign('/account?notice=welcome');
});
