/** The pages: plain HTML around a few small scripts, and Twinlock's custom elements. */
import express, { Router } from 'express'
import nunjucks from 'nunjucks'
import { DEV, PAGES, STATIC, TEMPLATES } from '../../shared-node/pages.js'
import { BASE } from './twofactor.js'

/**
 * Serves the pages and their files; the pretend phone in development only.
 * @param {import('./application.js').Parts} parts
 */
export function pageRoutes({ sessions, settings: { devPhone } }) {
  const templates = new nunjucks.Environment(new nunjucks.FileSystemLoader(TEMPLATES), { autoescape: true })
  const router = Router()
  for (const { path, name, title } of PAGES) {
    router.get(path, (req, res) => {
      const session = sessions.user(req) !== undefined
      const about = {
        page: name,
        title,
        base: BASE,
        dev_phone: devPhone,
        session,
        csrf_cookie: sessions.csrfCookie,
        remember: true,
      }
      res.type('html').send(templates.render(`${name}.html`, about))
    })
  }
  router.get('/favicon.ico', (_req, res) => res.redirect(308, '/static/icon.svg'))
  router.use('/static', express.static(STATIC))
  if (devPhone) router.use('/dev', express.static(DEV))
  return router
}
