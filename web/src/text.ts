/**
 * Every sentence the pages can say, in English, keyed by text id; `p_` + problem code for refusals.
 * Other languages register a catalogue of the same ids; what is missing there stays English.
 */
export const english = {
  // Any element
  loading: 'Loading…',
  retry: 'Try again',
  cancel: 'Cancel',
  close: 'Close',
  done: 'Done',
  next: 'Continue',
  copy: 'Copy',
  copied: 'Copied.',
  copy_failed: 'Your browser did not allow copying. Select the text and copy it yourself.',
  step: 'Step {n} of {of}',
  failed: 'That did not work',
  again: 'Please sign in again',
  restart: 'Sign in again',
  password: 'Your password',
  password_hint: 'Please confirm your password to go on.',
  // The code form
  code: 'Code from your authenticator app',
  code_hint: 'The {n} digits that your app shows now.',
  backup: 'Backup code',
  backup_hint: 'One of the codes you saved. Each works once. Letters may be small, dashes may be left out.',
  use_backup: 'Lost your phone? Use a backup code',
  use_code: 'Use the code from your app',
  use_three: 'Use three codes in a row instead',
  three: 'Three codes in a row',
  three_hint: 'Type the code your app shows, then wait for the next two. Each appears after {s} seconds.',
  three_why: 'To be sure it is you, please enter three codes in a row this time.',
  first: 'Code shown now',
  second: 'Next code',
  third: 'The one after',
  trust: 'Trust this device',
  trust_hint: 'Skips the code here for a while. Only tick this on a device of your own.',
  wait: 'You can try again in',
  wait_over: 'You can try again now.',
  clock_hint: 'Codes change every few seconds. If they keep failing, set your phone’s clock to automatic.',
  // Sign-in
  challenge: 'Two-step sign-in',
  challenge_lead: 'Open your authenticator app and enter the code it shows.',
  sign_in: 'Sign in',
  verified: 'You are signed in',
  low_one: 'You have {n} backup code left. Make new ones in your security settings.',
  low_other: 'You have {n} backup codes left. Make new ones in your security settings.',
  // Step-up
  step_up: 'Confirm it’s you',
  step_up_lead: 'This is a sensitive change, so please enter a fresh code.',
  stepped_up: 'Confirmed',
  confirm: 'Confirm',
  // Setup
  setup: 'Set up two-factor authentication',
  setup_lead: 'A second lock for your account: besides your password, you sign in with a code from your phone.',
  setup_1: 'Have an authenticator app ready',
  setup_1_text: 'Any app that shows six-digit codes will do. Many password managers can do it, too.',
  setup_2: 'Scan a QR code with it',
  setup_2_text: 'It takes about a minute.',
  setup_3: 'Keep your backup codes',
  setup_3_text: 'They let you in should you ever lose your phone.',
  add: 'Add an authenticator',
  add_lead: 'A second phone or a password manager can show codes for your account as well.',
  begin: 'Get started',
  scan: 'Scan the QR code',
  scan_lead: 'Open your authenticator app, choose to add an account and point the camera at this code.',
  qr_alt: 'QR code for your authenticator app. If you cannot scan it, enter the setup key by hand: it is given below.',
  same_device: 'Open in an app on this device',
  by_hand: 'Can’t scan it? Enter the key by hand',
  key: 'Setup key',
  copy_key: 'Copy setup key',
  account: 'Account',
  issuer: 'Service',
  kind: 'Type',
  kind_value: 'Time-based, {digits} digits, {period} seconds',
  name: 'Name of this authenticator (optional)',
  name_hint: 'So that you recognise it later, e.g. “Work phone”.',
  turn_on: 'Turn on',
  enabled: 'Two-factor authentication is on',
  enabled_lead: 'From now on you sign in with your password and a code from your app.',
  added: 'The authenticator was added',
  // Backup codes
  codes: 'Save your backup codes',
  codes_lead: 'Each code signs you in once if you lose your phone. Keep them somewhere safe: they are shown only now.',
  codes_list: 'Backup codes',
  copy_all: 'Copy all',
  download: 'Download',
  print: 'Print',
  saved: 'I have saved these codes',
  saved_first: 'Please save the codes and tick the box first.',
  codes_gone: 'For your safety the codes are no longer shown. Make new ones in the settings if you did not save them.',
  codes_file: 'Backup codes for {site}\nEach code works once.\n\n',
  // Settings
  settings: 'Two-factor authentication',
  on: 'On',
  off: 'Off',
  on_lead: 'Your account asks for a code after your password.',
  off_lead: 'Your account is protected by your password alone.',
  required: 'Your organisation requires it for your account.',
  set_up: 'Set up',
  authenticators: 'Authenticators',
  unnamed: 'Authenticator app',
  since: 'Added {date}',
  used: 'last used {date}',
  last_used: 'Last used {date}',
  never_used: 'not used yet',
  weak: 'Its key is shorter than it should be: add this authenticator anew, then remove the old one.',
  rename: 'Rename',
  rename_of: 'Rename {name}',
  new_name: 'New name',
  save: 'Save',
  renamed: 'Renamed.',
  remove: 'Remove',
  remove_of: 'Remove {name}',
  remove_title: 'Remove this authenticator?',
  remove_text: 'Codes of “{name}” stop working at once, and trusted devices will be asked for a code again.',
  removed: 'Removed.',
  backup_codes: 'Backup codes',
  left_one: '{n} of {of} left.',
  left_other: '{n} of {of} left.',
  left_low: 'Few backup codes are left. Make new ones so that you stay able to sign in without your phone.',
  left_none: 'You have no backup codes. Without them, losing your phone means losing access.',
  not_saved: 'You have not confirmed yet that you saved them.',
  renew: 'Make new codes',
  renew_title: 'Make new backup codes?',
  renew_text: 'Your old backup codes stop working at once.',
  devices: 'Devices',
  devices_lead: 'Browsers that have passed the second step before.',
  no_devices: 'No device yet.',
  this_device: 'This device',
  trusted: 'Trusted',
  unknown_device: 'Unknown device',
  revoke: 'Forget',
  revoke_of: 'Forget {name}',
  revoke_all: 'Forget all devices',
  revoke_all_title: 'Forget all devices?',
  revoke_all_text: 'Each of them, this one included, will be asked for a code at its next sign-in.',
  revoked: 'Forgotten.',
  turn_off: 'Turn off',
  turn_off_head: 'Turn off two-factor authentication',
  turn_off_lead: 'Your password alone will be enough to sign in.',
  turn_off_title: 'Turn off two-factor authentication?',
  turn_off_text:
    'Anyone who learns your password can then sign in as you. Your authenticators, backup codes and trusted devices are deleted.',
  disabled: 'Two-factor authentication is off.',
  // Refusals, by problem code
  p_invalid_code: 'That code is not right. Check it and try again, or wait for the next one.',
  p_malformed_code: 'That does not look like a code. Please check what you typed.',
  p_three: 'Those codes do not match. Enter three codes that followed each other, without leaving one out.',
  p_throttled: 'Too many wrong codes. Please wait a moment.',
  p_more_codes_required: 'One code is not enough this time. Please enter three codes in a row.',
  p_challenge_expired: 'This sign-in took too long or was used already. Please begin with your password again.',
  p_setup_expired: 'That QR code is no longer valid. Please start again and scan the new one.',
  p_assurance_required: 'This needs a fresh code from your authenticator app.',
  p_not_enabled: 'Two-factor authentication is off for your account.',
  p_already_enrolled: 'This authenticator has been added already.',
  p_too_many_authenticators: 'No more authenticators can be added. Remove one first.',
  p_last_authenticator: 'The last authenticator cannot be removed. Turn two-factor authentication off instead.',
  p_not_found: 'That is no longer there. The page shows the newest state now.',
  p_contention: 'Somebody else is changing your account right now. Please try again.',
  p_not_signed_in: 'You are not signed in any more.',
  p_code_required: 'Please enter a code.',
  p_password_required: 'Please enter your password.',
  p_wrong_password: 'That password is not right.',
  p_required_by_policy: 'Your organisation requires two-factor authentication. It cannot be turned off.',
  p_origin_refused: 'The server refused a request from this page.',
  p_network: 'The server cannot be reached. Check your connection and try again.',
  p_unexpected: 'Something went wrong. Please try again.',
};

