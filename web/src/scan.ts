/** The ways to get the secret into an app: QR code, a link for an app on this device, the key typed by hand. */
import type { Enrollment } from 'twinlock/client';
import { button, copy, h } from './dom';
import type { Texts } from './text';

export function scanView(texts: Texts, enrollment: Enrollment, announce: (text: string) => void): HTMLElement {
  return h(
    'div',
    { class: 'tl-scan' },
    qr(texts, enrollment.qr_png),
    h(
      'div',
      { class: 'tl-scan-text' },
      h('p', {}, texts.t('scan_lead')),
      sameDevice(texts, enrollment.otpauth_uri),
      byHand(texts, enrollment, announce),
    ),
  );
}

// Its quiet zone and its colours belong to the code: a QR code turned light on dark is not read by every camera.
function qr(texts: Texts, dataUri: string): HTMLElement {
  const src = dataUri.startsWith('data:image/png;base64,') && dataUri;
  return h('div', { class: 'tl-qr' }, h('img', { src, alt: texts.t('qr_alt'), width: 200, height: 200, draggable: 'false' }));
}

function sameDevice(texts: Texts, uri: string): HTMLElement | false {
  return uri.startsWith('otpauth://') && h('a', { class: 'tl-button tl-wide', href: uri }, texts.t('same_device'));
}

function byHand(texts: Texts, enrollment: Enrollment, announce: (text: string) => void): HTMLElement {
  const { secret, account_name, issuer, digits, period } = enrollment;
  const groups = (secret.match(/.{1,4}/g) ?? []).map((group) => h('span', {}, group));
  const key = h('code', { class: 'tl-key', dir: 'ltr', translate: 'no' }, ...groups);
  const copyKey = async (): Promise<void> => {
    const copied = await copy(secret);
    if (!copied) getSelection()?.selectAllChildren(key);
    announce(texts.t(copied ? 'copied' : 'copy_failed'));
  };
  const row = (name: string, value: string | HTMLElement | undefined): HTMLElement[] =>
    value ? [h('dt', {}, name), h('dd', {}, value)] : [];
  return h(
    'details',
    { class: 'tl-details' },
    h('summary', {}, texts.t('by_hand')),
    h(
      'dl',
      { class: 'tl-facts' },
      ...row(texts.t('key'), key),
      ...row(texts.t('account'), account_name),
      ...row(texts.t('issuer'), issuer),
      ...row(texts.t('kind'), texts.t('kind_value', { digits, period })),
    ),
    button(texts.t('copy'), () => void copyKey(), '', texts.t('copy_key')),
  );
}
