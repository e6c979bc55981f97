// What belongs to all languages is copied in, so that the package has it too. After the build: tsup clears declarations while it goes.
import { cpSync, existsSync } from 'node:fs'

const copy = (from, to) => cpSync(new URL(`../../${from}`, import.meta.url), new URL(`../dist/${to}`, import.meta.url), { recursive: true })

copy('contract/schema', 'schema')
if (existsSync(new URL('../../web/dist', import.meta.url))) copy('web/dist', 'web')
copy('web/types', 'web')
