import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { ROOT } from './files.ts'
import { generated } from './generated.ts'

// Writes what is made from sources: `npm run playbook:write`.
for (const [path, make] of generated()) {
  mkdirSync(dirname(`${ROOT}${path}`), { recursive: true })
  writeFileSync(`${ROOT}${path}`, make())
}
