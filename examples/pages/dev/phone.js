/*
 * The pretend phone of a development server, so that nobody needs a real one to try the application.
 *
 * It does what an authenticator app does with the QR code: it reads the otpauth:// address while the setup
 * page shows it, and computes the codes here, in the browser. The server keeps no secret for it and has no
 * call that gives one away; in production this file is not served at all.
 */
const STORE = 'pretend-phone';

/* A list of {label, uri, confirmed}, in this browser alone. */
const stored = () => JSON.parse(localStorage.getItem(STORE) ?? '[]');
let accounts = stored();

/* "Scanning": the answers of the two setup calls pass by here. */
const plainFetch = window.fetch;
window.fetch = async (...request) => {
  const response = await plainFetch(...request);
  const path = new URL(response.url || location.href).pathname;
  if (response.status === 201 && path.endsWith('/2fa/setup')) scan(await response.clone().json());
  if (response.status === 200 && path.endsWith('/2fa/setup/confirm')) confirmed(await response.clone().json());
  return response;
};

function scan({ otpauth_uri: uri }) {
  const label = decodeURIComponent(new URL(uri).pathname.split('/').pop());
  // A setup that was given up leaves nothing behind; what is in use stays.
  accounts = accounts.filter((one) => one.confirmed || one.label !== label);
  accounts.push({ label, uri, confirmed: false });
  save();
  draw();
}

function confirmed({ backup_codes: codes }) {
  const added = accounts.find((one) => !one.confirmed);
  if (!added) return;
  added.confirmed = true;
  // Backup codes come with the first authenticator: whatever the account had before is over.
  if (codes?.length) accounts = accounts.filter((one) => one === added || one.label !== added.label);
  save();
  draw();
}

function save() {
  localStorage.setItem(STORE, JSON.stringify(accounts));
}

/* RFC 4648 base32 and RFC 6238 codes, with WebCrypto. */
function base32(text) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...text].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Uint8Array.from(bits.match(/.{8}/g), (byte) => parseInt(byte, 2));
}

async function codeAt(uri, step) {
  const query = new URL(uri).searchParams;
  const hash = (query.get('algorithm') ?? 'SHA1').replace('SHA', 'SHA-');
  const key = await crypto.subtle.importKey('raw', base32(query.get('secret')), { name: 'HMAC', hash }, false, ['sign']);
  const counter = new DataView(new ArrayBuffer(8));
  counter.setBigUint64(0, BigInt(step));
  const mac = new DataView(await crypto.subtle.sign('HMAC', key, counter));
  const digits = Number(query.get('digits') ?? 6);
  const number = mac.getUint32(mac.getUint8(mac.byteLength - 1) & 15) & 0x7fffffff;
  return String(number % 10 ** digits).padStart(digits, '0');
}

/* The panel. */
function made(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

const screen = made('div', { className: 'phone-screen' });
const panel = made(
  'details',
  { className: 'phone' },
  made('summary', {}, made('span', { textContent: 'Pretend phone' })),
  made(
    'div',
    { className: 'phone-body' },
    made('p', { className: 'phone-banner', textContent: 'Development only. This browser keeps the secrets; a real application never does.' }),
    screen,
  ),
);
panel.setAttribute('aria-label', 'Pretend phone, development only');

function draw() {
  screen.replaceChildren(
    ...(accounts.length
      ? accounts.map(account)
      : [made('p', { className: 'phone-empty', textContent: 'No account yet. It scans the QR code by itself when you set two-factor up in this browser.' })]),
  );
  void tick();
}

function account(one) {
  const { label, uri } = one;
  const code = made('output', { className: 'phone-code' });
  const before = made('p', { className: 'phone-before' });
  const left = made('progress', { className: 'phone-left', max: 30 });
  left.setAttribute('aria-label', 'Seconds left');
  const fill = made('button', { type: 'button', textContent: 'Type it in' });
  fill.addEventListener('click', () => type(code.value));
  const lose = made('button', { type: 'button', textContent: 'Lose this phone' });
  lose.addEventListener('click', () => {
    accounts = accounts.filter((other) => other !== one);
    save();
    draw();
  });
  const item = made(
    'section',
    { className: 'phone-account' },
    made('h3', { textContent: label }),
    code,
    left,
    before,
    made('div', { className: 'phone-actions' }, fill, lose),
  );
  item.update = async () => {
    const period = Number(new URL(uri).searchParams.get('period') ?? 30);
    const now = Date.now() / 1000;
    const step = Math.floor(now / period);
    left.max = period;
    left.value = period - (now % period);
    if (item.step === step) return;
    item.step = step;
    const [older, old, current] = await Promise.all([step - 2, step - 1, step].map((at) => codeAt(uri, at)));
    code.value = current;
    before.textContent = `before that: ${older}, ${old}`;
  };
  return item;
}

/* As a thumb would: into the first field for a code that is empty. */
function type(code) {
  const fields = [...document.querySelectorAll('input[autocomplete="one-time-code"]')];
  const field = fields.find((one) => one.offsetParent && !one.value) ?? fields.find((one) => one.offsetParent);
  if (!field) return;
  field.focus();
  field.value = code;
  field.dispatchEvent(new Event('input', { bubbles: true }));
}

async function tick() {
  await Promise.all([...screen.children].map((item) => item.update?.()));
}

/*
 * In the hand when a code is asked for, else in the pocket; whoever opens or closes it is not contradicted.
 * A modal dialog makes the rest of the page inert: the phone moves into it and back.
 */
let asked = false;
function settle() {
  const dialog = [...document.querySelectorAll('dialog[open]')].at(-1);
  const place = dialog ?? document.body;
  if (panel.parentNode !== place) place.append(panel);
  const asks = [...document.querySelectorAll('input[autocomplete="one-time-code"]')].some((field) => field.offsetParent);
  if (asks !== asked) panel.open = asked = asks;
}

draw();
settle();
new MutationObserver(settle).observe(document.body, { subtree: true, childList: true, attributeFilter: ['open'] });
addEventListener('storage', (event) => {
  if (event.key !== STORE) return;
  accounts = stored();
  draw();
});
setInterval(tick, 500);
