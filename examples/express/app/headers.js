/** Security headers on every answer. */
import helmet from 'helmet'
import { POLICY } from '../../shared-node/pages.js'

/**
 * What a browser may do with our answers.
 * @param {import('./settings.js').Settings} settings
 * @returns {import('express').RequestHandler[]}
 */
export function securityHeaders({ https }) {
  const headers = helmet({
    contentSecurityPolicy: POLICY,
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: https && { maxAge: 31_536_000, includeSubDomains: false },
  })
  return [headers, caching]
}

/** @param {import('express').Request} req @param {import('express').Response} res @param {() => void} next */
function caching(req, res, next) {
  res.set('Cache-Control', req.path.startsWith('/api/') ? 'no-store' : 'no-cache')
  next()
}
