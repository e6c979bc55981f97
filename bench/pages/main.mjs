/**
 * How long after navigation starts somebody can type or press in Debian's Chromium; run by `bench/measure/pages.py`, for which it
 * prints milliseconds by page, one number for each load. Each load is a cold one: a browser context that never saw the page.
 *   node bench/pages/main.mjs LOADS
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { launch } from '../../tests/browser/lib/browser.js'
import { startExample } from '../../tests/browser/lib/example.js'
import { Person } from '../../tests/browser/lib/person.js'

const DIST = new URL('../../web/dist/', import.meta.url)
const TYPES = { '/twinlock.js': 'text/javascript', '/twinlock.css': 'text/css' }
const CHALLENGE = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Sign in</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/twinlock.css">
<script type="module" src="/twinlock.js"></script></head>
<body><main><h1>Sign in</h1><twinlock-challenge challenge="of the password's answer"></twinlock-challenge></main></body></html>`
const loads = Number(process.argv[2])

/** A page of the host with nothing on it but the element. */
async function servePage() {
  const server = createServer(({ url }, response) => {
    const type = TYPES[url]
    response.writeHead(200, { 'content-type': `${type ?? 'text/html'}; charset=utf-8` })
    response.end(type ? readFileSync(new URL(`.${url}`, DIST)) : CHALLENGE)
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  const stop = () => {
    server.closeAllConnections()
    server.close()
  }
  return { url: `http://127.0.0.1:${server.address().port}`, stop }
}

/** In the page: notes the moment at which the thing is there, enabled, on the screen, and takes the focus. */
function watch(selector) {
  const look = () => {
    const thing = document.querySelector(selector)
    if (!thing || thing.disabled || !thing.getClientRects().length) return
    thing.focus()
    if (document.activeElement !== thing) return
    window.benchInteractive = performance.now()
    observer.disconnect()
  }
  const observer = new MutationObserver(look)
  observer.observe(document, { attributes: true, childList: true, subtree: true })
}

async function interactive(browser, url, selector, options) {
  const context = await browser.newContext(options)
  try {
    await context.addInitScript(watch, selector)
    const page = await context.newPage()
    await page.goto(url)
    return await (await page.waitForFunction(() => window.benchInteractive, undefined, { timeout: 15_000 })).jsonValue()
  } finally {
    await context.close()
  }
}

async function times(...of) {
  await interactive(...of) // the browser's and the server's own first time
  const found = []
  for (let load = 0; load < loads; load++) found.push(await interactive(...of))
  return found
}

/** The example's account page for somebody who is signed in: application's own scripts and calls, then the settings' status. */
async function account(browser) {
  const example = await startExample({ example: 'fastapi' })
  try {
    const ada = await Person.arrive(browser, example.url)
    await ada.register()
    const storageState = await ada.context.storageState()
    await ada.leave()
    return await times(browser, `${example.url}/account`, 'twinlock-settings button', { storageState })
  } finally {
    await example.stop()
  }
}

const site = await servePage()
const browser = await launch()
try {
  const challenge = await times(browser, site.url, 'twinlock-challenge input')
  console.log(JSON.stringify({ challenge, account: await account(browser) }))
} finally {
  await browser.close()
  site.stop()
}
