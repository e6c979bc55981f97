/** `<twinlock-settings>`: the state of two-factor authentication, and everything its owner can change. */
import type { Authenticator, Device } from 'twinlock/client';
import { BackupCodesView } from './backup-codes';
import { confirmDialog } from './confirm-dialog';
import type { ConfirmOptions } from './confirm-dialog';
import { button, h } from './dom';
import { TwinlockElement } from './element';
import { Alert } from './form';
import { authenticators, backupCodes, devices, overview, turnOff } from './settings-sections';
import type { Actions } from './settings-sections';
import type { TextId } from './text';

const PASSED_ON = ['base', 'lang', 'csrf-header', 'csrf-cookie', 'sign-in', 'heading-level'];

export class TwinlockSettings extends TwinlockElement {
  private running: { stop(): void } | undefined;
  private readonly alert = new Alert();

  protected async start(): Promise<void> {
    this.showLoading();
    await this.load();
  }

  protected override stop(): void {
    this.running?.stop();
    this.running = undefined;
  }

  /** Reads the state anew and shows it; the focus goes to the heading of `section`. */
  private async load(section?: string, say?: string): Promise<void> {
    const status = await this.loadStatus();
    const { texts, actions, level } = this;
    const cards = [overview(texts, status, actions, level), this.alert.root];
    if (status.enabled) {
      cards.push(
        authenticators(texts, status, actions, level + 1),
        backupCodes(texts, status, actions, level + 1),
        devices(texts, status, actions, level + 1),
      );
      if (!status.required) cards.push(turnOff(texts, actions, level + 1));
    }
    this.alert.clear();
    const page = h('div', { class: 'tl-stack' }, ...cards);
    const focus = section ? page.querySelector<HTMLElement>(`[data-section=${section}]`) : null;
    this.show([page], { focus: focus ?? undefined, ...(say && { say }) });
    this.again = () => this.reload();
  }

  private readonly actions: Actions = {
    setUp: () => this.setUp(),
    rename: (one, name) => this.rename(one, name),
    remove: (one) => void this.removeOne(one),
    renewCodes: () => void this.renewCodes(),
    revoke: (device) => void this.revoke(device),
    turnOff: () => void this.turnOff(),
  };

  private setUp(): void {
    const setup = h('twinlock-setup');
    for (const name of PASSED_ON) {
      const value = this.getAttribute(name);
      if (value !== null) setup.setAttribute(name, value);
    }
    setup.client = this.client;
    setup.takeFocus = true;
    const back = button(this.texts.t('cancel'), () => void this.reload('overview'), 'tl-quiet tl-wide');
    setup.addEventListener('twinlock-stepped-up', (event) => {
      // Nobody is led away from codes that are shown only once.
      if (event.target === setup) back.hidden = true;
    });
    setup.addEventListener('twinlock-enabled', () => {
      back.textContent = this.texts.t('close');
      back.hidden = false;
    });
    this.show([h('div', { class: 'tl-stack' }, setup, back)]);
    this.running = { stop: () => setup.remove() };
  }

  private async rename(one: Authenticator, name: string): Promise<void> {
    try {
      await this.client.renameAuthenticator(one.id, { name });
      await this.reload('authenticators', 'renamed');
    } catch (thrown) {
      await this.fail(thrown);
    }
  }

  private async removeOne(one: Authenticator): Promise<void> {
    const { texts } = this;
    const removed = await this.ask({
      title: texts.t('remove_title'),
      text: texts.t('remove_text', { name: one.name || texts.t('unnamed') }),
      action: texts.t('remove'),
      danger: true,
      run: () => this.client.removeAuthenticator(one.id),
    });
    if (removed) await this.reload('authenticators', 'removed');
  }

  private async renewCodes(): Promise<void> {
    const { texts } = this;
    let codes: string[] = [];
    const renewed = await this.ask({
      title: texts.t('renew_title'),
      text: texts.t('renew_text'),
      action: texts.t('renew'),
      run: async () => {
        codes = (await this.client.backupCodes()).backup_codes;
      },
    });
    if (renewed) this.showCodes(codes);
  }

  private showCodes(codes: string[]): void {
    if (!this.isConnected) return;
    const view = new BackupCodesView({
      texts: this.texts,
      level: this.level,
      codes,
      announce: (text) => this.announce(text),
      done: async (saved) => {
        if (saved) await this.client.backupCodesSaved().catch((thrown) => this.report(thrown));
        await this.reload('codes');
      },
    });
    this.show([this.card('key', ...view.content)], { focus: view.heading });
    this.running = view;
  }

  private async revoke(device?: Device): Promise<void> {
    const { texts } = this;
    if (device) {
      try {
        await this.client.revokeDevice(device.id);
        await this.reload('devices', 'revoked');
      } catch (thrown) {
        await this.fail(thrown);
      }
      return;
    }
    const revoked = await this.ask({
      title: texts.t('revoke_all_title'),
      text: texts.t('revoke_all_text'),
      action: texts.t('revoke_all'),
      danger: true,
      run: () => this.client.revokeAllDevices(),
    });
    if (revoked) await this.reload('devices', 'revoked');
  }

  private async turnOff(): Promise<void> {
    const { texts } = this;
    const off = await this.ask({
      title: texts.t('turn_off_title'),
      text: texts.t('turn_off_text'),
      action: texts.t('turn_off'),
      danger: true,
      run: (password) => this.client.disable({ password }),
    });
    if (!off) return;
    await this.reload('overview', 'disabled');
    this.emit('disabled', undefined);
  }

  private ask(options: Omit<ConfirmOptions, 'report'>): Promise<boolean> {
    return confirmDialog(this.dialogParent, this.texts, { ...options, report: (thrown) => this.report(thrown) });
  }

  private async reload(section?: string, say?: TextId): Promise<void> {
    try {
      await this.load(section, say && this.texts.t(say));
    } catch (thrown) {
      this.showFailure(thrown, () => void this.reload(section));
    }
  }

  private async fail(thrown: unknown): Promise<void> {
    const { code } = this.report(thrown);
    // The user closed the step-up: nothing to tell.
    if (code === 'assurance_required') return;
    if (code === 'not_found') await this.reload('overview');
    this.alert.say(this.texts.problem(code));
  }
}
