import { writeFile } from 'node:fs/promises'
import { openApiDocument } from '#console/api/openapi.ts'

// Run by hand after a change of the routes; a test says when that was forgotten.
await writeFile(new URL('../openapi.json', import.meta.url), `${JSON.stringify(openApiDocument(), null, 2)}\n`)
