import { writeFile } from 'node:fs/promises'
import { configJsonSchema } from './schema.ts'

// Run by hand after a change of the schema; a test says when that was forgotten.
await writeFile(new URL('./credence.schema.json', import.meta.url), `${JSON.stringify(configJsonSchema(), null, 2)}\n`)
