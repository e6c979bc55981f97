/**
 * The elements' way to the contract: `twinlock/client`, told by attributes and properties.
 *
 * Tokens of bearer mode live in this module's memory and nowhere else: never in web storage, a URL or the document.
 */
import { createClient } from 'twinlock/client';
import type { Client, Proof, Token, TokenMemory } from 'twinlock/client';

/** Gives the host's access token; `refresh` says that the last one was refused. */
export type GetToken = (options: { refresh: boolean }) => Token | Promise<Token>;

/** What an element says about its server. */
export interface Source {
  readonly base: string;
  readonly getToken: GetToken | undefined;
  getAttribute(name: string): string | null;
  /** Asks for a fresh code. */
  stepUp(): Promise<Proof>;
}

/** One memory per base, so that all elements of a page share one proof. */
const memories = new Map<string, TokenMemory>();

/** Forgets the tokens held in memory: call it when the user signs out without leaving the page. */
export function forget(base = '/2fa'): void {
  memories.delete(base);
}

/** A client that follows its element: what is set later counts from the next call on. */
export function clientOf(source: Source): Client {
  return createClient({
    get base() {
      return source.base;
    },
    get memory() {
      const memory = memories.get(source.base) ?? {};
      memories.set(source.base, memory);
      return memory;
    },
    get getToken() {
      return source.getToken;
    },
    get csrfHeader() {
      return source.getAttribute('csrf-header');
    },
    get csrfCookie() {
      return source.getAttribute('csrf-cookie');
    },
    stepUp: () => source.stepUp(),
  });
}
