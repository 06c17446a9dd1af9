import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { withPackages } from './optional-packages.ts'

const run = promisify(execFile)
const MODULE = new URL('./optional-packages.ts', import.meta.url).href
let folder: string

beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'credence-packages-'))))
afterAll(() => rm(folder, { recursive: true, force: true }))

it('names the package that is missing, and the command that installs all that are needed', async () => {
  // In a folder and a process of its own: here, everything is installed.
  const file = join(folder, 'loads.mjs')
  await writeFile(
    file,
    `import { withPackages } from ${JSON.stringify(MODULE)}
     withPackages(['@opentelemetry/resources', 'pg'], () => import('pg')).catch(({ code, reason, message }) =>
       console.log(JSON.stringify({ code, reason, message })))`,
  )
  const { stdout } = await run(process.execPath, [file])
  expect(JSON.parse(stdout)).toEqual({
    code: 'invalid',
    reason: 'missing_package',
    message: 'the package pg is not installed: run `npm install @opentelemetry/resources@3 pg@8`',
  })
})

it('knows what require.resolve says of a file in a package', async () => {
  const { resolve } = createRequire(import.meta.url)
  const loading = withPackages(['@nobody/nothing'], async () => resolve('@nobody/nothing/data/file.json'))
  await expect(loading).rejects.toThrow('the package @nobody/nothing is not installed')
})

it('leaves every other failure as it is', async () => {
  const message = `Cannot find package 'another' imported from here`
  const another = Object.assign(new Error(message), { code: 'ERR_MODULE_NOT_FOUND' })
  await expect(withPackages(['pg'], () => Promise.reject(another))).rejects.toBe(another)
  expect(await withPackages(['pg'], async () => 7)).toBe(7)
})

it('knows a version of every package, none of which comes by itself', async () => {
  const manifest = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as Record<
    'dependencies' | 'devDependencies' | 'peerDependencies' | 'peerDependenciesMeta',
    Record<string, string>
  >
  const { dependencies, devDependencies, peerDependencies, peerDependenciesMeta } = manifest
  for (const [name, range] of Object.entries(peerDependencies)) {
    expect(range, name).toBe(`^${devDependencies[name]}`)
    expect(dependencies[name], name).toBeUndefined()
    expect(peerDependenciesMeta[name], name).toEqual({ optional: true })
  }
})
