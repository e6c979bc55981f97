/** What our own calls take: at most 10 kB of JSON, each member in the type it must have. */
import express from 'express'
import { z } from 'zod'
import { MAX_LENGTH, MIN_LENGTH } from './passwords.js'
import { Problem } from './problems.js'

const LIMIT = 10_000

/** Reads a JSON body. Not mounted before Twinlock's routes, which read theirs more strictly. */
export const json = express.json({ limit: LIMIT })

const username = z
  .string()
  .max(64)
  .transform(name => name.trim().normalize('NFKC'))
  // No `@`, so a user name is never somebody's e-mail address.
  .refine(name => /^[\p{L}\p{N}_.-]{3,32}$/u.test(name), '3 to 32 letters, digits, dots, dashes or underscores')
// Only a letter sent there proves an address; this keeps out what cannot be one.
const email = z
  .string()
  .max(254)
  .transform(address => address.trim())
  .refine(
    address => /^[^@\s\p{Cc}]{1,64}@[^@\s\p{Cc}.]+(\.[^@\s\p{Cc}.]+)*$/u.test(address) && address.isWellFormed(),
    'an e-mail address such as ada@example.com',
  )
const password = z
  .string()
  .max(MAX_LENGTH)
  .refine(text => text.isWellFormed(), 'not text')
// SP 800-63B-4: length matters, composition rules do not.
const newPassword = password.min(MIN_LENGTH)

export const Registration = z.object({ username, email, password: newPassword })
export const Credentials = z.object({
  username: z.string().max(254),
  password,
  remember: z.boolean().optional(),
})
export const PasswordChange = z.object({ password, new_password: newPassword })

/**
 * The body in the shape it must have.
 * @template {z.ZodType} S
 * @param {S} schema
 * @param {unknown} body
 * @returns {z.output<S>}
 * @throws {Problem} `malformed_request`, which says where and what and does not repeat what was sent
 */
export function taken(schema, body) {
  const { success, data, error } = schema.safeParse(body)
  if (success) return data
  const fields = error.issues.map(({ path, message }) => ({ field: path.join('.'), message }))
  throw new Problem('malformed_request', { fields })
}
