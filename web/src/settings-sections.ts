/** The cards of the settings page: each turns a part of the status into nodes and calls back when something is asked for. */
import type { Authenticator, Device, Status } from 'twinlock/client';
import { button, h, icon } from './dom';
import type { Child } from './dom';
import { heading, nameField, nameOf } from './form';
import type { Texts } from './text';

/** What the user can ask for; settings.ts does it. */
export interface Actions {
  setUp(): void;
  rename(authenticator: Authenticator, name: string): Promise<void>;
  remove(authenticator: Authenticator): void;
  renewCodes(): void;
  revoke(device?: Device): void;
  turnOff(): void;
}

/** Left of so few, the user is urged to make new ones. */
const FEW = 3;

/** State at a glance. */
export function overview(texts: Texts, status: Status, actions: Actions, level: number): HTMLElement {
  const { enabled, required } = status;
  const badge = h('span', { class: `tl-badge ${enabled ? 'tl-good' : 'tl-warn'}` }, texts.t(enabled ? 'on' : 'off'));
  const head = heading(texts.t('settings'), level);
  head.dataset['section'] = 'overview';
  return h(
    'section',
    { class: 'tl-card tl-hero' },
    h('div', { class: 'tl-emblem' }, icon(enabled ? 'shield' : 'off')),
    h(
      'div',
      { class: 'tl-grow' },
      h('div', { class: 'tl-title' }, head, badge),
      h('p', { class: 'tl-lead' }, texts.t(enabled ? 'on_lead' : 'off_lead')),
      required && h('p', { class: 'tl-hint' }, texts.t('required')),
    ),
    !enabled && button(texts.t('set_up'), actions.setUp, 'tl-primary'),
  );
}

export function authenticators(texts: Texts, status: Status, actions: Actions, level: number): HTMLElement {
  const several = status.authenticators.length > 1;
  const items = status.authenticators.map((one) => authenticator(texts, one, several, actions));
  const add = button(texts.t('add'), actions.setUp, 'tl-start');
  return section('authenticators', level, texts.t('authenticators'), h('ul', { class: 'tl-list' }, ...items), add);
}

function authenticator(texts: Texts, one: Authenticator, several: boolean, actions: Actions): HTMLElement {
  const name = one.name || texts.t('unnamed');
  const used = one.last_used_at ? texts.t('used', { date: texts.date(one.last_used_at) }) : texts.t('never_used');
  const item = h('li', { class: 'tl-item' });
  const rename = button(texts.t('rename'), () => edit(), 'tl-small', texts.t('rename_of', { name }));
  const plain = [
    icon('phone'),
    text(name, `${texts.t('since', { date: texts.date(one.created_at) })} · ${used}`, one.weak && texts.t('weak')),
    h(
      'div',
      { class: 'tl-row' },
      rename,
      several && button(texts.t('remove'), () => actions.remove(one), 'tl-small', texts.t('remove_of', { name })),
    ),
  ];
  const edit = (): void => {
    const back = (): void => {
      item.replaceChildren(...plain);
      rename.focus();
    };
    const form = renameForm(texts, name, (wanted) => actions.rename(one, wanted), back);
    item.replaceChildren(form);
    form.querySelector('input')!.select();
  };
  item.append(...plain);
  return item;
}

function renameForm(texts: Texts, name: string, save: (name: string) => Promise<void>, back: () => void): HTMLFormElement {
  const field = nameField(texts.t('new_name'), undefined, name);
  const submit = (event: Event): void => {
    event.preventDefault();
    const wanted = nameOf(field);
    if (wanted && wanted !== name) void save(wanted);
    else back();
  };
  return h(
    'form',
    { class: 'tl-form tl-grow', onsubmit: submit, onkeydown: (event) => (event as KeyboardEvent).key === 'Escape' && back() },
    field.root,
    h(
      'div',
      { class: 'tl-row' },
      h('button', { type: 'submit', class: 'tl-button tl-small tl-primary' }, texts.t('save')),
      button(texts.t('cancel'), back, 'tl-small tl-quiet'),
    ),
  );
}

export function backupCodes(texts: Texts, status: Status, actions: Actions, level: number): HTMLElement {
  const { left, total, saved } = status.backup_codes;
  const urge = left === 0 ? 'left_none' : left <= FEW ? 'left_low' : saved ? undefined : 'not_saved';
  return section(
    'codes',
    level,
    texts.t('backup_codes'),
    total > 0 && meter(texts, left, total),
    urge && h('p', { class: 'tl-note tl-warn' }, texts.t(urge)),
    button(texts.t('renew'), actions.renewCodes, 'tl-start'),
  );
}

// Dots say the same as the sentence beside them.
function meter(texts: Texts, left: number, total: number): HTMLElement {
  const dots = Array.from({ length: total }, (_, at) => h('span', { class: at < left ? 'tl-dot tl-full' : 'tl-dot' }));
  return h(
    'div',
    { class: 'tl-meter' },
    h('p', {}, texts.count('left', left, { of: total })),
    h('div', { class: 'tl-dots', 'aria-hidden': 'true' }, ...dots),
  );
}

export function devices(texts: Texts, status: Status, actions: Actions, level: number): HTMLElement {
  const items = status.devices.map((one) => device(texts, one, actions));
  return section(
    'devices',
    level,
    texts.t('devices'),
    h('p', { class: 'tl-hint' }, texts.t(items.length ? 'devices_lead' : 'no_devices')),
    items.length > 0 && h('ul', { class: 'tl-list' }, ...items),
    items.length > 1 && button(texts.t('revoke_all'), () => actions.revoke(), 'tl-start'),
  );
}

function device(texts: Texts, one: Device, actions: Actions): HTMLElement {
  const name = one.label || texts.t('unknown_device');
  const used = one.last_used_at ? texts.t('last_used', { date: texts.date(one.last_used_at) }) : '';
  return h(
    'li',
    { class: 'tl-item' },
    icon('laptop'),
    text(
      name,
      used,
      undefined,
      one.current && h('span', { class: 'tl-badge tl-good' }, texts.t('this_device')),
      one.trusted && h('span', { class: 'tl-badge' }, texts.t('trusted')),
    ),
    button(texts.t('revoke'), () => actions.revoke(one), 'tl-small', texts.t('revoke_of', { name })),
  );
}

export function turnOff(texts: Texts, actions: Actions, level: number): HTMLElement {
  return section(
    'off',
    level,
    texts.t('turn_off_head'),
    h('p', { class: 'tl-hint' }, texts.t('turn_off_lead')),
    button(texts.t('turn_off'), actions.turnOff, 'tl-danger-quiet tl-start'),
  );
}

function text(name: string, detail: string, warning: string | undefined | false, ...badges: Child[]): HTMLElement {
  return h(
    'div',
    { class: 'tl-grow' },
    h('p', { class: 'tl-name' }, h('span', {}, name), ...badges),
    h('p', { class: 'tl-hint' }, detail),
    warning && h('p', { class: 'tl-note tl-warn' }, warning),
  );
}

function section(id: string, level: number, title: string, ...content: Child[]): HTMLElement {
  const head = heading(title, level, 'tl-h3');
  head.dataset['section'] = id;
  return h('section', { class: 'tl-card tl-section' }, head, ...content);
}