export type TextId = keyof typeof english;
export type Catalogue = Partial<Record<TextId, string>>;
type Values = Record<string, string | number>;
type CountId = { [K in TextId]: K extends `${infer Stem}_other` ? Stem : never }[TextId];

const catalogues = new Map<string, Catalogue>([['en', english]]);

/** Registers the texts of a language, e.g. `addCatalogue('de', {...})`. */
export function addCatalogue(lang: string, catalogue: Catalogue): void {
  catalogues.set(lang.toLowerCase(), catalogue);
}

/** The texts, dates and plurals of one language. */
export class Texts {
  /** The language the texts really are in. */
  readonly lang: string;
  private readonly catalogue: Catalogue;

  constructor(wanted: string) {
    const lang = wanted.toLowerCase();
    const found = [lang, lang.split('-')[0]!].find((name) => catalogues.has(name)) ?? 'en';
    this.lang = found === lang && lang !== 'en' ? wanted : found;
    this.catalogue = catalogues.get(found) ?? english;
  }

  /** A text with its `{placeholders}` filled in. */
  t(id: TextId, values: Values = {}): string {
    const text = this.catalogue[id] ?? english[id];
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
  }

  /** A text that depends on a number. */
  count(stem: CountId, n: number, values: Values = {}): string {
    const rule = new Intl.PluralRules(this.lang).select(n);
    const id = `${stem}_${rule}` as TextId;
    return this.t(id in this.catalogue ? id : `${stem}_other`, { n, ...values });
  }

  /** What to tell the user about a refusal. */
  problem(code: string): string {
    const id = `p_${code}` as TextId;
    return this.t(id in english ? id : 'p_unexpected');
  }

  /** A day, as the language writes it. */
  date(seconds: number): string {
    return new Intl.DateTimeFormat(this.lang, { dateStyle: 'medium' }).format(seconds * 1000);
  }
}
