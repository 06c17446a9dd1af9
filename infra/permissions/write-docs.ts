import { writeFileSync } from 'node:fs'
import { renderPermissions } from './render.ts'

/** Writes docs/permissions.md anew from the statement. */
writeFileSync(new URL('../../docs/permissions.md', import.meta.url), renderPermissions())
