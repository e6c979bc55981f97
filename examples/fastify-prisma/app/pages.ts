/** The pages: plain HTML around a few small scripts, and Twinlock's custom elements. */
import files from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import nunjucks from 'nunjucks'
import { DEV, PAGES, STATIC, TEMPLATES } from '../../shared-node/pages.js'
import type { Parts } from './parts.ts'
import { BASE } from './two-factor/hooks.ts'

const HIDDEN = { hide: true }

/** Serves the pages and their files; the pretend phone in development only. */
export async function addPages(app: FastifyInstance, { settings: { devPhone }, sessions }: Parts): Promise<void> {
  const templates = new nunjucks.Environment(new nunjucks.FileSystemLoader(TEMPLATES), { autoescape: true })
  for (const { path, name, title } of PAGES) {
    app.get(path, { schema: HIDDEN }, async (request, reply) => {
      const session = sessions.readCookie(request, 'refresh') !== undefined
      const about = { page: name, title, base: BASE, dev_phone: devPhone, docs: true, session }
      return reply.type('text/html; charset=utf-8').send(templates.render(`${name}.html`, about))
    })
  }
  app.get('/favicon.ico', { schema: HIDDEN }, (_request, reply) => reply.redirect('/static/icon.svg', 308))
  const serve = { decorateReply: false, schemaHide: true, cacheControl: false, index: false } as const
  await app.register(files, { ...serve, root: STATIC, prefix: '/static/' })
  if (devPhone) await app.register(files, { ...serve, root: DEV, prefix: '/dev/' })
}
