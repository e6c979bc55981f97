/* What every page has: the navigation, notices, error messages. */
import { Refusal, me, signOut } from './session.js';

const PAGES = ['/account', '/admin'];

export const $ = (id) => document.getElementById(id);

/** An element with properties and children. */
export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** Shows what fits the visitor in the navigation, and gives the user or null. */
export async function begin() {
  const user = await me();
  for (const part of document.querySelectorAll('[data-when]')) {
    const when = part.dataset.when;
    part.hidden = when === 'out' ? user !== null : user === null || (when === 'admin' && user.role !== 'admin');
  }
  $('sign-out').addEventListener('click', async () => {
    await signOut();
    location.assign('/login?notice=signed-out');
  });
  return user;
}

/** The same for pages that need a user: others are sent to sign in, and come back. */
export async function beginSignedIn() {
  const user = await begin();
  if (user) return user;
  location.replace(`/login?next=${encodeURIComponent(location.pathname)}`);
  return new Promise(() => {});
}

/** Where to go after sign-in: one of our own pages, whatever the address says. */
export function next() {
  const wanted = new URLSearchParams(location.search).get('next');
  return PAGES.includes(wanted) ? wanted : '/account';
}

export function notice(text) {
  $('notice').textContent = text;
  $('notice').hidden = false;
}

const SENTENCES = {
  wrong_credentials: 'The name or the password is wrong.',
  wrong_password: 'The password is wrong.',
  username_taken: 'This user name is taken.',
  email_taken: 'This address has an account already.',
  not_enabled: 'This needs two-factor authentication: switch it on first.',
  not_administrator: 'Only an administrator may see this page.',
  assurance_required: 'This needs a fresh code.',
  not_signed_in: 'You are signed out. Please sign in again.',
  session_ended: 'You are signed out. Please sign in again.',
};

/** A refusal in words. */
export function sentence(error) {
  if (error?.code === 'too_many_requests') {
    return `Too many attempts. Try again in ${error.problem.retry_after} seconds.`;
  }
  if (error?.code === 'malformed_request') {
    const [first] = error.problem.fields ?? [];
    return first ? `${first.field.replace('_', ' ')}: ${first.message}` : error.message;
  }
  // Twinlock's own refusals carry their problem without our class.
  return SENTENCES[error?.code] ?? (error instanceof Refusal ? error.message : 'The server cannot be reached.');
}

/** Runs a form: the button waits while the call runs, a refusal is shown in words. */
export function onSubmit(form, error, run) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    error.textContent = '';
    const empty = form.querySelector('input:invalid');
    if (empty) {
      error.textContent = empty.validationMessage;
      empty.focus();
      return;
    }
    await busy(form.querySelector('button:not([type=button])'), error, run);
  });
}

/** Keeps a button from being pressed twice. */
export async function busy(button, error, run) {
  button.disabled = true;
  try {
    await run();
  } catch (thrown) {
    error.textContent = sentence(thrown);
  } finally {
    button.disabled = false;
  }
}
