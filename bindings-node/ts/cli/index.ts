#!/usr/bin/env node
/** The command `twinlock`. */
import { main } from './main.ts'

// A reader that went away, `twinlock schema postgres | head -1`, is no failure to shout about.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 1 : 2))
void main(process.argv.slice(2)).then(status => {
  process.exitCode = status
})
