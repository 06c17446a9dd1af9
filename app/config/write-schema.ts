import { writeFile } from 'node:fs/promises'
import { configJsonSchema } from './schema.ts'

// Run by hand after changes of the schema; a test fails if that was forgotten.
await writeFile(new URL('./credence.schema.json', import.meta.url), `${JSON.stringify(configJsonSchema(), null, 2)}\n`)
