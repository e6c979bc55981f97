// The real example application on a free port, with data of its own that goes with it.
// EXAMPLE names another one than FastAPI's: axum, django, express, fastify-prisma, ktor, spring. TWINLOCK_BROWSER_URL names a server that runs already instead.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const START_SECONDS = 60;

/** How each example is started on a port, from its own folder. */
const EXAMPLES = {
  fastapi: (port) => [python(), ['-m', 'uvicorn', 'app.main:app', '--host', '127.0.0.1', '--port', String(port)]],
  django: () => [python(), ['-m', 'app.demo']],
  express: () => [process.execPath, ['app/main.js']],
  'fastify-prisma': () => [process.execPath, ['--import', 'tsx', 'app/main.ts']],
  ktor: () => ['java', ['-jar', 'target/example.jar']],
  axum: () => [join(root, 'target/debug/twinlock-example-axum'), []],
  // Many people sign in from one address here, too.
  spring: () => ['java', ['-jar', 'target/example.jar', '--example.tries-per-minute=10000']],
};

function python() {
  const venv = join(root, '.venv/bin/python');
  return process.env.PYTHON ?? (existsSync(venv) ? venv : 'python3');
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function environment(port, data, frontend) {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(TWINLOCK|JWT|SESSION)_/.test(name)));
  return {
    ...clean,
    APP_ENV: 'development',
    PORT: String(port),
    TWINLOCK_DEMO_DATA: data,
    FRONTEND_URL: frontend ?? `http://127.0.0.1:${port}`,
    // Many people sign in from one address here.
    SIGN_IN_LIMIT: '10000/minute',
    REGISTER_LIMIT: '10000/minute',
  };
}

/** Starts an example, for a front end of another origin where one is named, and gives `{url, stop}`. */
export async function startExample({ frontend, example = process.env.EXAMPLE || 'fastapi' } = {}) {
  if (process.env.TWINLOCK_BROWSER_URL && !frontend) return { url: process.env.TWINLOCK_BROWSER_URL, stop: async () => {} };
  const port = await freePort();
  const data = mkdtempSync(join(tmpdir(), 'twinlock-browser-'));
  const server = spawn(...EXAMPLES[example](port), {
    cwd: join(root, 'examples', example),
    env: environment(port, data, frontend),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (text) => (output += text));
  const ended = new Promise((resolve) => server.once('exit', resolve));
  const stop = async () => {
    server.kill();
    await ended;
    rmSync(data, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  for (let waited = 0; waited < START_SECONDS; waited += 0.25) {
    if (server.exitCode !== null) break;
    const up = await fetch(url).then((answer) => answer.ok, () => false);
    if (up) return { url, stop };
    await sleep(250);
  }
  await stop();
  throw new Error(`the example did not start:\n${output.trim().split('\n').slice(-12).join('\n')}`);
}
