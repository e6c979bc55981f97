/** Calls as they are on the wire: every header is the test's own. */
import { request } from 'node:http'

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {import('node:http').IncomingHttpHeaders} headers
 * @property {string} text
 * @property {any} body the JSON of the answer, if it is JSON
 */

/**
 * @param {number} port
 * @param {string} method
 * @param {string} path
 * @param {{ headers?: Record<string, string>, content?: string | Buffer }} [options]
 * @returns {Promise<Answer>}
 */
export function send(port, method, path, { headers = {}, content } = {}) {
  return new Promise((resolve, reject) => {
    const length = content === undefined ? {} : { 'content-length': String(Buffer.byteLength(content)) }
    const call = request({ host: '127.0.0.1', port, method, path, headers: { ...length, ...headers } }, response => {
      let text = ''
      response.setEncoding('utf8').on('data', part => (text += part))
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, body: parsed(text) })
      })
    })
    call.on('error', reject).end(content)
  })
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * Status and code: what a refusal comes down to.
 * @param {Answer} answer
 */
export function told({ status, body }) {
  return [status, body?.code]
}
