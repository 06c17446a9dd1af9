import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { PACKAGES } from './packages.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const { peerDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  peerDependencies: Record<string, string>
}

/** What a module imports when it is loaded: types do not count, nor what it loads later. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  return [...text.matchAll(/^(?:import|export) (?!type )(?:[^'";]*? from )?'([^']+)'/gms)].map(([, name = '']) => name)
}

function optionalPackages(file: string, seen = new Set<string>()): Set<string> {
  const found = new Set<string>()
  if (seen.has(file)) return found
  seen.add(file)
  for (const name of importsOf(file)) {
    const path = name.startsWith('#') ? join(ROOT, name.slice(1)) : join(dirname(file), name)
    if (/^[#.]/.test(name)) for (const inner of optionalPackages(path, seen)) found.add(inner)
    else {
      const owner = name.split('/', name.startsWith('@') ? 2 : 1).join('/')
      if (owner in peerDependencies) found.add(owner)
    }
  }
  return found
}

const OPENERS = ['catalog', 'keyrings', 'queue', 'sink', 'source', 'store'].map((name) => `app/open/${name}.ts`)
const opened = [...OPENERS, 'app/services.ts', 'console/server/access/openid.ts']
  .flatMap((name) => {
    const text = readFileSync(join(ROOT, name), 'utf8')
    return [...text.matchAll(/withPackages\(\s*PACKAGES\.(\w+),\s*\(\) =>\s*import\('([^']+)'\)/g)]
  })
  .map(([, part = '', module = '']) => ({ part: part as keyof typeof PACKAGES, module }))

it('knows every part of a configuration that needs packages', () => {
  expect(new Set(opened.map(({ part }) => part))).toEqual(new Set(Object.keys(PACKAGES)))
})

it.each(opened)('$part: $module loads no package but those named for it', ({ part, module }) => {
  const file = join(ROOT, module.slice(1))
  const found = module.startsWith('#') ? optionalPackages(file) : new Set([module])
  expect(PACKAGES[part]).toEqual(expect.arrayContaining([...found]))
})

it('the program starts without any of them', () => {
  for (const entry of ['cli/main.ts', 'app/embedded.ts', 'services/scan/worker/scan-worker.ts']) {
    expect(existsSync(join(ROOT, entry)), entry).toBe(true)
    expect([...optionalPackages(join(ROOT, entry))], entry).toEqual([])
  }
})
