/**
 * The contract as typed calls.
 *
 * Tokens of bearer mode live in this module's memory and nowhere else: never in web storage, a URL or the document.
 * A call refused with `assurance_required` asks for step-up and is sent once more; `not_signed_in` is the only
 * refusal on which the host's token is refreshed.
 */
import { Problem } from './contract';
import type { Answer, CodeEntry, Enrolled, Enrollment, Status } from './contract';

/** Gives the host's access token; `refresh` says that the last one was refused. */
export type GetToken = (options: { refresh: boolean }) => Token | Promise<Token>;
type Token = string | null | undefined;

/** Where and how to reach the server. */
export interface Connection {
  base: string;
  csrfHeader?: string | null;
  csrfCookie?: string | null;
  getToken?: GetToken | undefined;
}

interface Memory {
  assurance?: string;
  device?: string;
  csrf?: string;
}

const TIMEOUT_MS = 20_000;
/** One memory per base, so that all elements of a page share one proof. */
const memories = new Map<string, Memory>();

/** Forgets the tokens held in memory: call it when the user signs out without leaving the page. */
export function forget(base = '/2fa'): void {
  memories.delete(base);
}

export class Client {
  constructor(
    private readonly connection: () => Connection,
    private readonly stepUp?: () => Promise<unknown>,
  ) {}

  async status(): Promise<Status> {
    const status = await this.call<Status>('GET', '/status');
    if (status.csrf) this.memory().csrf = status.csrf;
    return status;
  }

  begin(body: { setup?: string | undefined; password?: string | undefined }): Promise<Enrollment> {
    return this.call('POST', '/setup', body);
  }

  confirm(setup: string, entry: CodeEntry, name?: string): Promise<Enrolled> {
    return this.call('POST', '/setup/confirm', { setup, ...entry, name: name || undefined });
  }

  /** Without a challenge the one in the server's session counts. */
  verify(entry: CodeEntry, challenge?: string): Promise<Answer> {
    return this.send('POST', '/verify', { challenge, ...entry });
  }

  /** `/step-up` itself: like `/verify` it never opens another step-up. */
  prove(entry: CodeEntry, challenge?: string): Promise<Answer> {
    return this.send('POST', '/step-up', { challenge, ...entry });
  }

  async newBackupCodes(): Promise<string[]> {
    return (await this.call<{ backup_codes: string[] }>('POST', '/backup-codes', {})).backup_codes;
  }

  codesSaved(): Promise<void> {
    return this.call('POST', '/backup-codes/saved', {});
  }

  rename(id: string, name: string): Promise<void> {
    return this.call('PATCH', `/authenticators/${encodeURIComponent(id)}`, { name });
  }

  remove(id: string): Promise<void> {
    return this.call('DELETE', `/authenticators/${encodeURIComponent(id)}`);
  }

  /** Without an id every device is revoked. */
  revoke(id?: string): Promise<void> {
    return this.call('DELETE', id === undefined ? '/devices' : `/devices/${encodeURIComponent(id)}`);
  }

  async disable(password?: string): Promise<void> {
    await this.call('POST', '/disable', { password });
    const memory = this.memory();
    delete memory.assurance;
    delete memory.device;
  }

  private async call<T>(method: string, path: string, body?: object): Promise<T> {
    try {
      return await this.send<T>(method, path, body);
    } catch (refusal) {
      if (!this.stepUp || !(refusal instanceof Problem) || refusal.code !== 'assurance_required') throw refusal;
      await this.stepUp();
      return this.send<T>(method, path, body);
    }
  }

  private async send<T>(method: string, path: string, body?: object, refresh = false): Promise<T> {
    const connection = this.connection();
    const token = await connection.getToken?.({ refresh });
    const response = await reach(connection.base + path, {
      method,
      headers: this.headers(connection, method, token),
      body: body ? JSON.stringify(body) : null,
      credentials: 'same-origin',
      cache: 'no-store',
      // A redirect would carry the code to a place that nobody named.
      redirect: 'error',
    });
    if (response.ok) return this.accept<T>(response);
    const problem = await readProblem(response);
    if (problem.code === 'not_signed_in' && connection.getToken && !refresh) {
      return this.send<T>(method, path, body, true);
    }
    throw problem;
  }

  private headers(connection: Connection, method: string, token: Token): Record<string, string> {
    const headers: Record<string, string> = { Accept: 'application/json' };
    if (method !== 'GET') {
      headers['Content-Type'] = 'application/json';
      const csrf = connection.csrfCookie ? cookie(connection.csrfCookie) : this.memory().csrf;
      if (csrf) headers[connection.csrfHeader || 'X-CSRF-Token'] = csrf;
    }
    if (token) {
      const { assurance, device } = this.memory();
      headers['Authorization'] = `Bearer ${token}`;
      if (assurance) headers['Twinlock-Assurance'] = assurance;
      if (device) headers['Twinlock-Device'] = device;
    } else if (connection.getToken && this.memory().device) {
      // The second step of a sign-in: no token yet, but this browser may be known.
      headers['Twinlock-Device'] = this.memory().device!;
    }
    return headers;
  }

  private async accept<T>(response: Response): Promise<T> {
    if (response.status === 204) return undefined as T;
    const body = await response.json().catch(() => {
      throw new Problem('unexpected', response.status);
    });
    if (this.connection().getToken && body) {
      const memory = this.memory();
      if (typeof body.assurance === 'string') memory.assurance = body.assurance;
      if (typeof body.device === 'string') memory.device = body.device;
    }
    return body as T;
  }

  private memory(): Memory {
    const { base } = this.connection();
    const memory = memories.get(base) ?? {};
    memories.set(base, memory);
    return memory;
  }
}

async function reach(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch {
    throw new Problem('network', 0);
  }
}

async function readProblem(response: Response): Promise<Problem> {
  const body = await response.json().catch(() => null);
  const code = typeof body?.code === 'string' ? body.code : 'unexpected';
  const seconds = Number(body?.retry_after ?? response.headers.get('Retry-After') ?? NaN);
  const challenge = typeof body?.challenge === 'string' ? body.challenge : undefined;
  return new Problem(code, response.status, seconds >= 0 ? seconds : undefined, challenge);
}

function cookie(name: string): string | undefined {
  const found = document.cookie.split('; ').find((pair) => pair.startsWith(name + '='));
  return found && decodeURIComponent(found.slice(name.length + 1));
}
