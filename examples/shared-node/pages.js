/** The pages that all examples share: where they lie, what they are called, what a browser may do with them. */
import { fileURLToPath } from 'node:url'

const folder = (/** @type {string} */ name) => fileURLToPath(new URL(`../pages/${name}`, import.meta.url))

/** Jinja templates; Nunjucks renders them, with `autoescape` on. */
export const TEMPLATES = folder('templates')
/** Scripts and styles, served at `/static`. */
export const STATIC = folder('static')
/** The pretend phone, served at `/dev` in development and nowhere else. */
export const DEV = folder('dev')

/**
 * Path, template and title of each page.
 * @type {readonly { path: string, name: string, title: string }[]}
 */
export const PAGES = [
  { path: '/', name: 'home', title: 'A second lock on the door' },
  { path: '/register', name: 'register', title: 'Create an account' },
  { path: '/login', name: 'login', title: 'Sign in' },
  { path: '/account', name: 'account', title: 'Your account' },
  { path: '/admin', name: 'admin', title: 'Administration' },
]

/** The content security policy, as Helmet takes it. */
export const POLICY = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", 'data:'],
    connectSrc: ["'self'"],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
    requireTrustedTypesFor: ["'script'"],
  },
}
